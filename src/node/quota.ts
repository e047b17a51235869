// How much others may make this node keep: each contact up to a limit, and all of them together
// only while the disk has room to spare for the user's own messages. Whoever has used up the room
// is held back (core/sync/held-back): nothing is lost, it stays with its author for that long.
//
// What was received is counted in the very commit that writes it, so that it costs one small record
// for each commit and is right after a crash.
import { formatByteSize } from '../core/byte-size.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import {
  CONTACT_QUOTA_BYTES,
  DISK_LOOK_BYTES,
  KEPT_DEADLINE_BYTES,
  KEPT_ENTRY_BYTES,
  KEPT_RUN_BYTES,
} from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { type Run, runBytes } from '../core/run.ts'
import type { HeldBack } from '../core/sync/held-back.ts'
import type { StoredRun } from '../core/sync/state.ts'
import { type DiskRoom, diskFloorBytes } from '../store/disk-room.ts'
import type { Batch, Store } from '../store/store.ts'
import { expiringAmong } from '../wire/expiry.ts'
import type { NodeParts } from './parts.ts'

export interface QuotaInit {
  readonly me: AccountId
  readonly store: Pick<Store, 'all'>
  readonly log: Logger
  /** For a contact that has no limit of its own; Infinity for none. */
  readonly bytesDefault: number
  /** Of the disk that holds the database; undefined where nobody can tell. */
  readonly disk: (() => Promise<DiskRoom>) | undefined
}

export interface QuotaHooks {
  /** The contact's own limit, null for none; undefined where the default holds. */
  limitOf(account: AccountId): number | null | undefined
  nameOf(account: AccountId): string
  authorOf(conversation: ConversationId, device: DeviceId): AccountId
  /** Keeps a contact's own limit; undefined for the default. */
  setLimit(account: AccountId, bytes: number | null | undefined): Promise<void>
  hold(heldBack: HeldBack): void
  /** Tells the user; without a message, that it is over. */
  trouble(where: string, message?: string): void
}

export interface Kept {
  readonly receivedBytes: number
  /** Infinity for no bound. */
  readonly quotaBytes: number
}

/** What a run takes on disk, with all that is kept beside it. */
export function keptBytes(run: Run): number {
  const expiring = expiringAmong(run.entries)
  const beside = KEPT_ENTRY_BYTES * run.entries.length + KEPT_DEADLINE_BYTES * expiring
  return runBytes(run) + KEPT_RUN_BYTES + beside
}

export class Quota {
  private readonly init: QuotaInit
  private readonly hooks: QuotaHooks
  /** On disk. */
  private readonly received = new Map<AccountId, number>()
  /** Taken from the network, and not on disk yet. */
  private readonly coming = new Map<AccountId, number>()
  private full: ReadonlySet<AccountId> = new Set()
  /** Nothing that could be done without should be written. */
  isDiskFull = false
  private sinceLookBytes = 0
  private looking = false

  constructor(init: QuotaInit, hooks: QuotaHooks) {
    this.init = init
    this.hooks = hooks
  }

  async load(): Promise<void> {
    for (const [account, { bytes }] of await this.init.store.all('received')) {
      this.received.set(account as AccountId, bytes)
    }
  }

  /** Before anything is taken: those who filled their room before are held back from the start. */
  async start(): Promise<void> {
    await this.look()
    this.review(this.received.keys())
  }

  of(account: AccountId): Kept {
    const own = this.hooks.limitOf(account)
    const quotaBytes = own === undefined ? this.init.bytesDefault : (own ?? Infinity)
    return { receivedBytes: this.received.get(account) ?? 0, quotaBytes }
  }

  /** A run was taken from a peer and is about to be written. */
  take({ from, run }: StoredRun): void {
    const author = from && this.hooks.authorOf(run.conversation, run.device)
    if (!author || author === this.init.me) return
    const bytes = keptBytes(run)
    this.coming.set(author, (this.coming.get(author) ?? 0) + bytes)
    this.grew(author, bytes)
  }

  /** Whether what somebody makes this node keep is taken. */
  hasRoom(account: AccountId): boolean {
    return account === this.init.me || !(this.isDiskFull || this.full.has(account))
  }

  /** Counts what is kept beside runs; what it gives back is called once that is on disk. */
  countMore(batch: Batch, account: AccountId, bytes: number): () => void {
    if (account === this.init.me) return () => {}
    const sum = (this.received.get(account) ?? 0) + bytes
    batch.put('received', account, { bytes: sum })
    return () => {
      this.received.set(account, sum)
      this.grew(account, bytes)
    }
  }

  /** Puts the new counts into the batch that writes these runs. */
  count(batch: Batch, runs: readonly StoredRun[]): void {
    for (const [account, bytes] of this.sums(runs)) {
      batch.put('received', account, { bytes: (this.received.get(account) ?? 0) + bytes })
    }
  }

  /** These are on disk, with their counts. */
  written(runs: readonly StoredRun[]): void {
    for (const [account, bytes] of this.sums(runs)) {
      this.received.set(account, (this.received.get(account) ?? 0) + bytes)
      this.came(account, bytes)
    }
  }

  /** These were given up. */
  lost(runs: readonly StoredRun[]): void {
    const sums = this.sums(runs)
    for (const [account, bytes] of sums) this.came(account, bytes)
    this.review(sums.keys())
  }

  async setLimit(account: AccountId, bytes: number | null | undefined): Promise<void> {
    await this.hooks.setLimit(account, bytes)
    this.review([account])
  }

  /** Holds back whoever has used up the room, and nobody else of these. */
  private review(accounts: Iterable<AccountId>): void {
    const full = new Set(this.full)
    for (const account of accounts) {
      const { receivedBytes, quotaBytes } = this.of(account)
      const isFull = receivedBytes + (this.coming.get(account) ?? 0) >= quotaBytes
      if (isFull) full.add(account)
      else full.delete(account)
    }
    if (full.size === this.full.size && [...full].every((account) => this.full.has(account))) return
    this.full = full
    this.hold()
    this.hooks.trouble('quota', this.words())
  }

  /** Looks how full the disk is. Never rejects. */
  async look(): Promise<void> {
    const { disk, log } = this.init
    if (!disk || this.looking) return
    this.looking = true
    this.sinceLookBytes = 0
    try {
      const room = await disk()
      this.looked(room.freeBytes, diskFloorBytes(room))
    } catch (error) {
      log.warn({ err: error }, 'nobody can tell how full the disk is')
    } finally {
      this.looking = false
    }
  }

  private looked(freeBytes: number, floorBytes: number): void {
    // A quarter more, so that it does not go to and fro.
    const isFull = freeBytes < (this.isDiskFull ? 1.25 : 1) * floorBytes
    if (isFull === this.isDiskFull) return
    this.isDiskFull = isFull
    this.hold()
    const words =
      `less than ${formatByteSize(floorBytes)} are left on the disk. What others write is not ` +
      'taken until there is more; you can still write'
    this.hooks.trouble('disk space', isFull ? words : undefined)
  }

  private hold(): void {
    this.hooks.hold({ accounts: this.full, others: this.isDiskFull })
  }

  private words(): string | undefined {
    const each = [...this.full].map((account) => {
      const name = this.hooks.nameOf(account)
      return `${name} (${formatByteSize(this.of(account).quotaBytes)})`
    })
    if (each.length === 0) return undefined
    return (
      `used up is the room that you give to ${each.join(', ')}. What they write is not taken ` +
      'until you give more: contact quota NAME SIZE'
    )
  }

  private grew(account: AccountId, bytes: number): void {
    this.review([account])
    this.sinceLookBytes += bytes
    if (this.sinceLookBytes >= DISK_LOOK_BYTES) void this.look()
  }

  private came(account: AccountId, bytes: number): void {
    const left = (this.coming.get(account) ?? 0) - bytes
    if (left > 0) this.coming.set(account, left)
    else this.coming.delete(account)
  }

  private sums(runs: readonly StoredRun[]): Map<AccountId, number> {
    const sums = new Map<AccountId, number>()
    for (const { from, run } of runs) {
      const author = from && this.hooks.authorOf(run.conversation, run.device)
      if (!author || author === this.init.me) continue
      sums.set(author, (sums.get(author) ?? 0) + keptBytes(run))
    }
    return sums
  }
}

/** The quota of a node; its parts are asked only once all of them are there. */
export function makeQuota(parts: NodeParts): Quota {
  const { store, log, quotaBytes: bytesDefault = CONTACT_QUOTA_BYTES, disk } = parts.init
  return new Quota(
    { me: parts.self.account, store, log, bytesDefault, disk },
    {
      limitOf: (account) => parts.book.get(account)?.quotaBytes,
      setLimit: (account, bytes) =>
        parts.book.update(account, (known) => {
          const { quotaBytes: _, ...rest } = known
          return bytes === undefined ? rest : { ...rest, quotaBytes: bytes }
        }),
      nameOf: (account) => parts.conversations.nameOf(account),
      authorOf: (conversation, device) => parts.conversations.authorOf(conversation, device),
      hold: (heldBack) => parts.replicator.holdBack(heldBack),
      trouble: (where, message) => parts.announcer.trouble(where, message),
    },
  )
}
