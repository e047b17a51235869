// For how long messages are shown: what holds is the same on every replica, in whatever order and
// company the entries came, also when a log is cut back or its records are lost.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import * as fc from 'fast-check'

import type { Body, Dep } from '../../src/core/entry.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { lastPlaces } from '../../src/core/places.ts'
import type { StoredRun } from '../../src/core/sync/state.ts'
import { Ledger } from '../../src/node/ledger/ledger.ts'
import { logicalOf } from '../../src/node/ledger/order-reader.ts'
import { Timers } from '../../src/node/messages/timers.ts'
import { recordKey } from '../../src/store/keys.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { decodeEntry } from '../../src/wire/entry.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { open, openNew } from '../store/samples.ts'
import { newConversation, Scribe } from './scribe.ts'

class Replica {
  readonly ledger: Ledger
  readonly timers: Timers
  readonly store: LevelStore

  constructor(store: LevelStore) {
    this.store = store
    this.ledger = new Ledger(store, silentLogger, {
      written: () => {},
      failed: (_, error) => assert.fail(error),
      isWanted: () => true,
      dropped: () => {},
    })
    this.timers = new Timers({ store, ledger: this.ledger })
  }

  async write(runs: readonly StoredRun[]): Promise<void> {
    for (const run of runs) this.ledger.write(run)
    await this.ledger.idle()
  }
}

async function replica(t: TestContext): Promise<Replica> {
  return new Replica((await openNew(t)).store)
}

const timer = (seconds: number): Body => ({ kind: 'timer', seconds })
const text: Body = { kind: 'text', text: 'hi' }

function brought(scribe: Scribe, bodies: readonly Body[], deps: readonly Dep[] = []): StoredRun {
  const run = scribe.say(bodies, deps)
  return { run, head: scribe.head, from: scribe.device }
}

/** Who writes, what, and whether having seen everything so far. */
const scripts = fc.array(
  fc.record({
    who: fc.nat(2),
    bodies: fc.array(fc.oneof(fc.constant(text), fc.nat(9).map(timer)), {
      minLength: 1,
      maxLength: 4,
    }),
    hasSeen: fc.boolean(),
    delays: fc.nat(20),
  }),
  { minLength: 1, maxLength: 14 },
)

test('two replicas with the same entries show the same setting', async (t) => {
  const [one, other] = [await replica(t), await replica(t)]
  let differing = 0
  const run = fc.asyncProperty(scripts, async (script) => {
    const id = newConversation()
    const scribes = [new Scribe(id), new Scribe(id), new Scribe(id)]
    const runs = script.map(({ who, bodies, hasSeen, delays }, i) => {
      const scribe = scribes[who] ?? assert.fail()
      const deps = scribes
        .filter((each) => hasSeen && each !== scribe && each.head.seq > 0)
        .map(({ device, head }) => ({ device, seq: head.seq }))
      return { stored: brought(scribe, bodies, deps), at: i + delays }
    })
    await one.write(runs.map(({ stored }) => stored))
    // Each log keeps its order; else the other replica gets them late, and one by one.
    const late: StoredRun[] = []
    const waiting = Map.groupBy(runs, ({ stored }) => stored.run.device)
    while (waiting.size > 0) {
      const next = [...waiting.values()].map(([first]) => first ?? assert.fail())
      const { stored } = next.reduce((least, each) => (each.at < least.at ? each : least))
      late.push(stored)
      const rest = waiting.get(stored.run.device)?.slice(1) ?? []
      if (rest.length > 0) waiting.set(stored.run.device, rest)
      else waiting.delete(stored.run.device)
    }
    if (late.some(({ run }, i) => run !== runs[i]?.stored.run)) differing += 1
    for (const stored of late) await other.write([stored])
    assert.deepEqual(one.timers.setting(id), other.timers.setting(id))
    assert.equal(one.timers.setting(id)?.seconds, slowly(one, id, runs))
  })
  await fc.assert(run, { numRuns: 60 })
  assert.ok(differing > 10, `${differing} in another order`)
})

/** The same by looking at every entry in the order of the conversation. */
function slowly(
  { ledger, store }: Replica,
  id: ConversationId,
  runs: readonly { stored: StoredRun }[],
): number | undefined {
  const bodies = new Map<string, Body>()
  for (const { stored } of runs) {
    const { device, first, entries } = stored.run
    for (const [i, bytes] of entries.entries()) {
      bodies.set(`${device}/${first + i}`, decodeEntry(bytes).body)
    }
  }
  const logical = (device: DeviceId, seq: number): number => logicalOf(store, id, device, seq)
  const places = lastPlaces(ledger.orderLogs(id), logical, bodies.size + 1)
  assert.equal(places.length, bodies.size)
  const timers = places.flatMap(({ device, seq }) => {
    const body = bodies.get(`${device}/${seq}`)
    return body?.kind === 'timer' ? [body.seconds] : []
  })
  return timers.at(-1)
}

test('a timer that waits for what is not here does not hold yet', async (t) => {
  const { ledger, timers, write } = bound(await replica(t))
  const id = newConversation()
  const [ann, bob] = [new Scribe(id), new Scribe(id)]
  const first = brought(bob, [text])
  await write([brought(ann, [timer(5), text])])
  assert.equal(timers.setting(id)?.seconds, 5)
  await write([brought(ann, [timer(60)], [{ device: bob.device, seq: 1 }])])
  assert.equal(ledger.conversation(id).get(ann.device)?.order.shown, 2)
  assert.equal(timers.setting(id)?.seconds, 5)
  await write([first])
  assert.equal(timers.setting(id)?.seconds, 60)
})

function bound(one: Replica) {
  const write = (runs: readonly StoredRun[]): Promise<void> => one.write(runs)
  return { ledger: one.ledger, timers: one.timers, write }
}

test('a log that is cut back has the timer again that it had there', async (t) => {
  const { ledger, timers, write } = bound(await replica(t))
  const id = newConversation()
  const ann = new Scribe(id)
  await write([brought(ann, [timer(5)]), brought(ann, [text])])
  const kept = ann.head
  await write([brought(ann, [timer(60)]), brought(ann, [timer(0)])])
  assert.equal(timers.setting(id)?.seconds, 0)
  const log = ledger.conversation(id).get(ann.device) ?? assert.fail()
  const cut = { ...log, head: kept, forked: true, until: 2, order: { shown: 2, logical: 2 } }
  const { device } = ann
  const what = { conversation: id, device, log: cut, rest: undefined, again: [], fill: () => {} }
  await ledger.cutBack(() => Promise.resolve(what))
  assert.equal(timers.setting(id)?.seconds, 5)
})

test('a setting whose record names what is lost is looked for again', async (t) => {
  const { store } = await openNew(t)
  const { write } = bound(new Replica(store))
  const id = newConversation()
  const ann = new Scribe(id)
  await write([brought(ann, [timer(5), text])])
  const batch = store.batch()
  batch.put('timer', `${id}/${ann.device}`, { seq: 9, seconds: 60 })
  await store.commit(batch)
  const again = new Replica(store)
  await again.ledger.load()
  await again.timers.load()
  assert.equal(again.timers.setting(id)?.seconds, 5)
})

test('a setting whose record cannot be read is looked for again', async (t) => {
  const { directory, store } = await openNew(t)
  const { write } = bound(new Replica(store))
  const id = newConversation()
  const [ann, bob] = [new Scribe(id), new Scribe(id)]
  await write([brought(ann, [timer(5), text]), brought(bob, [text])])
  const batch = store.batch()
  batch.put('timer', `${id}/${bob.device}`, { seq: 1, seconds: 60 })
  await store.commit(batch)
  await store.close()
  await tamper(directory, async (level) => {
    for (const { device } of [ann, bob]) await flip(level, recordKey('timer', `${id}/${device}`))
  })
  for (const start of ['the first', 'the next']) {
    const found = await open(directory)
    const again = new Replica(found)
    await again.ledger.load()
    await again.timers.load()
    assert.equal(again.timers.setting(id)?.seconds, 5, `at ${start} start`)
    assert.equal(found.has('timer', `${id}/${bob.device}`), false, 'there was none')
    await found.close()
  }
})
