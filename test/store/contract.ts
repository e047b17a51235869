// What every store promises, whatever it is made of. `make` gives a new store, and a way to close
// it and open it again.
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'

import type { DeviceChanges } from '../../src/core/changes.ts'
import type { Place } from '../../src/core/entry.ts'
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from '../../src/core/limits.ts'
import { checkRun, emptyHead, lastSeq, runBytes } from '../../src/core/run.ts'
import type { Store } from '../../src/store/store.ts'
import { plainRun, SampleLog, sampleIdentity } from './samples.ts'

export interface StoreUnderTest {
  store: Store
  reopen(): Promise<Store>
}

export function storeContract(make: (t: TestContext) => Promise<StoreUnderTest>): void {
  describe('logs', () => logs(make))
  describe('pages', () => pages(make))
  describe('records, events and the order index', () => others(make))
  describe('commits and openings', () => commits(make))
}

/** The store as it is, then as it is when closed and opened again. */
async function* beforeAndAfter(under: StoreUnderTest): AsyncIterable<Store> {
  yield under.store
  yield await under.reopen()
}

type Make = Parameters<typeof storeContract>[0]

function textOf(entry: Uint8Array): string {
  return Buffer.from(entry).toString()
}

function logs(make: Make): void {
  test('a committed run is found by each of its entries, also after reopening', async (t) => {
    const under = await make(t)
    const log = new SampleLog()
    const first = await log.append(under.store, ['a', 'b', 'c'])
    const second = await log.append(under.store, ['d'])
    for await (const store of beforeAndAfter(under)) {
      for (const [seq, run] of [
        [1, first],
        [2, first],
        [3, first],
        [4, second],
      ] as const) {
        const found = await store.readRun(log.conversation, log.device, seq)
        assert.deepEqual(plainRun(found), plainRun(run))
      }
    }
  })

  test('entries that are not there are undefined', async (t) => {
    const { store } = await make(t)
    const log = new SampleLog()
    assert.equal(await store.readRun(log.conversation, log.device, 1), undefined)
    await log.append(store, ['a'])
    assert.equal(await store.readRun(log.conversation, log.device, 2), undefined)
    assert.equal(await store.readRun(log.conversation, log.device, 0), undefined)
    assert.equal(await store.readPage(log.conversation, log.device, 2, 9), undefined)
  })

  test('heads tell the newest state of every log', async (t) => {
    const under = await make(t)
    const [a, b] = [new SampleLog(), new SampleLog()]
    await a.append(under.store, ['1'])
    await a.append(under.store, ['2'])
    await b.append(under.store, ['1'])
    for await (const store of beforeAndAfter(under)) {
      const heads = await store.heads()
      const found = heads.map(({ device, head, shown }) => `${device} ${head.seq} ${shown}`)
      assert.deepEqual(new Set(found), new Set([`${a.device} 2 2`, `${b.device} 1 1`]))
      const ours = heads.find(({ device }) => device === a.device)
      assert.deepEqual(Buffer.from(ours?.head.hash ?? []), Buffer.from(a.head.hash))
    }
  })

  test('a run that leaves a gap is refused, and the log goes on as it was', async (t) => {
    const { store } = await make(t)
    const log = new SampleLog()
    await log.append(store, ['1'])
    const skipped = log.next(['2'])
    const batch = store.batch()
    batch.putRun(log.next(['3']))
    await assert.rejects(store.commit(batch), { code: 'internal' })
    const right = store.batch()
    right.putRun(skipped)
    await store.commit(right)
    assert.deepEqual(
      plainRun(await store.readRun(log.conversation, log.device, 2)),
      plainRun(skipped),
    )
  })

  test('a batch that is refused leaves nothing that a later one would have to join', async (t) => {
    const { store } = await make(t)
    const [good, gap] = [new SampleLog(), new SampleLog()]
    gap.next(['never given'])
    const first = good.next(['1'])
    const refused = store.batch()
    refused.putRun(first)
    refused.putRun(gap.next(['2']))
    await assert.rejects(store.commit(refused), { code: 'internal' })
    const batch = store.batch()
    batch.putRun(first)
    await store.commit(batch)
    assert.ok(await store.readRun(good.conversation, good.device, 1))
  })
}

function pages(make: Make): void {
  test('small runs are joined into pages that verify as one run', async (t) => {
    const under = await make(t)
    const log = new SampleLog()
    for (let i = 1; i <= 300; i++) await log.append(under.store, [`message ${i}`])
    // From memory, and from disk alone.
    for await (const store of beforeAndAfter(under)) {
      const page = await store.readPage(log.conversation, log.device, 1, 300)
      assert.ok(page)
      assert.equal(page.entries.length, 300)
      const check = checkRun(page, emptyHead(log.conversation, log.device))
      assert.equal(check.outcome, 'extends')
    }
  })

  test('a page may begin within a stored run, with the hash before its first entry', async (t) => {
    const { store } = await make(t)
    const log = new SampleLog()
    await log.append(store, ['a', 'b'])
    const before = log.head
    await log.append(store, ['c'])
    const one = await store.readPage(log.conversation, log.device, 2, 3)
    assert.equal(one && checkRun(one, emptyHead(log.conversation, log.device)).outcome, 'gap')
    assert.deepEqual([one?.first, one?.entries.map(textOf)], [2, ['b', 'c']])
    const two = await store.readPage(log.conversation, log.device, 3, 3)
    assert.ok(two)
    assert.equal(checkRun(two, before).outcome, 'extends')
    const within = await store.readPage(log.conversation, log.device, 2, 2)
    assert.ok(within)
    assert.equal(lastSeq(within), 2, 'not after the run that holds `last`')
  })

  test('a page ends with the run that holds `last`', async (t) => {
    const { store } = await make(t)
    const log = new SampleLog()
    await log.append(store, ['a'])
    await log.append(store, ['b', 'c', 'd'])
    await log.append(store, ['e'])
    const page = await store.readPage(log.conversation, log.device, 1, 3)
    assert.ok(page)
    assert.equal(lastSeq(page), 4)
  })

  test('pages keep to their bounds and together give the log', async (t) => {
    const under = await make(t)
    const log = new SampleLog()
    const texts: string[] = []
    const batch = under.store.batch()
    for (let i = 0; i < 40; i++) {
      const some = Array.from({ length: 1 + (i % 5) * 90 }, (_, j) => `${i}/${j} ${'x'.repeat(60)}`)
      texts.push(...some)
      batch.putRun(log.next(some))
    }
    batch.putHead(log.record())
    await under.store.commit(batch)
    const store = await under.reopen()
    let head = emptyHead(log.conversation, log.device)
    const found: string[] = []
    while (head.seq < texts.length) {
      const page = await store.readPage(log.conversation, log.device, head.seq + 1, texts.length)
      assert.ok(page)
      assert.ok(runBytes(page) <= RUN_BYTES_MAX && page.entries.length <= RUN_ENTRIES_MAX)
      const check = checkRun(page, head)
      assert.ok(check.outcome === 'extends')
      head = check.head
      found.push(...page.entries.map(textOf))
    }
    assert.deepEqual(found, texts)
  })
}

function others(make: Make): void {
  test('records are found by key and by prefix, bytes included, and can be removed', async (t) => {
    const under = await make(t)
    const identity = sampleIdentity()
    const batch = under.store.batch()
    batch.put('identity', 'self', identity)
    batch.put('setting', 'net/port', { value: 1 })
    batch.put('setting', 'net/name', { value: 'x' })
    batch.put('setting', 'other', { value: true })
    await under.store.commit(batch)
    for await (const store of beforeAndAfter(under)) {
      assert.deepEqual(
        Buffer.from(store.get('identity', 'self')?.devices.signature ?? []),
        Buffer.from(identity.devices.signature),
      )
      assert.equal(store.get('identity', 'self')?.name, identity.name)
      assert.deepEqual(await store.all('setting', 'net/'), [
        ['net/name', { value: 'x' }],
        ['net/port', { value: 1 }],
      ])
      assert.equal((await store.all('setting')).length, 3)
      assert.equal(store.get('contact', 'nobody'), undefined)
    }
    const store = await under.reopen()
    const removal = store.batch()
    removal.delete('setting', 'other')
    await store.commit(removal)
    assert.equal(store.get('setting', 'other'), undefined)
    assert.equal((await (await under.reopen()).all('setting')).length, 2)
  })

  test('what is not committed is not seen', async (t) => {
    const { store } = await make(t)
    const log = new SampleLog()
    const batch = store.batch()
    batch.put('setting', 'a', { value: 1 })
    batch.putRun(log.next(['x']))
    batch.putHead(log.record())
    batch.putLogicals(log.conversation, log.device, 0, [1])
    assert.equal(store.get('setting', 'a'), undefined)
    assert.equal(await store.readRun(log.conversation, log.device, 1), undefined)
    assert.deepEqual(store.logicals(log.conversation, log.device, 0), [])
    await store.commit(batch)
    assert.deepEqual(store.get('setting', 'a'), { value: 1 })
    assert.deepEqual(store.logicals(log.conversation, log.device, 0), [1])
  })

  test('a chunk of the order index is as last committed, also after reopening', async (t) => {
    const under = await make(t)
    const { conversation, device } = new SampleLog()
    const growing: number[] = []
    for (const logical of [3, 4, 9]) {
      growing.push(logical)
      const batch = under.store.batch()
      batch.putLogicals(conversation, device, 2, growing)
      await under.store.commit(batch)
      assert.deepEqual(under.store.logicals(conversation, device, 2), growing)
    }
    growing.push(99)
    assert.deepEqual(under.store.logicals(conversation, device, 2), [3, 4, 9], 'a copy is kept')
    const store = await under.reopen()
    assert.deepEqual(store.logicals(conversation, device, 2), [3, 4, 9])
    assert.deepEqual(store.logicals(conversation, device, 1), [])
  })

  test('which entries of a chunk are changes is as last committed', async (t) => {
    const under = await make(t)
    const { conversation, device } = new SampleLog()
    const marks = { changesBefore: 70, changes: [0, 2] }
    const batch = under.store.batch()
    batch.putLogicals(conversation, device, 2, [3, 4, 9], marks)
    batch.putLogicals(conversation, device, 3, [10])
    await under.store.commit(batch)
    for await (const store of beforeAndAfter(under)) {
      assert.deepEqual(store.chunk(conversation, device, 2), { logicals: [3, 4, 9], ...marks })
      const { changesBefore, changes } = store.chunk(conversation, device, 3)
      assert.deepEqual([changesBefore, changes], [0, []])
    }
  })

  test('what was done to messages is found by range and by who did it', async (t) => {
    const under = await make(t)
    const [log, other] = [new SampleLog(), new SampleLog()]
    const { conversation, device } = log
    const pin = { seq: 9, logical: 9, removed: false }
    const deed = (seq: number): DeviceChanges => ({
      edits: [{ seq, logical: seq }],
      deletions: seq === 3 ? [{ seq, logical: seq }] : [],
      reactions: [{ emoji: '👍', removed: true, seq, logical: seq }],
      pins: seq === 2 ? [pin] : [],
    })
    const batch = under.store.batch()
    for (const seq of [1, 2, 3, 300]) {
      batch.putChanges(conversation, { device, seq }, device, deed(seq))
    }
    batch.putChanges(conversation, { device, seq: 2 }, other.device, deed(7))
    batch.putChanges(other.conversation, { device, seq: 2 }, device, deed(8))
    assert.deepEqual(await under.store.changes.inRange(conversation, device, 1, 999), [])
    await under.store.commit(batch)
    const store = await under.reopen()
    const found = await store.changes.inRange(conversation, device, 2, 3)
    const by = found.map((each) => `${each.seq} ${each.device === device ? 'own' : 'other'}`)
    assert.deepEqual(by.toSorted(), ['2 other', '2 own', '3 own'])
    assert.deepEqual(
      found.find(({ seq }) => seq === 3),
      { seq: 3, device, ...deed(3) },
    )
    const targets = [300, 4, 2].map((seq) => ({ device, seq }))
    const own = await store.changes.by(conversation, device, targets)
    assert.deepEqual(own, [{ device, ...deed(300) }, undefined, { device, ...deed(2) }])
    const removal = store.batch()
    removal.putChanges(conversation, { device, seq: 2 }, device, undefined)
    await store.commit(removal)
    assert.equal((await store.changes.inRange(conversation, device, 1, 2)).length, 2)
    // What lies past everything that was changed is known without looking, until it is not.
    assert.deepEqual(await store.changes.inRange(conversation, device, 301, 999), [])
    const later = store.batch()
    later.putChanges(conversation, { device, seq: 400 }, device, deed(9))
    await store.commit(later)
    assert.equal((await store.changes.inRange(conversation, device, 301, 999)).length, 1)
    // Made before anybody asked for that log, and written after.
    const early = store.batch()
    early.putChanges(conversation, { device: other.device, seq: 5 }, device, deed(10))
    assert.deepEqual(await store.changes.inRange(conversation, other.device, 1, 9), [])
    await store.commit(early)
    assert.equal((await store.changes.inRange(conversation, other.device, 1, 9)).length, 1)
  })

  test('a record that is not there is found once it is', async (t) => {
    const under = await make(t)
    const { store } = under
    assert.equal(store.get('draft', 'x'), undefined)
    const batch = store.batch()
    batch.put('draft', 'x', { text: 'hello' })
    await store.commit(batch)
    assert.deepEqual(store.get('draft', 'x'), { text: 'hello' })
    const removal = store.batch()
    removal.delete('draft', 'x')
    await store.commit(removal)
    assert.equal(store.get('draft', 'x'), undefined)
    assert.equal((await under.reopen()).get('draft', 'x'), undefined)
  })

  test('pins come newest first, as many as asked, of one conversation', async (t) => {
    const { store } = await make(t)
    const [log, other] = [new SampleLog(), new SampleLog()]
    const { conversation, device } = log
    const batch = store.batch()
    const place = (logical: number): Place => ({ device, seq: logical + 1, logical })
    for (const logical of [5, 300, 70]) {
      batch.putPin(conversation, place(logical), { device, seq: logical })
      batch.putPin(other.conversation, place(logical + 1), { device, seq: 1 })
    }
    batch.putPin(conversation, place(71), { device, seq: 71 })
    batch.putPin(conversation, place(71), undefined)
    await store.commit(batch)
    const pins = await store.changes.pins(conversation, 2)
    assert.deepEqual(pins, [
      { place: place(300), target: { device, seq: 300 } },
      { place: place(70), target: { device, seq: 70 } },
    ])
  })

  test('the index of changes is whole until cleared, and once it is finished again', async (t) => {
    const under = await make(t)
    const { conversation, device } = new SampleLog()
    const place = { device, seq: 2, logical: 2 }
    const batch = under.store.batch()
    const deleted = { edits: [], deletions: [place], reactions: [], pins: [] }
    batch.putChanges(conversation, place, device, deleted)
    batch.putPin(conversation, place, place)
    batch.put('setting', 'kept', { value: 1 })
    await under.store.commit(batch)
    assert.equal(under.store.changes.isWhole, true)
    assert.equal((await under.reopen()).changes.isWhole, true)
    await under.store.changes.clear()
    const store = await under.reopen()
    assert.equal(store.changes.isWhole, false)
    assert.deepEqual(await store.changes.inRange(conversation, device, 1, 9), [])
    assert.deepEqual(await store.changes.pins(conversation, 9), [])
    assert.deepEqual(store.get('setting', 'kept'), { value: 1 })
    await store.changes.finish()
    assert.equal((await under.reopen()).changes.isWhole, true)
  })

  test('events come in order, from a place on, as many as asked', async (t) => {
    const under = await make(t)
    const log = new SampleLog()
    const { conversation, device } = log
    const batch = under.store.batch()
    for (const [position, index] of [
      [2, 0],
      [1, 1],
      [1, 0],
      [300, 0],
    ] as const) {
      batch.putEvent(position, index, { type: 'shown', conversation, device, first: 1, last: 1 })
    }
    await under.store.commit(batch)
    const store = await under.reopen()
    const places = async (position: number, index: number, limit: number): Promise<string[]> => {
      const events = await store.events({ position, index }, limit)
      return events.map((event) => `${event.position}.${event.index}`)
    }
    assert.deepEqual(await places(0, 0, 9), ['1.0', '1.1', '2.0', '300.0'])
    assert.deepEqual(await places(1, 1, 2), ['1.1', '2.0'])
    assert.deepEqual(await places(300, 1, 9), [])
    assert.equal(store.position, 300)
  })
}

function commits(make: Make): void {
  test('concurrent commits take effect in the order of the calls', async (t) => {
    const under = await make(t)
    const log = new SampleLog()
    const done: number[] = []
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const batch = under.store.batch()
        batch.put('setting', 'last', { value: i })
        batch.putRun(log.next([String(i)]))
        batch.putHead(log.record())
        await under.store.commit(batch)
        done.push(i)
      }),
    )
    assert.deepEqual(done, [...done.keys()])
    const store = await under.reopen()
    assert.deepEqual(store.get('setting', 'last'), { value: 99 })
    assert.equal((await store.readPage(log.conversation, log.device, 1, 100))?.entries.length, 100)
  })

  test('a token is known for positions its opening passed through, and no others', async (t) => {
    const under = await make(t)
    const log = new SampleLog()
    const { epoch } = under.store
    assert.match(epoch, /^[0-9a-f]{16}$/)
    await log.append(under.store, ['1'])
    await log.append(under.store, ['2'])
    assert.ok(under.store.knowsToken({ epoch, position: 2 }))
    assert.ok(!under.store.knowsToken({ epoch, position: 3 }), 'not yet')
    const second = await under.reopen()
    await log.append(second, ['3'])
    assert.notEqual(second.epoch, epoch)
    assert.ok(second.knowsToken({ epoch, position: 1 }))
    assert.ok(second.knowsToken({ epoch, position: 2 }))
    assert.ok(!second.knowsToken({ epoch, position: 3 }), 'of another opening')
    assert.ok(second.knowsToken({ epoch: second.epoch, position: 3 }))
    assert.ok(!second.knowsToken({ epoch: second.epoch, position: 1 }), 'before its opening')
    assert.ok(!second.knowsToken({ epoch: '0123456789abcdef', position: 2 }), 'of another database')
  })

  test('closing finishes what was committed; afterwards commits are refused', async (t) => {
    const under = await make(t)
    const batch = under.store.batch()
    batch.put('setting', 'a', { value: 1 })
    const committed = under.store.commit(batch)
    await under.store.close()
    await committed
    await assert.rejects(under.store.commit(under.store.batch()), { code: 'shutting_down' })
    assert.deepEqual((await under.reopen()).get('setting', 'a'), { value: 1 })
  })
}
