// The order of a conversation against its definition, on histories drawn at random.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Dep, Place } from '../../src/core/entry.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { advance, comparePlaces, type OrderLog, type OrderView } from '../../src/core/order.ts'
import { placesAfter, lastPlaces } from '../../src/core/places.ts'

const device = (name: string): DeviceId => name as DeviceId
const [A, B, C] = [device('a'), device('b'), device('c')]

type History = ReadonlyMap<DeviceId, readonly (readonly Dep[])[]>

/** Writes a history step by step: each author names some of what it has seen by then. */
const histories: fc.Arbitrary<History> = fc
  .array(fc.tuple(fc.nat(4), fc.array(fc.tuple(fc.nat(4), fc.nat()), { maxLength: 4 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((steps) => {
    const logs = new Map<DeviceId, Dep[][]>()
    for (const [author, seen] of steps) {
      const me = device('abcde'.charAt(author))
      const deps = new Map<DeviceId, Dep>()
      for (const [other, nth] of seen) {
        const them = device('abcde'.charAt(other))
        const length = logs.get(them)?.length ?? 0
        if (length > 0) deps.set(them, { device: them, seq: 1 + (nth % length) })
      }
      logs.set(me, [...(logs.get(me) ?? []), [...deps.values()]])
    }
    return logs
  })

/** Logical times by the definition, from nothing. */
function logicalsOf(history: History): Map<DeviceId, number[]> {
  const known = new Map<string, number>()
  const logical = (device: DeviceId, seq: number): number => {
    const key = `${device} ${seq}`
    const found = known.get(key)
    if (found !== undefined) return found
    const before = [...(seq > 1 ? [{ device, seq: seq - 1 }] : []), ...depsOf(history, device, seq)]
    const time = 1 + Math.max(0, ...before.map((dep) => logical(dep.device, dep.seq)))
    known.set(key, time)
    return time
  }
  return new Map(
    [...history].map(([device, log]) => [device, log.map((_, i) => logical(device, i + 1))]),
  )
}

function depsOf(history: History, device: DeviceId, seq: number): readonly Dep[] {
  const deps = history.get(device)?.[seq - 1]
  if (!deps) throw new RangeError('no such entry')
  return deps
}

/** A replica that learns a history in pieces. */
class Reader {
  logs: ReadonlyMap<DeviceId, OrderLog> = new Map()
  readonly logicals = new Map<DeviceId, number[]>()
  readonly stored = new Map<DeviceId, number>()
  private readonly history: History

  constructor(history: History) {
    this.history = history
  }

  learn(device: DeviceId, seq: number, isAtHand: () => boolean = () => true): void {
    this.stored.set(device, seq)
    let changed = [device]
    const read = new Set<string>()
    while (changed.length > 0) {
      const view: OrderView = {
        deps: (device, seq) =>
          read.has(`${device} ${seq}`) || isAtHand()
            ? depsOf(this.history, device, seq)
            : undefined,
        logical: (device, seq) => this.logical(device, seq),
      }
      const { logs, ordered, needed } = advance(this.logs, this.stored, changed, view)
      this.logs = logs
      for (const { device, first, logicals } of ordered) {
        const before = this.logicals.get(device) ?? []
        assert.equal(first, before.length + 1)
        this.logicals.set(device, [...before, ...logicals])
      }
      for (const { device, seq } of needed) read.add(`${device} ${seq}`)
      changed = needed.map(({ device }) => device)
    }
  }

  logical(device: DeviceId, seq: number): number {
    const logical = this.logicals.get(device)?.[seq - 1]
    assert.ok(logical, 'a logical time was asked for before it was known')
    return logical
  }

  places(limit = Infinity, before?: Place): Place[] {
    return lastPlaces(this.logs, (device, seq) => this.logical(device, seq), limit, { before })
  }

  placesAfter(limit: number, after: Place): Place[] {
    return placesAfter(this.logs, (device, seq) => this.logical(device, seq), limit, after)
  }
}

/** A reader that learned a history whole. */
function read(history: History): Reader {
  const reader = new Reader(history)
  for (const [device, log] of history) reader.learn(device, log.length)
  return reader
}

test('entries that are known to have no deps are ordered without a look at each', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 4 }), (history, most) => {
      const looked: string[] = []
      const stored = new Map([...history].map(([device, log]) => [device, log.length] as const))
      // It may know of less than there is, and of more than is stored.
      const loose = (device: DeviceId, seq: number): number => {
        const log = [...(history.get(device) ?? []).slice(seq - 1), [], []]
        const end = log.findIndex((deps) => deps.length > 0)
        return Math.min(most, end < 0 ? log.length : end)
      }
      const deps = (device: DeviceId, seq: number): readonly Dep[] => {
        looked.push(`${device} ${seq}`)
        return depsOf(history, device, seq)
      }
      const view: OrderView = { deps, loose, logical: () => assert.fail('all is new') }
      const { ordered } = advance(new Map(), stored, [...history.keys()], view)
      const found = new Map(ordered.map(({ device, logicals }) => [device, logicals] as const))
      assert.deepEqual(found, logicalsOf(history))
      for (const name of looked) {
        const [device, seq] = name.split(' ') as [DeviceId, string]
        assert.ok(depsOf(history, device, Number(seq)).length > 0, name)
      }
    }),
  )
})

test('pages before and after any place are what comes before and after it', () => {
  fc.assert(
    fc.property(histories, fc.nat(), fc.integer({ min: 1, max: 6 }), (history, nth, limit) => {
      const reader = read(history)
      const all = reader.places()
      const at = nth % all.length
      const place = all[at] ?? assert.fail('a history has entries')
      assert.deepEqual(reader.places(limit, place), all.slice(Math.max(0, at - limit), at))
      assert.deepEqual(reader.placesAfter(limit, place), all.slice(at + 1, at + 1 + limit))
    }),
  )
})

test('whatever arrives when, and whatever is at hand, logical times are the same', () => {
  const pieces = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 5 })), { maxLength: 30 })
  fc.assert(
    fc.property(histories, pieces, fc.array(fc.boolean()), (history, pieces, hands) => {
      const reader = new Reader(history)
      let asked = 0
      const isAtHand = (): boolean => hands[asked++ % hands.length] ?? true
      for (const [author, count] of pieces) {
        const from = device('abcde'.charAt(author))
        const length = history.get(from)?.length ?? 0
        const seq = Math.min(length, (reader.stored.get(from) ?? 0) + count)
        if (seq > (reader.stored.get(from) ?? 0)) reader.learn(from, seq, isAtHand)
      }
      for (const [from, log] of history) reader.learn(from, log.length, isAtHand)
      assert.deepEqual(reader.logicals, logicalsOf(history))
      for (const { waiting } of reader.logs.values()) assert.equal(waiting, undefined)
      assert.deepEqual(reader.places(), read(history).places())
    }),
    { numRuns: 500 },
  )
})

test('causes come before effects, and a log stays in its order', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const seen = new Map<DeviceId, number>()
      for (const { device, seq } of read(history).places()) {
        assert.equal(seq, (seen.get(device) ?? 0) + 1)
        for (const dep of depsOf(history, device, seq)) {
          assert.ok((seen.get(dep.device) ?? 0) >= dep.seq || dep.device === device)
        }
        seen.set(device, seq)
      }
      const total = [...history.values()].reduce((sum, log) => sum + log.length, 0)
      assert.equal(
        [...seen.values()].reduce((sum, seq) => sum + seq, 0),
        total,
      )
    }),
  )
})

test('every page, before every place, is a piece of the whole order', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 7 }), (history, limit) => {
      const reader = read(history)
      const all = reader.places()
      assert.deepEqual(all, all.toSorted(comparePlaces))
      assert.deepEqual(reader.places(limit), all.slice(-limit))
      all.forEach((place, i) => {
        assert.deepEqual(reader.places(limit, place), all.slice(Math.max(0, i - limit), i))
      })
    }),
  )
})

test('a page before a place that nobody holds is what would come before it', () => {
  const reader = read(new Map([[A, [[], [], []]]]))
  const seqs = (before: Place): number[] => reader.places(9, before).map(({ seq }) => seq)
  assert.deepEqual(seqs({ device: C, seq: 9, logical: 2 }), [1, 2])
  assert.deepEqual(seqs({ device: A, seq: 1, logical: 1 }), [])
  assert.deepEqual(seqs({ device: B, seq: 1, logical: 99 }), [1, 2, 3])
})

test('an entry waits for what it answers, and says for what', () => {
  const history: History = new Map([
    [A, [[], []]],
    [B, [[{ device: A, seq: 2 }], []]],
  ])
  const reader = new Reader(history)
  reader.learn(B, 2)
  assert.deepEqual(reader.logs.get(B), { shown: 0, logical: 0, waiting: { device: A, seq: 2 } })
  reader.learn(A, 1)
  assert.deepEqual(reader.logs.get(B)?.waiting, { device: A, seq: 2 })
  reader.learn(A, 2)
  assert.deepEqual(reader.logs.get(B), { shown: 2, logical: 4 })
})

test('one arrival carries every log that waited, through any number of others', () => {
  const history: History = new Map([
    [A, [[]]],
    [B, [[{ device: A, seq: 1 }]]],
    [C, [[{ device: B, seq: 1 }]]],
  ])
  const reader = new Reader(history)
  reader.learn(C, 1)
  reader.learn(B, 1)
  assert.deepEqual(reader.places(), [])
  reader.learn(A, 1)
  assert.deepEqual(
    reader.places().map(({ device, logical }) => [device, logical]),
    [
      [A, 1],
      [B, 2],
      [C, 3],
    ],
  )
})

test('what is not at hand is named, and the order goes on from there', () => {
  const history: History = new Map([[A, [[], [], []]]])
  const stored = new Map([[A, 3]])
  const view = (most: number): OrderView => ({
    deps: (device, seq) => (seq <= most ? depsOf(history, device, seq) : undefined),
    logical: () => assert.fail('nothing older is asked for'),
  })
  const one = advance(new Map(), stored, [A], view(1))
  assert.deepEqual(one.needed, [{ device: A, seq: 2 }])
  assert.deepEqual(one.ordered, [{ device: A, first: 1, logicals: [1] }])
  const other = advance(one.logs, stored, [A], view(3))
  assert.deepEqual(other.needed, [])
  assert.deepEqual(other.ordered, [{ device: A, first: 2, logicals: [2, 3] }])
})

test('a cheat that waits for nobody holds back its own log and no other', () => {
  const history: History = new Map([
    [A, [[], [{ device: device('nobody'), seq: 1 }], []]],
    [B, [[{ device: A, seq: 1 }], [{ device: B, seq: 9 }]]],
    [
      C,
      [
        [
          { device: A, seq: 1 },
          { device: B, seq: 1 },
        ],
      ],
    ],
  ])
  const reader = read(history)
  assert.deepEqual(
    reader.places().map(({ device, seq }) => `${device}${seq}`),
    ['a1', 'b1', 'c1'],
  )
})

test('a dep on an earlier entry of the same log changes nothing', () => {
  const history: History = new Map([[A, [[], [{ device: A, seq: 1 }], [{ device: A, seq: 1 }]]]])
  assert.deepEqual(read(history).logicals.get(A), [1, 2, 3])
})

test('equal logical times are ordered by device, then by number', () => {
  const places: Place[] = [
    { device: B, seq: 1, logical: 1 },
    { device: A, seq: 2, logical: 1 },
    { device: A, seq: 1, logical: 1 },
    { device: A, seq: 3, logical: 0 },
  ]
  assert.deepEqual(
    places.toSorted(comparePlaces).map(({ device, seq }) => `${device}${seq}`),
    ['a3', 'a1', 'a2', 'b1'],
  )
  assert.equal(
    comparePlaces({ device: A, seq: 1, logical: 1 }, { device: A, seq: 1, logical: 1 }),
    0,
  )
})

test('what depends on more of a forked log than can be had waits for all that is had of it', () => {
  const history: History = new Map([
    [A, [[], []]],
    [B, [[{ device: A, seq: 7 }]]],
  ])
  const stored = new Map([
    [A, 2],
    [B, 1],
  ])
  const view = (isEnded: boolean): OrderView => ({
    deps: (device, seq) => depsOf(history, device, seq),
    logical: () => assert.fail('nothing older is asked for'),
    isEnded: (device) => isEnded && device === A,
  })
  const before = advance(new Map(), stored, [B, A], view(false))
  assert.deepEqual(before.logs.get(B), { shown: 0, logical: 0, waiting: { device: A, seq: 7 } })
  const after = advance(before.logs, stored, [A, B], view(true))
  assert.deepEqual(after.logs.get(B), { shown: 1, logical: 3 })
  const atOnce = advance(new Map(), stored, [B, A], view(true))
  assert.deepEqual(atOnce.logs.get(B), after.logs.get(B), 'whatever came first')
})
