// What becomes of a message, on changes drawn at random: the same for whoever has the same entries,
// in whatever order and however often they came.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import {
  countedOf,
  type Change,
  type ChangesBy,
  messageState,
  type MessageState,
  NO_CHANGES,
  type Spot,
  withChange,
} from '../../src/core/changes.ts'
import type { Place } from '../../src/core/entry.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import {
  EDITS_KEPT_MAX,
  REACTION_EMOJI_MAX,
  REACTIONS_KEPT_MAX,
  REACTIONS_PER_ACCOUNT_MAX,
  SWITCHES_KEPT_MAX,
} from '../../src/core/limits.ts'
import { comparePlaces } from '../../src/core/order.ts'

const device = (name: string): DeviceId => name as DeviceId
const ANN = 'ann' as AccountId
const BOB = 'bob' as AccountId
const CAT = 'cat' as AccountId
/** Ann and Bob have two devices each. */
const ACCOUNTS = new Map([
  [device('a'), ANN],
  [device('b'), BOB],
  [device('c'), ANN],
  [device('d'), BOB],
  [device('e'), CAT],
])
const DEVICES = [...ACCOUNTS.keys()]
const accountOf = (of: DeviceId): AccountId => ACCOUNTS.get(of) ?? CAT
const target = { device: device('a'), seq: 1 }

interface Changed extends Place {
  readonly change: Change
}

/** More different emoji than may be there, of which the first come often. */
const emoji = fc
  .nat(9)
  .chain((rare) =>
    fc.nat(rare === 0 ? 2 * REACTION_EMOJI_MAX : 2).map((n) => String.fromCodePoint(0x1f300 + n)),
  )
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Change>({ kind: 'edit', target }) },
  { weight: 1, arbitrary: fc.constant<Change>({ kind: 'delete', target }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('reaction' as const),
      target: fc.constant(target),
      emoji,
      removed: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pin' as const),
      target: fc.constant(target),
      removed: fc.boolean(),
    }),
  },
)

/** Changes by several devices; within each log numbers and logical times rise. */
const histories: fc.Arbitrary<Changed[]> = fc
  .array(fc.tuple(fc.nat(DEVICES.length - 1), fc.integer({ min: 1, max: 3 }), change), {
    maxLength: 120,
  })
  .map((steps) => {
    const logs = new Map<DeviceId, Spot>()
    return steps.map(([author, step, change]) => {
      const by = DEVICES[author] ?? device('a')
      const before = logs.get(by) ?? { seq: 0, logical: 0 }
      const spot = { seq: before.seq + 1, logical: before.logical + step }
      logs.set(by, spot)
      return { device: by, ...spot, change }
    })
  })

function gathered(changes: readonly Changed[]): ChangesBy[] {
  const by = new Map<DeviceId, ChangesBy>()
  for (const { device, change, ...spot } of changes) {
    const before = by.get(device) ?? { ...NO_CHANGES, device }
    by.set(device, { ...withChange(before, change, spot), device })
  }
  return [...by.values()]
}

const stateOf = (changes: readonly Changed[]): MessageState =>
  messageState(ANN, gathered(changes), accountOf)

/** The last word of an account on each emoji. */
type Last = Map<string, { place: Changed; removed: boolean }>

/** By the definition: all changes in the order of the conversation, one after another. */
function defined(changes: readonly Changed[]): MessageState {
  const ordered = changes.toSorted(comparePlaces)
  const own = ordered.filter(({ device }) => accountOf(device) === ANN)
  const edits = own.filter(({ change }) => change.kind === 'edit')
  const reactions = new Map<AccountId, Last>()
  let pin: Changed | undefined
  for (const place of ordered) {
    const { change, device } = place
    if (change.kind === 'pin') pin = change.removed ? undefined : place
    if (change.kind !== 'reaction') continue
    const mine: Last = reactions.get(accountOf(device)) ?? new Map()
    reactions.set(accountOf(device), mine)
    mine.delete(change.emoji)
    mine.set(change.emoji, { place, removed: change.removed })
  }
  const there = [...reactions]
    .flatMap(([account, all]) =>
      [...all]
        .slice(-REACTIONS_PER_ACCOUNT_MAX)
        .filter(([, { removed }]) => !removed)
        .map(([emoji, { place }]) => ({ account, emoji, ...place })),
    )
    .toSorted(comparePlaces)
  const emojis = [...new Set(there.map(({ emoji }) => emoji))].slice(0, REACTION_EMOJI_MAX)
  return {
    isDeleted: own.some(({ change }) => change.kind === 'delete'),
    edits: edits.slice(-EDITS_KEPT_MAX).map(({ device, seq }) => ({ device, seq })),
    reactions: emojis.map((emoji) => ({
      emoji,
      accounts: there.filter((each) => each.emoji === emoji).map(({ account }) => account),
    })),
    pin: pin && { device: pin.device, seq: pin.seq, logical: pin.logical },
  }
}

test('in whatever order and however often changes come, a message is what they say', () => {
  fc.assert(
    fc.property(
      histories.chain((changes) =>
        fc.tuple(
          fc.constant(changes),
          fc.shuffledSubarray(changes, { minLength: changes.length }),
          fc.subarray(changes),
        ),
      ),
      ([changes, shuffled, again]) => {
        const expected = defined(changes)
        assert.deepEqual(stateOf(changes), expected)
        assert.deepEqual(stateOf([...shuffled, ...again]), expected)
        assert.deepEqual(stateOf([...again, ...shuffled]), expected)
      },
    ),
    { numRuns: 500 },
  )
})

test('who touches more emoji than may be there shows those touched last, in any order', () => {
  const many = (count: number, by: DeviceId, name = ''): Changed[] =>
    Array.from({ length: count }, (_, i) => {
      const emoji = `${name}${i}`
      const change = { kind: 'reaction', target, emoji, removed: i % 9 === 0 } as const
      return { device: by, seq: i + 1, logical: 2 * i + 1, change }
    })
  const changes = [...many(150, device('b')), ...many(90, device('d'))]
  fc.assert(
    fc.property(fc.shuffledSubarray(changes, { minLength: changes.length }), (shuffled) => {
      const { reactions } = stateOf(shuffled)
      assert.deepEqual(reactions, defined(changes).reactions)
      assert.ok(reactions.length <= REACTIONS_PER_ACCOUNT_MAX)
    }),
    { numRuns: 100 },
  )
  // And of what three people show the first that were there.
  const all = [...changes, ...many(60, device('a'), 'a'), ...many(60, device('e'), 'e')]
  assert.equal(stateOf(all).reactions.length, REACTION_EMOJI_MAX)
  assert.deepEqual(stateOf(all.toReversed()).reactions, defined(all).reactions)
})

test('what is kept of a device is bounded, whatever it does', () => {
  let kept = NO_CHANGES
  for (let seq = 1; seq <= 1000; seq++) {
    kept = withChange(kept, { kind: 'edit', target }, { seq, logical: seq })
    const emoji = { kind: 'reaction', target, emoji: `${seq}`, removed: false } as const
    kept = withChange(kept, emoji, { seq, logical: seq })
    kept = withChange(kept, { kind: 'delete', target }, { seq, logical: seq })
    kept = withChange(kept, { kind: 'pin', target, removed: false }, { seq, logical: seq })
  }
  assert.equal(kept.edits.length, EDITS_KEPT_MAX)
  assert.equal(kept.edits.at(-1)?.seq, 1000)
  assert.equal(kept.reactions.length, REACTIONS_KEPT_MAX)
  assert.equal(kept.deletions.length, SWITCHES_KEPT_MAX)
  assert.equal(kept.pins.length, SWITCHES_KEPT_MAX)
})

test('nobody but the author edits or deletes, from any device of theirs', () => {
  const by = (name: string, change: Change): Changed => {
    return { device: device(name), seq: 1, logical: 1, change }
  }
  const state = stateOf([
    by('b', { kind: 'delete', target }),
    by('e', { kind: 'edit', target }),
    by('c', { kind: 'edit', target }),
  ])
  assert.deepEqual([state.isDeleted, state.edits], [false, [{ device: device('c'), seq: 1 }]])
  assert.ok(stateOf([by('c', { kind: 'delete', target })]).isDeleted)
})

test('a deletion counts for ever, whatever edits come after it', () => {
  const edit = {
    device: device('a'),
    seq: 9,
    logical: 99,
    change: { kind: 'edit', target },
  } as const
  const gone = {
    device: device('c'),
    seq: 1,
    logical: 2,
    change: { kind: 'delete', target },
  } as const
  assert.ok(stateOf([edit, gone]).isDeleted)
  assert.ok(stateOf([gone, edit]).isDeleted)
})

test('what is not shown yet of a log does not count', () => {
  const edits = [1, 2, 3].map((seq) => ({ seq, logical: seq }))
  const pin = { seq: 3, logical: 3, removed: false }
  const reactions = [{ seq: 2, logical: 2, removed: false, emoji: 'x' }]
  const deletions = [{ seq: 4, logical: 4 }]
  const done = { edits, deletions, reactions, pins: [pin] }
  const early = countedOf(done, ({ seq }) => seq <= 1)
  assert.deepEqual(early, { edits: edits.slice(0, 1), deletions: [], reactions: [], pins: [] })
})

test('what does not count hides nothing that does, whichever came later', () => {
  // Of each log what lies between two numbers does not count.
  const stretch = fc.tuple(fc.nat(20), fc.nat(20))
  fc.assert(
    fc.property(histories, stretch, (changes, [from, count]) => {
      const isCounted = ({ seq }: Spot): boolean => seq < from || seq >= from + count
      const done = gathered(changes).map(({ device, ...rest }) => {
        return { device, ...countedOf(rest, isCounted) }
      })
      // Nobody did more of one kind than is looked at.
      const pins = changes.filter(({ change }) => change.kind === 'pin')
      fc.pre(
        DEVICES.every(
          (by) => pins.filter(({ device }) => device === by).length <= SWITCHES_KEPT_MAX,
        ),
      )
      assert.deepEqual(messageState(ANN, done, accountOf), defined(changes.filter(isCounted)))
    }),
    { numRuns: 500 },
  )
})
