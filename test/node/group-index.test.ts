// With whom groups are exchanged, as it is counted along, against the plain way to find out.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { addTo, type Digest, noDigest } from '../../src/core/sync/log-digest.ts'
import { castOf } from '../../src/node/groups/group-cast.ts'
import { GroupIndex } from '../../src/node/groups/group-index.ts'
import type { GroupBrief } from '../../src/node/groups/group-pages.ts'

const ME = 'me' as AccountId
const PEOPLE = ['ann', 'bob', 'eve'].map((name) => name as AccountId)
const GROUPS = Array.from({ length: 6 }, (_, i) => `group ${i}` as ConversationId)
const deviceOf = (account: AccountId): DeviceId => `${account}'s` as DeviceId

interface Known {
  readonly sharers: ReadonlySet<AccountId>
  readonly unsure: ReadonlySet<DeviceId>
  readonly isAsleep: boolean
}

interface Command {
  readonly does: 'count' | 'put' | 'remove' | 'sleep' | 'wake'
  readonly id: ConversationId
  readonly people: readonly AccountId[]
  /** Of these people's devices nothing is to be said. */
  readonly sure: readonly AccountId[]
  readonly number: number
}

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    does: fc.constantFrom('count', 'put', 'remove', 'sleep', 'wake'),
    id: fc.constantFrom(...GROUPS),
    people: fc.subarray(PEOPLE),
    sure: fc.subarray(PEOPLE),
    number: fc.integer(),
  }),
  { maxLength: 60 },
)

/** Everybody but those in `sure` lacks one of what a brief must know of them. */
function briefOf({ people, sure, number }: Command): GroupBrief {
  const isSure = (account: AccountId): boolean => sure.includes(account)
  const members = new Map(
    [ME, ...people].map((account) => {
      const isHere = isSure(account) || number % 2 === 0
      return [account, { role: 'member', isHere }] as const
    }),
  )
  // Everybody was in each of them at some time.
  const lists = new Map(PEOPLE.map((account) => [account, { version: 1, devices: [] }] as const))
  const named = { members, names: new Map(), lists }
  const writers = castOf(people.map((account) => [deviceOf(account), account] as const))
  const knows = people.filter((account) => isSure(account) || number % 2 !== 0)
  return {
    name: '',
    topic: '',
    open: false,
    entries: [],
    hasSaidHere: true,
    isVouched: false,
    ...named,
    cast: { ...named, ...writers },
    knownBy: new Set(knows.map(deviceOf)),
  }
}

class Model {
  readonly held = new Map<ConversationId, Digest>()
  readonly known = new Map<ConversationId, Known>()
  readonly index = new GroupIndex({
    me: ME,
    heldOf: (id) => this.held.get(id) ?? noDigest(),
    hasLog: () => true,
  })

  take(command: Command): void {
    const { does, id, people, sure, number } = command
    const sharers = new Set(people)
    const known = this.known.get(id)
    if (does === 'count') {
      this.held.set(id, noDigest().fill(number))
      this.index.counted(id)
    } else if (does === 'put') {
      const { byAccount } = castOf(people.map((account) => [deviceOf(account), account] as const))
      this.index.put(id, sharers, byAccount)
      this.known.set(id, { sharers, unsure: new Set(people.map(deviceOf)), isAsleep: false })
    } else if (does === 'sleep') {
      this.index.putAsleep(id, briefOf(command))
      const unsure = people.filter((account) => !sure.includes(account)).map(deviceOf)
      this.known.set(id, { sharers, unsure: new Set(unsure), isAsleep: true })
    } else if (does === 'remove') {
      this.index.remove(id)
      this.known.delete(id)
    } else {
      this.index.wake(id)
      if (known) this.known.set(id, { ...known, isAsleep: false })
    }
  }

  check(): void {
    const all = [...this.known]
    for (const account of PEOPLE) {
      const shared = all.filter(([, { sharers }]) => sharers.has(account))
      assert.deepEqual(this.index.groupsWith(account), new Set(shared.map(([id]) => id)))
      const held = noDigest()
      for (const [id] of shared) addTo(held, this.held.get(id) ?? noDigest())
      assert.deepEqual(this.index.heldWith(account), held)
      const device = deviceOf(account)
      const unsure = shared.filter((each) => each[1].unsure.has(device)).map(([id]) => id)
      assert.deepEqual(this.index.unsureWith(account, device), new Set(unsure))
      const former = all.filter(([, { sharers, isAsleep }]) => isAsleep && !sharers.has(account))
      const found = [...this.index.formerOf(account)]
      assert.deepEqual(found.toSorted(), former.map(([id]) => id).toSorted())
    }
    const asleep = all.filter(([, { isAsleep }]) => isAsleep).map(([id]) => id)
    const slept = [...this.index.sleeping()].flatMap(([, ids]) => [...ids])
    assert.deepEqual(slept.toSorted(), asleep.toSorted())
    const awake = all.filter(([, { isAsleep }]) => !isAsleep).map(([id]) => id)
    assert.deepEqual([...this.index.awake()].toSorted(), awake.toSorted())
  }
}

test('with whom groups are exchanged, and what is held of them, is counted along', () => {
  fc.assert(
    fc.property(commands, (all) => {
      const model = new Model()
      for (const command of all) model.take(command)
      model.check()
    }),
    { numRuns: 300 },
  )
})

test('a device that is not known to write in all of them may have to hear of each', () => {
  const index = new GroupIndex({ me: ME, heldOf: () => noDigest(), hasLog: () => true })
  const [ann = ME] = PEOPLE
  const brief = { people: [ann], sure: [ann], number: 0 } as const
  for (const id of GROUPS) index.putAsleep(id, briefOf({ does: 'sleep', id, ...brief }))
  assert.equal(index.unsureWith(ann, deviceOf(ann)).size, 0)
  assert.deepEqual(index.unsureWith(ann, 'another' as DeviceId), new Set(GROUPS))
})
