// What peers told that they hold, on disk: the same whether it is one record or many, and no dearer
// than what changed.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Clock } from '../../src/core/clock.ts'
import { type AccountId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { CLOCK_WHOLE_MAX } from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { type ClockKey, KeptClocks } from '../../src/node/kept-clocks.ts'
import { LateRecords } from '../../src/node/late-records.ts'
import { ReadMarks } from '../../src/node/read-marks.ts'
import { recordKey } from '../../src/store/keys.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import type { Records, Store } from '../../src/store/store.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { newConversation, open, openNew } from '../store/samples.ts'

const newDevice = (): DeviceId => idFromBytes(randomBytes(32))
const members: readonly DeviceId[] = Array.from({ length: 3 * CLOCK_WHOLE_MAX }, newDevice)
const peer = newDevice()
const KEY: ClockKey = `${peer}/${newConversation()}`

const clockOf = (count: number, seq = 1): Clock =>
  new Map(members.slice(0, count).map((device) => [device, seq]))

/** A disk that keeps what was committed, and a program that may stop at any time. */
class Machine {
  kept!: KeptClocks
  flush!: () => Promise<void>
  private readonly disk = new Map<string, Records['holds']>()
  private run = 0

  constructor() {
    this.start()
  }

  /** What was not written by the run before this is lost. */
  start(): void {
    const run = ++this.run
    const store = {
      get: (_kind: string, key: string) => this.disk.get(key),
      batch: () => new Puts(),
      commit: async ({ puts }: Puts) => {
        for (const [key, value] of run === this.run ? puts : []) this.disk.set(key, value)
      },
    }
    const records = new LateRecords(store as unknown as Store, silentLogger)
    this.kept = new KeptClocks(records, 'holds')
    this.flush = () => records.flush()
  }
}

class Puts {
  readonly puts: [string, Records['holds']][] = []

  put(_kind: string, key: string, value: Records['holds']): void {
    this.puts.push([key, value])
  }
}

const member = fc.integer({ min: 0, max: members.length - 1 })
const told = fc.array(fc.tuple(member, fc.integer({ min: 1, max: 5 })), { maxLength: 40 })
const events = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('told' as const), told }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('anew' as const), count: member }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const) }) },
)

test('whatever is told, and however often the node stops, what was written is there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(events, { maxLength: 30 }), async (happened) => {
      const machine = new Machine()
      let written: Clock = new Map()
      let clock: Clock = machine.kept.load(KEY)
      for (const event of happened) {
        if (event.type === 'flush') {
          await machine.flush()
          written = clock
        } else if (event.type === 'crash') {
          machine.start()
          clock = written
        } else {
          const next =
            event.type === 'anew'
              ? clockOf(event.count, 9)
              : new Map([...clock, ...event.told.map(([i, seq]) => [members[i]!, seq] as const)])
          machine.kept.save(KEY, clock, next)
          clock = next
        }
        assert.deepEqual(machine.kept.load(KEY), clock)
      }
    }),
  )
})

/** The real one, with what is written to it. */
async function onDisk(store: LevelStore): Promise<{
  readonly records: LateRecords
  readonly kept: KeptClocks
  readonly written: () => Promise<number>
}> {
  let bytes = 0
  const counted = Object.assign(Object.create(store) as LevelStore, {
    commit: (batch: ReturnType<LevelStore['batch']> & { bytes?: number }) => {
      bytes += batch.bytes ?? 0
      return store.commit(batch)
    },
  })
  const records = new LateRecords(counted, silentLogger)
  const written = async (): Promise<number> => {
    bytes = 0
    await records.flush()
    return bytes
  }
  return { records, kept: new KeptClocks(records, 'holds'), written }
}

test('a peer that tells of one log costs a part of the clock of a large group', async (t) => {
  const { directory, store } = await openNew(t)
  const { kept, written } = await onDisk(store)
  const before = clockOf(members.length)
  kept.save(KEY, kept.load(KEY), before)
  const whole = await written()
  const after = new Map(before).set(members[7]!, 2)
  kept.save(KEY, before, after)
  const part = await written()
  assert.ok(part > 0 && part < whole / 8, `${part} of ${whole} bytes`)
  kept.save(KEY, after, new Map(after))
  assert.equal(await written(), 0, 'what is told again costs nothing')
  await store.close()
  const again = await open(directory)
  t.after(() => again.close())
  const next = await onDisk(again)
  const loaded = next.kept.load(KEY)
  assert.deepEqual(loaded, after)
  next.kept.save(KEY, loaded, before)
  assert.ok((await next.written()) <= part, 'after a restart too')
})

test('that of few devices is one record', async (t) => {
  const { store } = await openNew(t)
  const { kept, written } = await onDisk(store)
  kept.save(KEY, kept.load(KEY), clockOf(CLOCK_WHOLE_MAX))
  await written()
  const clock = [...clockOf(CLOCK_WHOLE_MAX)]
  assert.deepEqual(await store.all('holds'), [[KEY, { clock }]])
})

test('a large one that is one record is read, and kept in parts from then on', async (t) => {
  const { store } = await openNew(t)
  const clock = clockOf(members.length)
  const batch = store.batch()
  batch.put('holds', KEY, { clock: [...clock] })
  await store.commit(batch)
  const { kept, written } = await onDisk(store)
  const loaded = kept.load(KEY)
  assert.deepEqual(loaded, clock)
  const next = new Map(loaded).set(members[0]!, 2)
  kept.save(KEY, loaded, next)
  await written()
  assert.deepEqual(store.get('holds', KEY), { clock: [], isSplit: true })
  assert.deepEqual((await onDisk(store)).kept.load(KEY), next)
})

test('of a damaged part the others stay, and of a damaged whole no old part returns', async (t) => {
  const { directory, store } = await openNew(t)
  const first = await onDisk(store)
  const clock = clockOf(members.length, 5)
  first.kept.save(KEY, first.kept.load(KEY), clock)
  await first.written()
  await store.close()
  const part = members[0]!.charAt(0)
  await tamper(directory, (level) => flip(level, recordKey('holds', `${KEY}/${part}`)))
  let again = await open(directory)
  const left = new Map([...clock].filter(([device]) => !device.startsWith(part)))
  assert.ok(left.size > 0 && left.size < clock.size)
  assert.deepEqual((await onDisk(again)).kept.load(KEY), left)
  await again.close()

  await tamper(directory, (level) => flip(level, recordKey('holds', KEY)))
  again = await open(directory)
  t.after(() => again.close())
  const { kept, written } = await onDisk(again)
  const nothing = kept.load(KEY)
  assert.equal(nothing.size, 0)
  // Nobody told of some of them since: as if these had never been known.
  const told = new Map(members.slice(-CLOCK_WHOLE_MAX - 1).map((device) => [device, 1]))
  kept.save(KEY, nothing, told)
  await written()
  assert.deepEqual((await onDisk(again)).kept.load(KEY), told)
})

test('who has read one message more of a large group costs a part of the clock too', async (t) => {
  const { store } = await openNew(t)
  const { records, written } = await onDisk(store)
  const marks = (): ReadMarks => new ReadMarks({ records, position: () => 1 })
  const reader: AccountId = idFromBytes(randomBytes(32))
  const id = newConversation()
  const first = marks()
  const all = clockOf(members.length)
  const bytesOf = async (clock: Clock): Promise<number> => {
    void first.heard(reader, id, clock)
    return written()
  }
  const whole = await bytesOf(all)
  const part = await bytesOf(new Map([[members[7]!, 2]]))
  assert.ok(part > 0 && part < whole / 8, `${part} of ${whole} bytes`)
  const next = marks()
  await next.load()
  assert.ok(next.has(reader, id))
  assert.deepEqual(next.of(reader, id), new Map(all).set(members[7]!, 2))
  await next.rise(reader, id, new Map([[members[8]!, 3]]))
  assert.equal(marks().of(reader, id).get(members[8]!), 3)
})
