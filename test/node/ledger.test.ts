// Writing entries down, on a real database: in order, each by its own fate.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { TidingsError } from '../../src/core/errors.ts'
import { proveFork } from '../../src/core/fork.ts'
import { type AccountId, idFromBytes } from '../../src/core/id.ts'
import { COMMIT_ENTRIES_MAX, RUN_ENTRIES_MAX } from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { StoredRun } from '../../src/core/sync/state.ts'
import type { LedgerHooks, Written } from '../../src/node/ledger/ledger-group.ts'
import { Ledger } from '../../src/node/ledger/ledger.ts'
import { logicalOf } from '../../src/node/ledger/order-reader.ts'
import { logIdOf, orderKey, recordKey, runKey } from '../../src/store/keys.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { open, openNew } from '../store/samples.ts'
import { until } from './nodes.ts'
import { newConversation, Scribe } from './scribe.ts'

const ACCOUNT: AccountId = idFromBytes(new Uint8Array(32))

class Book {
  readonly ledger: Ledger
  readonly written: Written[] = []
  readonly failed: StoredRun[] = []
  /** Writes that failed, with runs or without. */
  faults = 0

  constructor(store: LevelStore, more: Partial<LedgerHooks> = {}) {
    this.ledger = new Ledger(store, silentLogger, {
      stored: (written) => more.stored?.(written),
      written: (written) => {
        this.written.push(written)
        more.written?.(written)
      },
      failed: (runs) => {
        this.faults += 1
        this.failed.push(...runs)
      },
      isWanted: () => true,
      dropped: () => {},
    })
  }

  /** Gives all of it to the disk at once, and waits. */
  async write(...runs: StoredRun[]): Promise<void> {
    for (const run of runs) this.ledger.write(run)
    await this.ledger.idle()
  }

  seqOf({ conversation, device }: Scribe): number {
    return this.ledger.conversation(conversation).get(device)?.head.seq ?? 0
  }

  shownOf({ conversation, device }: Scribe): number {
    return this.ledger.conversation(conversation).get(device)?.order.shown ?? 0
  }
}

function idOf({ conversation, device }: Scribe): Buffer {
  return logIdOf({ conversation, device })
}

async function reopened(t: TestContext, directory: string): Promise<LevelStore> {
  const store = await open(directory)
  t.after(() => store.close())
  return store
}

test('what follows a page of plain texts is looked at, whatever the page was', async (t) => {
  const { store } = await openNew(t)
  const book = new Book(store)
  const conversation = newConversation()
  const [ann, bob] = [new Scribe(conversation), new Scribe(conversation)]
  ann.wallTimeMs = 1_700_000_000_000
  const page = ann.brought(['1', '2', '3'])
  const answer = ann.brought(['4', '5'], [{ device: bob.device, seq: 1 }])
  await book.write(page, answer, ann.brought(['6']))
  assert.equal(book.shownOf(ann), 3)
  await book.write(bob.brought(['first']))
  assert.equal(book.shownOf(ann), 6)
  assert.equal(logicalOf(store, conversation, ann.device, 6), 6)
})

test('a change of contacts is written while a backlog comes and comes', async (t) => {
  const { store } = await openNew(t)
  const ann = new Scribe(newConversation())
  let isOver = false
  const book: Book = new Book(store, {
    written: () => {
      // There is always more waiting when a group is done.
      if (!isOver) book.ledger.write(ann.brought(['more']))
    },
  })
  book.ledger.write(ann.brought(['first']))
  const event = { type: 'contact', account: ACCOUNT, state: 'friend' } as const
  const recorded = book.ledger.record(event, () => {})
  const late = new Promise((resolve) => {
    setTimeout(resolve, 3000, 'late').unref()
  })
  const outcome = await Promise.race([recorded, late])
  isOver = true
  await book.ledger.idle()
  assert.notEqual(outcome, 'late')
  assert.deepEqual(book.failed, [])
})

test('a log that is marked as forked while it is being written stays marked, whole', async (t) => {
  const { directory, store } = await openNew(t)
  const book = new Book(store)
  const ann = new Scribe(newConversation())
  await book.write(ann.brought(['one']))
  book.ledger.write(ann.brought(['two']))
  await Promise.resolve()
  await book.ledger.markForked(ann.conversation, ann.device, { held: 2 }, 1)
  await book.write(ann.brought(['three']))
  assert.equal(book.ledger.conversation(ann.conversation).get(ann.device)?.forked, true)
  await store.close()

  const again = await reopened(t, directory)
  assert.deepEqual(again.damage, [])
  const [head] = await again.heads()
  assert.deepEqual([head?.head.seq, head?.forked], [3, true])
})

test('a fork whose proof cannot be read keeps no node from starting', async (t) => {
  const { directory, store } = await openNew(t)
  const book = new Book(store)
  const ann = new Scribe(newConversation())
  const { conversation, device } = ann
  const twin = new Scribe(conversation, ann.keys)
  const one = ann.brought(['one'])
  await book.write(one)
  const proof = proveFork(one.run, twin.next(['another']))
  assert.ok(proof)
  await book.ledger.markForked(conversation, device, { type: 'fork', proof, held: 1 }, 1)
  await store.close()
  await tamper(directory, (level) => flip(level, recordKey('fork', `${conversation}/${device}`)))
  const again = await reopened(t, directory)
  const { ledger } = new Book(again)
  await ledger.load()
  const log = ledger.conversation(conversation).get(device)
  assert.deepEqual([log?.head.seq, log?.forked, log?.until], [1, true, 0], 'no more is accepted')
  assert.equal(again.damage.length, 1)
})

test('what peers are sent of what was written leaves before anybody hears of it', async (t) => {
  const { store } = await openNew(t)
  const said: string[] = []
  const book: Book = new Book(store, {
    stored: () => {
      said.push('stored')
      queueMicrotask(() => said.push('left'))
      throw new Error('a mistake, which costs nobody the news')
    },
    written: () => said.push('written'),
  })
  const ann = new Scribe(newConversation())
  book.ledger.write(ann.brought(['one']))
  await book.ledger.idle()
  assert.deepEqual(said, ['stored', 'left', 'written'])
})

test('what is on disk is not reported as failed when telling of it fails', async (t) => {
  const { store } = await openNew(t)
  const book = new Book(store, {
    written: () => {
      throw new Error('a mistake')
    },
  })
  const ann = new Scribe(newConversation())
  await book.write(ann.brought(['one']))
  await book.write(ann.brought(['two']))
  assert.deepEqual(book.failed, [])
  assert.equal(book.seqOf(ann), 2)
})

for (const [name, isLost] of [
  ['unreadable', false],
  ['lost', true],
] as const) {
  test(`a part of the order index that is ${name} never gives a guessed order`, async (t) => {
    const { directory, store } = await openNew(t)
    const ann = new Scribe(newConversation())
    await new Book(store).write(ann.brought(Array.from({ length: 130 }, (_, i) => `a${i}`)))
    await store.close()
    const key = orderKey(idOf(ann), 0)
    await tamper(directory, (level) => (isLost ? level.del(key) : flip(level, key)))

    const damaged = await reopened(t, directory)
    const book = new Book(damaged)
    await book.ledger.load()
    await book.ledger.settle()
    const bob = new Scribe(ann.conversation)
    const zoe = new Scribe(newConversation())
    const answer = bob.brought(['to the tenth'], [{ device: ann.device, seq: 10 }])
    await book.write(answer, zoe.brought(['of another conversation']))
    assert.deepEqual(book.failed, [answer], 'only the conversation that is damaged')
    assert.deepEqual([book.seqOf(bob), book.seqOf(zoe)], [0, 1])
    await damaged.close()

    const repaired = await reopened(t, directory)
    const after = new Book(repaired)
    await after.ledger.load()
    await after.ledger.settle()
    await after.write(answer)
    assert.deepEqual(after.failed, [])
    assert.equal(logicalOf(repaired, ann.conversation, bob.device, 1), 11)
    assert.equal(after.shownOf(ann), 130)
  })
}

test('what waited before a start is shown once what it waits for comes', async (t) => {
  const { directory, store } = await openNew(t)
  const ann = new Scribe(newConversation())
  const bob = new Scribe(ann.conversation)
  const early = ann.brought(['one'])
  await new Book(store).write(bob.brought(['an answer'], [{ device: ann.device, seq: 1 }]))
  await store.close()

  const after = new Book(await reopened(t, directory))
  await after.ledger.load()
  await after.ledger.settle()
  assert.deepEqual([after.seqOf(bob), after.shownOf(bob)], [1, 0])
  await after.write(early)
  assert.deepEqual([after.shownOf(ann), after.shownOf(bob)], [1, 1])
})

test('however much waits for one entry is ordered in pieces, with turns of others', async (t) => {
  const { directory, store } = await openNew(t)
  const book = new Book(store)
  const conversation = newConversation()
  const [ann, bob] = [new Scribe(conversation), new Scribe(conversation)]
  const page = Array.from({ length: RUN_ENTRIES_MAX }, () => 'x')
  const pages = (2 * COMMIT_ENTRIES_MAX) / RUN_ENTRIES_MAX + 2
  const deps = [{ device: bob.device, seq: 1 }]
  for (let i = 0; i < pages; i++) await book.write(ann.brought(page, i === 0 ? deps : []))
  assert.equal(book.shownOf(ann), 0)
  const before = book.written.length
  book.ledger.write(bob.brought(['what all of it waits for']))
  await until(() => book.written.length > before, 'the first piece is written')
  const event = { type: 'contact', account: ACCOUNT, state: 'friend' } as const
  await book.ledger.record(event, () => {})
  assert.ok(book.shownOf(ann) < book.seqOf(ann), 'a change of contacts did not wait for all of it')
  await until(() => book.shownOf(ann) === book.seqOf(ann), 'all of it is ordered')
  const most = COMMIT_ENTRIES_MAX + RUN_ENTRIES_MAX
  for (const { shown } of book.written) {
    const entries = shown.reduce((sum, { first, last }) => sum + last - first + 1, 0)
    assert.ok(entries <= most, `${entries} at once`)
  }
  await book.ledger.close()
  await store.close()
  const again = new Book(await reopened(t, directory))
  await again.ledger.load()
  assert.equal(again.shownOf(ann), pages * RUN_ENTRIES_MAX)
})

test('what a full disk kept from being ordered follows when there is room', async (t) => {
  const { store } = await openNew(t)
  let isFull = false
  const commit = store.commit.bind(store)
  const book = new Book(store, {
    written: () => {
      if (isFull) store.commit = () => Promise.reject(new TidingsError('disk_full', 'no room'))
    },
  })
  const conversation = newConversation()
  const [ann, bob, cid] = [0, 1, 2].map(() => new Scribe(conversation)) as [Scribe, Scribe, Scribe]
  const page = Array.from({ length: RUN_ENTRIES_MAX }, () => 'x')
  const deps = [{ device: bob.device, seq: 1 }]
  for (let had = 0; had < 2 * COMMIT_ENTRIES_MAX; had += RUN_ENTRIES_MAX) {
    await book.write(ann.brought(page, had === 0 ? deps : []))
  }
  isFull = true
  await book.write(bob.brought(['what all of it waits for']))
  await until(() => book.faults > 0, 'a piece found no room')
  assert.ok(book.shownOf(ann) < book.seqOf(ann))
  isFull = false
  store.commit = commit
  await book.write(cid.brought(['something else']))
  await until(() => book.shownOf(ann) === book.seqOf(ann), 'all of it is ordered')
})

test('a damaged entry that waits for another leaves its log waiting, and no other', async (t) => {
  const { directory, store } = await openNew(t)
  const [ann, bob] = [new Scribe(newConversation()), new Scribe(newConversation())]
  const cleo = new Scribe(ann.conversation)
  const early = ann.brought(['one'])
  const book = new Book(store)
  const waits = cleo.brought(['an answer to one'], [{ device: ann.device, seq: 1 }])
  await book.write(waits, cleo.brought(['more']))
  assert.deepEqual([book.seqOf(cleo), book.shownOf(cleo)], [2, 0])
  await store.close()
  await tamper(directory, (level) => flip(level, runKey(idOf(cleo), 1)))

  const damaged = await reopened(t, directory)
  const after = new Book(damaged)
  await after.ledger.load()
  await after.ledger.settle()
  await after.write(early, bob.brought(['of another conversation']))
  assert.deepEqual(after.failed, [])
  assert.deepEqual([after.shownOf(ann), after.shownOf(bob), after.shownOf(cleo)], [1, 1, 0])
})

test('a commit that fails takes along what was built on it, and loses nothing', async (t) => {
  const { directory, store } = await openNew(t)
  const ann = new Scribe(newConversation())
  let fails = false
  const failing = Object.assign(Object.create(store) as LevelStore, {
    commit: (batch: Parameters<LevelStore['commit']>[0]) =>
      fails ? Promise.reject(new Error('the disk failed')) : store.commit(batch),
  })
  const book = new Book(failing)
  await book.write(ann.brought(['one']))
  fails = true
  const [two, three] = [ann.brought(['two']), ann.brought(['three'])]
  book.ledger.write(two)
  await Promise.resolve()
  await Promise.resolve()
  book.ledger.write(three)
  await book.ledger.idle()
  assert.deepEqual(book.failed, [two, three])
  fails = false
  await book.write(two, three)
  assert.equal(book.seqOf(ann), 3)
  const positions = book.written.map(({ position }) => position)
  assert.deepEqual(
    positions,
    positions.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(positions).size, positions.length, 'no position is used twice')
  await store.close()
  const again = await reopened(t, directory)
  assert.deepEqual(again.damage, [])
  assert.equal((await again.readPage(ann.conversation, ann.device, 1, 3))?.entries.length, 3)
})
