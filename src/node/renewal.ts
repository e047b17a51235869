// Going on under a new device key. Another copy of this database wrote to an own log, and peers
// hold what it wrote: the log is cut back to where the two agree, and what this copy wrote after
// that is written again as a device that no other copy has, in one synced step (docs/PROTOCOL.md,
// "Forks").
import type { Dep, EntryRef } from '../core/entry.ts'
import { TidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { DEPS_MAX, RUN_BYTES_MAX, RUN_ENTRIES_MAX } from '../core/limits.ts'
import {
  closeRun,
  emptyHead,
  type Head,
  type LogName,
  type Run,
  type Signer,
  SEED_BYTES,
} from '../core/run.ts'
import type { StoredRun, SyncEffect } from '../core/sync/state.ts'
import type { IdentityRecord, Store } from '../store/store.ts'
import { NONCE_BYTES } from '../wire/closed-body.ts'
import { rewritten } from '../wire/entry.ts'
import { forkRecord } from './fork-record.ts'
import type { CutBack } from './ledger/ledger-group.ts'
import { type LedgerLog, newLog } from './ledger/ledger-log.ts'
import type { Ledger } from './ledger/ledger.ts'
import { Deadlines } from './messages/deadlines.ts'
import { cutOrder, ownEnd } from './own-cut.ts'
import { type Self, selfOf, signerOf, withNewDevice } from './people/identity.ts'

export type OwnFork = Extract<SyncEffect, { type: 'own_fork' }>

export interface RenewalInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly self: Self
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}

/** Where the entries went that were cut off. */
export interface Moved {
  readonly from: LogName
  /** The first of them was there, and the last. */
  readonly at: number
  readonly last: number
  readonly to: DeviceId
  readonly first: number
}

export interface MessagePlace {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly seq: number
}

export interface Renewed {
  readonly identity: IdentityRecord
  readonly moved: Moved
}

/** @throws TidingsError `disk_full`, `database_damaged`, `too_many_devices`; nothing has changed */
export async function renew(init: RenewalInit, fork: OwnFork): Promise<Renewed> {
  const { ledger, random, self } = init
  const isCurrent = fork.device === self.device
  const identity = isCurrent ? withNewDevice(self.record, random(SEED_BYTES)) : self.record
  const next = selfOf(identity)
  let moved: Moved | undefined
  await ledger.cutBack(async () => {
    const rewriting = new Rewriting(init, fork, next)
    moved = rewriting.moved
    return rewriting.make()
  })
  if (!moved) throw new TidingsError('internal', 'a log was cut back without a word')
  return { identity, moved }
}

class Rewriting {
  readonly moved: Moved
  /** The log that goes on ends there. */
  private readonly start: Head
  private readonly init: RenewalInit
  private readonly fork: OwnFork
  private readonly next: Self
  private readonly log: LedgerLog

  constructor(init: RenewalInit, fork: OwnFork, next: Self) {
    this.init = init
    this.fork = fork
    this.next = next
    const { conversation, device, at } = fork
    const logs = init.ledger.conversation(conversation)
    this.log = logs.get(device) ?? newLog(conversation, device)
    if (at - 1 > this.log.head.seq) throw new TidingsError('internal', 'a fork after the end')
    this.start = logs.get(next.device)?.head ?? emptyHead(conversation, next.device)
    const from = { conversation, device }
    const last = this.log.head.seq
    this.moved = { from, at, last, to: next.device, first: this.start.seq + 1 }
  }

  async make(): Promise<CutBack> {
    const { fork, init, next } = this
    const { conversation, device, ended } = fork
    const { log, rest } = await this.cut()
    const again = await this.again(log)
    const deadlines = new Deadlines({ store: init.store, devices: next.devices, now: init.now })
    const fill: CutBack['fill'] = (batch) => {
      deadlines.count(batch, again)
      if (next.record !== init.self.record) batch.put('identity', 'self', next.record)
      const key = `${conversation}/${device}`
      if (ended) batch.put('fork', key, forkRecord(ended.proof, ended.held, init.now()))
    }
    return { conversation, device, log, rest, again, fill }
  }

  /** The log as it is once it ends before the fork, and the run that its new end lies in. */
  private async cut(): Promise<{ log: LedgerLog; rest: Run | undefined }> {
    const { conversation, device, at, ended } = this.fork
    const { store, self } = this.init
    const last = at - 1
    const name = { conversation, device }
    const { head, rest } = await ownEnd(store, name, last, signerOf(self.record, device))
    const order = cutOrder(store, name, this.log, last)
    const { changedAt } = this.log
    return { log: { head, forked: true, until: ended?.held, order, changedAt }, rest }
  }

  /** What is cut off, as runs of the device that goes on. */
  private async again(cut: LedgerLog): Promise<StoredRun[]> {
    const { conversation, device, at } = this.fork
    const { random, store } = this.init
    const nonce = (): Uint8Array => random(NONCE_BYTES)
    const log = { conversation, device: this.next.device }
    const binder = new Binder(log, this.start, this.next.signer)
    let deps: readonly Dep[] = this.deps(cut)
    // What was cut off may name what was cut off before it.
    const moved = (ref: EntryRef): EntryRef => movedTo(this.moved, { conversation, ...ref }) ?? ref
    for (let seq = at; seq <= this.log.head.seq;) {
      const run = await store.readPage(conversation, device, seq, this.log.head.seq)
      if (!run) throw new TidingsError('database_damaged', 'an own entry cannot be read from disk')
      for (const entry of run.entries) {
        const named = deps
        const again = (bytes: Uint8Array): Uint8Array => rewritten(bytes, named, moved)
        binder.add(store.keyring.moved(entry, this.moved.from, log, again, nonce))
        deps = []
      }
      seq += run.entries.length
    }
    return binder.finish()
  }

  /** Everything that was shown when the new log begins: what is written again comes after it. */
  private deps(cut: LedgerLog): Dep[] {
    const { conversation, device } = this.fork
    const logs = new Map(this.init.ledger.conversation(conversation)).set(device, cut)
    const deps: Dep[] = []
    for (const [author, { order }] of logs) {
      if (author !== this.next.device && order.shown > 0) {
        deps.push({ device: author, seq: order.shown })
      }
    }
    return deps.slice(0, DEPS_MAX)
  }
}

/** Closes entries into runs of at most a page. */
class Binder {
  private readonly log: LogName
  private readonly signer: Signer
  private readonly runs: StoredRun[] = []
  private head: Head
  private entries: Uint8Array[] = []
  private bytes = 0

  constructor(log: LogName, head: Head, signer: Signer) {
    this.log = log
    this.head = head
    this.signer = signer
  }

  add(entry: Uint8Array): void {
    const isFull =
      this.entries.length >= RUN_ENTRIES_MAX || this.bytes + entry.byteLength > RUN_BYTES_MAX
    if (isFull) this.close()
    this.entries.push(entry)
    this.bytes += entry.byteLength
  }

  finish(): StoredRun[] {
    this.close()
    return this.runs
  }

  private close(): void {
    if (this.entries.length === 0) return
    const { run, head } = closeRun(this.log, this.head, this.entries, this.signer)
    this.runs.push({ run, head, from: undefined })
    this.head = head
    this.entries = []
    this.bytes = 0
  }
}

/** Where a message is now that was cut off its log; undefined for others. */
export function movedTo(
  { from, at, last, to, first }: Moved,
  { conversation, device, seq }: MessagePlace,
): MessagePlace | undefined {
  if (conversation !== from.conversation || device !== from.device) return undefined
  if (seq < at || seq > last) return undefined
  return { conversation, device: to, seq: first + seq - at }
}
