// Reads a backup into a new database. Every signature and chain is verified on the way, as it is
// for what comes from a peer. Order, events and the index of changes are made by the ledger when
// the node first starts.
import { type FileHandle, open, stat } from 'node:fs/promises'

import { DeadlineChanges } from '../../core/deadlines.ts'
import { TidingsError } from '../../core/errors.ts'
import { GROUP_BYTES_MAX } from '../../core/limits.ts'
import { checkRun, emptyHead, type Head } from '../../core/run.ts'
import { logKey, type LogKey } from '../../core/sync/state.ts'
import { decodeEntry } from '../../wire/entry.ts'
import { goneAtOf } from '../../wire/expiry.ts'
import { decodeRun } from '../../wire/records.ts'
import { putDeadlines, readDeadlines } from '../deadlines.ts'
import type { Batch, IdentityRecord, Store } from '../store.ts'
import { fileError } from '../whole-file.ts'
import { BackupReader, type BackupRecord } from './backup-file.ts'
import {
  type BackupLog,
  type BackupStart,
  decodeHead,
  decodeKept,
  decodeLog,
  decodeStart,
  KIND,
} from './backup-records.ts'

/** The first position of a database: the import itself. */
const POSITION = 1

export interface RestoredBackup {
  readonly contacts: number
  readonly entries: number
}

/** An open backup, read once from its beginning to its end. */
export class Backup {
  readonly start: BackupStart
  private readonly handle: FileHandle
  private readonly records: AsyncGenerator<BackupRecord, void>

  private constructor(
    start: BackupStart,
    handle: FileHandle,
    records: AsyncGenerator<BackupRecord, void>,
  ) {
    this.start = start
    this.handle = handle
    this.records = records
  }

  /** @throws TidingsError `file_unusable`, `backup_damaged`, `backup_newer`, `wrong_password` */
  static async open(file: string, password: string): Promise<Backup> {
    let handle
    try {
      // Looked at first: opening a pipe would wait for somebody to write to it.
      if (!(await stat(file)).isFile()) {
        throw new TidingsError('file_unusable', `${file} is no file`)
      }
      handle = await open(file, 'r')
      const records = (await BackupReader.begin(handle, password)).records()
      const { value: first } = await records.next()
      if (first?.kind !== KIND.start) throw damaged('a backup begins with an identity')
      return new Backup(decodeStart(first.body), handle, records)
    } catch (error) {
      await handle?.close()
      throw fileError(error, file)
    }
  }

  /**
   * Fills a new, empty database, under the identity given.
   *
   * @throws TidingsError `backup_damaged`, `disk_full` and others, the reason of the signal;
   * the database is of no use then
   */
  async restore(
    store: Store,
    identity: IdentityRecord,
    signal?: AbortSignal,
  ): Promise<RestoredBackup> {
    const restoring = new Restoring(store)
    await restoring.begin(identity)
    for await (const record of this.records) {
      signal?.throwIfAborted()
      await restoring.take(record)
    }
    signal?.throwIfAborted()
    return restoring.finish()
  }

  async close(): Promise<void> {
    await this.handle.close()
  }
}

class Restoring {
  private readonly store: Store
  private batch: Batch
  private contacts = 0
  private entries = 0
  private readonly logs = new Set<LogKey>()
  /** The log whose runs come now, and how far it is. */
  private current: { log: BackupLog; head: Head; deadlines: DeadlineChanges } | undefined

  constructor(store: Store) {
    this.store = store
    this.batch = store.batch()
  }

  async begin(identity: IdentityRecord): Promise<void> {
    this.batch.put('identity', 'self', identity)
    await this.commit()
  }

  async take({ kind, body }: BackupRecord): Promise<void> {
    if (kind === KIND.record) this.takeRecord(body)
    else if (kind === KIND.log) await this.beginLog(body)
    else if (kind === KIND.run) this.takeRun(body)
    else if (kind === KIND.head) this.endLog(body)
    else throw damaged(`a record of the kind ${kind} is not known`)
    if (this.batch.bytes >= GROUP_BYTES_MAX) await this.commit()
  }

  async finish(): Promise<RestoredBackup> {
    if (this.current) throw damaged('a log of the backup has no end')
    await this.commit()
    // It is made when all of it is ordered, in pieces.
    await this.store.changes.clear()
    return { contacts: this.contacts, entries: this.entries }
  }

  private takeRecord(body: Uint8Array): void {
    const { kind, key, value } = decodeKept(body)
    this.batch.put(kind, key, value)
    if (kind === 'contact') this.contacts += 1
  }

  private async beginLog(body: Uint8Array): Promise<void> {
    // The keys that came before the logs open these.
    if (this.logs.size === 0) await this.commit()
    const log = decodeLog(body)
    const name = logKey(log.conversation, log.device)
    if (this.current || this.logs.has(name)) throw damaged('a log of the backup begins twice')
    this.logs.add(name)
    this.current = {
      log,
      head: emptyHead(log.conversation, log.device),
      deadlines: new DeadlineChanges(readDeadlines(this.store, log)),
    }
  }

  private takeRun(body: Uint8Array): void {
    const { current } = this
    if (!current) throw damaged('a run of the backup belongs to no log')
    const run = valid(() => decodeRun(body, current.log))
    const check = checkRun(run, current.head)
    if (check.outcome !== 'extends' || check.fresh !== run) {
      throw damaged('a log of the backup is not what its author signed')
    }
    for (const [i, entry] of run.entries.entries()) {
      valid(() => decodeEntry(entry))
      const opened = this.store.keyring.open(run, entry)
      // When it arrived at the machine that the backup is of, nobody knows here.
      const goneAtMs = goneAtOf(opened, ({ wallTimeMs, seconds }) => wallTimeMs + 1000 * seconds)
      current.deadlines.set(run.first + i, goneAtMs, true)
    }
    current.head = check.head
    this.batch.putRun(run)
    this.entries += run.entries.length
  }

  private endLog(body: Uint8Array): void {
    const { seq, hash } = decodeHead(body)
    const { current } = this
    if (!current || current.head.seq !== seq) throw damaged('a log of the backup has lost its end')
    const { log, head, deadlines } = current
    putDeadlines(this.batch, nameOf(log), deadlines)
    // Without a hash it was cut at damage when it was exported, which was told then.
    const isCut = hash.byteLength === 0
    if (!isCut && Buffer.compare(hash, head.hash) !== 0) {
      throw damaged('a log of the backup ends in another place')
    }
    this.current = undefined
    if (seq === 0) return
    this.batch.putHead({ ...log, head, shown: 0, logical: 0, changedAt: POSITION })
  }

  private async commit(): Promise<void> {
    const { current } = this
    if (current) putDeadlines(this.batch, nameOf(current.log), current.deadlines)
    await this.store.commit(this.batch)
    this.batch = this.store.batch()
    // What is on disk now need not be held.
    if (current) current.deadlines = new DeadlineChanges(readDeadlines(this.store, current.log))
  }
}

function nameOf({ conversation, device }: BackupLog): string {
  return `${conversation}/${device}`
}

function valid<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new TidingsError('backup_damaged', 'an entry in the backup is not valid', { cause })
  }
}

function damaged(words: string): TidingsError {
  return new TidingsError('backup_damaged', words)
}
