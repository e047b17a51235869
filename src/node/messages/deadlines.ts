// When messages disappear on this node (docs/PROTOCOL.md, "Disappearing messages"): one's own so
// long after they were written, those of others so long after they were stored here. Written with
// the entries, and looked at when something is shown: no timer runs for any of them.
import {
  DeadlineChanges,
  deadlineOf,
  firstKept,
  lastKept,
  type ReadDeadlines,
} from '../../core/deadlines.ts'
import type { Entry } from '../../core/entry.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import type { LogName } from '../../core/run.ts'
import type { StoredRun } from '../../core/sync/state.ts'
import { putDeadlines, readDeadlines } from '../../store/deadlines.ts'
import type { Batch, Store } from '../../store/store.ts'
import { type Expiry, goneAtOf } from '../../wire/expiry.ts'
import { arePlain } from '../../wire/plain-text.ts'
import { damaged } from './entry-reader.ts'

export interface DeadlinesInit {
  readonly store: Store
  /** Every device of this account. */
  readonly devices: ReadonlySet<DeviceId>
  /** Wall time. */
  readonly now: () => number
}

export class Deadlines {
  private readonly init: DeadlinesInit

  constructor(init: DeadlinesInit) {
    this.init = init
  }

  /** Writes the deadlines of new entries into the batch that writes the entries. */
  count(batch: Batch, runs: readonly StoredRun[]): void {
    const { store, devices, now } = this.init
    const nowMs = Math.floor(now())
    const logs = new Map<string, DeadlineChanges>()
    for (const { run } of runs) {
      const { conversation, device } = run
      const isOwn = devices.has(device)
      // Of others a deadline that is there stays, and these have none.
      if (!isOwn && arePlain(run.entries)) continue
      const name = `${conversation}/${device}`
      const changes = logs.get(name) ?? new DeadlineChanges(readDeadlines(store, run))
      logs.set(name, changes)
      let seq = run.first
      for (const entry of run.entries) {
        const opened = store.keyring.open(run, entry)
        const goneAtMs = goneAtOf(opened, (expiry) => deadline(expiry, isOwn, nowMs))
        // An own log may have been cut back: what another copy wrote there has its own deadlines.
        changes.set(seq++, goneAtMs, !isOwn)
      }
    }
    for (const [name, changes] of logs) putDeadlines(batch, name, changes)
  }

  /**
   * Notes the deadlines of entries that could not be read before, up to one. When they arrived
   * nobody knows any more, so that the clocks of their authors count.
   *
   * @throws TidingsError `disk_full`, `database_damaged`
   */
  async countAgain(log: LogName, last: number): Promise<void> {
    const { store } = this.init
    for (let seq = 1; seq <= last;) {
      const run = await store.readPage(log.conversation, log.device, seq, last)
      if (!run) throw damaged()
      const changes = new DeadlineChanges(readDeadlines(store, log))
      for (const entry of run.entries) {
        const opened = store.keyring.open(log, entry)
        const goneAtMs = goneAtOf(opened, (expiry) => deadline(expiry, true, 0))
        changes.set(seq, goneAtMs, true)
        seq += 1
      }
      const batch = store.batch()
      putDeadlines(batch, `${log.conversation}/${log.device}`, changes)
      if (batch.bytes > 0) await store.commit(batch)
    }
  }

  /** In the batch that cuts a log: none of what is cut off disappears. */
  forget(batch: Batch, log: LogName, seq: number): void {
    const changes = new DeadlineChanges(readDeadlines(this.init.store, log))
    changes.set(seq, 0, false)
    putDeadlines(batch, `${log.conversation}/${log.device}`, changes)
  }

  /**
   * When a message disappears here, ms since 1970; undefined for never. Of one whose arrival is not
   * known any more its author's clock decides.
   */
  goneAt(id: ConversationId, device: DeviceId, seq: number, entry: Entry): number | undefined {
    const byAuthor = this.byAuthor(entry)
    return byAuthor && (deadlineOf(this.reader(id, device), seq) || byAuthor)
  }

  /** The same by its author's clock alone. */
  byAuthor({ wallTimeMs, body }: Entry): number | undefined {
    if (body.kind !== 'text' || body.expires === undefined) return undefined
    return deadline({ wallTimeMs, seconds: body.expires }, true, 0)
  }

  isPast(goneAtMs: number): boolean {
    return goneAtMs <= this.init.now()
  }

  /** The newest entry up to and with this one that is not noted as gone; 0 for none. */
  lastKept(id: ConversationId, device: DeviceId, seq: number): number {
    return lastKept(this.reader(id, device), seq, this.init.now())
  }

  /** The oldest entry from this one to the last that is not noted as gone; past that for none. */
  firstKept(id: ConversationId, device: DeviceId, seq: number, last: number): number {
    return firstKept(this.reader(id, device), seq, last, this.init.now())
  }

  private reader(conversation: ConversationId, device: DeviceId): ReadDeadlines {
    return readDeadlines(this.init.store, { conversation, device })
  }
}

function deadline({ wallTimeMs, seconds }: Expiry, isOwn: boolean, nowMs: number): number {
  return (isOwn ? wallTimeMs : nowMs) + 1000 * seconds
}
