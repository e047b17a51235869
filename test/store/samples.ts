// What the store's tests are made of: folders that go away, logs that are signed for real.
import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

import { type ConversationId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import {
  closeRun,
  emptyHead,
  type Head,
  publicKeyFromSeed,
  type Run,
  type Signer,
  signerFromSeed,
} from '../../src/core/run.ts'
import { Lock } from '../../src/store/lock.ts'
import { openStore } from '../../src/store/open.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import type { Batch, HeadRecord, IdentityRecord, Store } from '../../src/store/store.ts'

const CHUNK = ORDER_CHUNK_ENTRIES

export const KEY = Buffer.alloc(32, 7)

export function random(length: number): Uint8Array {
  return randomBytes(length)
}

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-store-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

export async function open(
  directory: string,
  { create = false, key = KEY }: { create?: boolean; key?: Uint8Array } = {},
): Promise<LevelStore> {
  const lock = Lock.take(path.dirname(directory))
  try {
    return await openStore({ directory, key, create, random, log: silentLogger, lock })
  } catch (error) {
    lock.release()
    throw error
  }
}

/** What lies in the folder of a database besides its lock, the database included. */
export async function beside(directory: string): Promise<string[]> {
  const names = await readdir(path.dirname(directory))
  return names.filter((name) => name !== 'lock').toSorted()
}

/** A new database in a folder of its own, closed after the test. */
export async function openNew(t: TestContext): Promise<{ directory: string; store: LevelStore }> {
  const directory = path.join(await temporaryFolder(t), 'db')
  const store = await open(directory, { create: true })
  t.after(() => store.close())
  return { directory, store }
}

export function newConversation(): ConversationId {
  return idFromBytes(randomBytes(32))
}

/** One device's log as it grows. */
export class SampleLog {
  readonly conversation: ConversationId
  readonly device: DeviceId
  head: Head
  private readonly signer: Signer

  constructor(conversation = newConversation(), seed: Uint8Array = randomBytes(32)) {
    this.conversation = conversation
    this.device = idFromBytes(publicKeyFromSeed(seed))
    this.signer = signerFromSeed(seed)
    this.head = emptyHead(conversation, this.device)
  }

  /** The same log in every process. */
  static of(name: string): SampleLog {
    const seed = hash('sha256', name, 'buffer')
    return new SampleLog(idFromBytes(seed), seed)
  }

  /** The next entries, closed into a run. */
  next(texts: readonly (string | Uint8Array)[]): Run {
    const entries = texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text))
    const { conversation, device } = this
    const { run, head } = closeRun({ conversation, device }, this.head, entries, this.signer)
    this.head = head
    return run
  }

  record(more: Partial<HeadRecord> = {}): HeadRecord {
    const { conversation, device, head } = this
    const base = { conversation, device, head, forked: false, shown: head.seq, logical: head.seq }
    return { ...base, changedAt: head.seq, ...more }
  }

  /** The order index from an entry on: this log is alone in its conversation. */
  putOrder(batch: Batch, first: number): void {
    for (let at = Math.floor((first - 1) / CHUNK) * CHUNK; at < this.head.seq; at += CHUNK) {
      const count = Math.min(CHUNK, this.head.seq - at)
      const logicals = Array.from({ length: count }, (_, i) => at + i + 1)
      batch.putLogicals(this.conversation, this.device, at / CHUNK, logicals)
    }
  }

  /** Writes the next entries with their head. */
  async append(store: Store, texts: readonly (string | Uint8Array)[]): Promise<Run> {
    const batch = store.batch()
    const run = this.next(texts)
    batch.putRun(run)
    this.putOrder(batch, run.first)
    batch.putHead(this.record())
    await store.commit(batch)
    return run
  }
}

/** A run with what a store may add to it taken away, to compare by value. */
export function plainRun(run: Run | undefined): unknown {
  if (!run) return undefined
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return {
    ...run,
    prevHash: hex(run.prevHash),
    entries: run.entries.map(hex),
    signature: hex(run.signature),
  }
}

export function sampleIdentity(name = 'Ann'): IdentityRecord {
  const account = idFromBytes(randomBytes(32))
  return {
    accountSeed: randomBytes(32).toString('hex'),
    deviceSeed: randomBytes(32).toString('hex'),
    name,
    devices: {
      account: account as IdentityRecord['devices']['account'],
      version: 1,
      devices: [idFromBytes(randomBytes(32))],
      signature: randomBytes(64),
    },
  }
}
