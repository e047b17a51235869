// Writing one's own entries. What waits while the disk is busy becomes one run: one signature and
// one fsync for a burst. A caller hears of success only when its entry is synced.
import type { Body, Entry } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import {
  GROUP_ENTRIES_MAX,
  OWN_LOG_WAIT_MS,
  RUN_BYTES_MAX,
  SENDS_PENDING_MAX,
  WALL_TIME_MS_MAX,
} from '../../core/limits.ts'
import { closeRun, type LogName, type Signer } from '../../core/run.ts'
import type { StoredRun } from '../../core/sync/state.ts'
import type { LevelStore } from '../../store/store-level.ts'
import type { OwnLog } from '../own-log.ts'
import type { Replicator } from '../replicator.ts'
import {
  type Appended,
  type Desk,
  emptyDesk,
  mayLeave,
  namedBy,
  naming,
  newDeps,
  type PlaceNow,
  refusal,
  type Waiting,
} from './desk.ts'
import type { Ledger } from './ledger.ts'

export type { Appended } from './desk.ts'

export interface AppenderInit {
  readonly me: DeviceId
  readonly store: Pick<LevelStore, 'aside'>
  readonly signer: Signer
  readonly ledger: Ledger
  readonly replicator: Replicator
  readonly ownLog: Pick<OwnLog, 'state'>
  /** The bytes of an entry of an own log, as others are to have them. @throws TidingsError */
  readonly encode: (log: LogName, entry: Entry) => Uint8Array
  /** Wall time. */
  readonly now: () => number
  /** Never goes back. */
  readonly uptimeMs: () => number
}

export class Appender {
  private readonly init: AppenderInit
  private readonly desks = new Map<ConversationId, Desk>()
  private pending = 0
  private closed = false
  private held = false

  constructor(init: AppenderInit) {
    this.init = init
  }

  /** Appends an entry; resolves with its place once it is synced to disk. */
  append(conversation: ConversationId, body: Body): Promise<Appended> {
    return this.wait(conversation, body)
  }

  /** Appends an entry whose bytes are fixed: the first one of a group, which names it. */
  appendEncoded(conversation: ConversationId, entry: Uint8Array): Promise<Appended> {
    return this.wait(conversation, entry)
  }

  private wait(conversation: ConversationId, body: Waiting['body']): Promise<Appended> {
    if (this.closed) {
      return Promise.reject(new TidingsError('shutting_down', 'the node is shutting down'))
    }
    if (this.pending >= SENDS_PENDING_MAX) {
      const words = 'too many messages wait for the disk; try again in a moment'
      return Promise.reject(new TidingsError('too_busy', words))
    }
    this.pending += 1
    return new Promise<Appended>((resolve, reject) => {
      const desk = this.desk(conversation)
      desk.waiting.push({ body, sinceMs: this.init.uptimeMs(), resolve, reject })
      this.schedule(conversation, desk)
    })
  }

  /** Runs reached the disk: their callers hear of it, and what waited behind them goes on. */
  stored(runs: readonly StoredRun[]): void {
    for (const { run, from } of runs) {
      if (from !== undefined) continue
      const desk = this.desk(run.conversation)
      const { writing = [] } = desk
      desk.writing = undefined
      this.pending -= writing.length
      writing.forEach(({ resolve }, i) => resolve({ device: run.device, seq: run.first + i }))
    }
    this.retry()
  }

  failed(runs: readonly StoredRun[], error: TidingsError): void {
    for (const { run, from } of runs) {
      if (from !== undefined) continue
      const desk = this.desk(run.conversation)
      const { writing = [] } = desk
      desk.writing = undefined
      this.reject(writing, error)
      desk.told.clear()
    }
    this.retry()
  }

  /** Tries again what waited for own entries to come back from a peer. */
  retry(): void {
    for (const [conversation, desk] of this.desks) {
      if (desk.waiting.length > 0) this.schedule(conversation)
    }
  }

  /** Nothing more is written; what waits can be taken over by another appender, or goes on. */
  hold(held: boolean): void {
    this.held = held
    if (!held) this.retry()
  }

  /**
   * Does something to the end of the own log while nothing is written to it.
   *
   * @returns undefined, and nothing is done, where something is being written or waits for that
   */
  async alone<T>(conversation: ConversationId, work: () => Promise<T>): Promise<T | undefined> {
    const desk = this.desk(conversation)
    const isBusy = desk.held || desk.waiting.length > 0 || desk.writing !== undefined
    if (isBusy || this.held || this.closed) return undefined
    desk.held = true
    try {
      return await work()
    } finally {
      desk.held = false
      // What was named may have been named by what is gone.
      desk.told.clear()
      this.schedule(conversation)
    }
  }

  /**
   * Takes over what waits at another one, which is closed by that, as things are named now. Not
   * what makes a group, whose bytes are of the life before: whoever asked for it makes it again.
   */
  takeOver(other: Appender, placeNow: PlaceNow): void {
    for (const [conversation, { waiting }] of other.desks) {
      if (waiting[0]?.body instanceof Uint8Array) continue
      this.pending += waiting.length
      const moved = waiting.splice(0).map((each) => naming(each, conversation, placeNow))
      this.desk(conversation).waiting.push(...moved)
      this.schedule(conversation)
    }
    other.close()
  }

  close(): void {
    this.closed = true
    const error = new TidingsError('shutting_down', 'the node is shutting down')
    for (const desk of this.desks.values()) this.reject(desk.waiting.splice(0), error)
  }

  private reject(waiting: readonly Waiting[], error: unknown): void {
    this.pending -= waiting.length
    for (const { reject } of waiting) reject(error)
  }

  private desk(conversation: ConversationId): Desk {
    let desk = this.desks.get(conversation)
    if (!desk) {
      desk = emptyDesk()
      this.desks.set(conversation, desk)
    }
    return desk
  }

  private schedule(conversation: ConversationId, desk = this.desk(conversation)): void {
    if (desk.scheduled) return
    desk.scheduled = true
    // Everything sent in this turn of the event loop shares a run.
    queueMicrotask(() => {
      desk.scheduled = false
      try {
        this.flush(conversation, desk)
      } catch (error) {
        // Nothing of it was given to the disk.
        this.reject([...(desk.writing ?? []), ...desk.waiting.splice(0)], error)
        desk.writing = undefined
        desk.told.clear()
      }
    })
  }

  private flush(conversation: ConversationId, desk: Desk): void {
    const { encode, ledger, me, signer, replicator, ownLog } = this.init
    const log = { conversation, device: me }
    const tip = replicator.tip(conversation, me)
    if (this.held || desk.held || !tip || desk.writing || desk.waiting.length === 0) return
    const state = ownLog.state(conversation)
    if (state !== 'ready') return this.refuse(desk, state)
    // Own entries that a repair set aside, now that what was missing before them came back.
    const aside = this.init.store.aside(conversation, me, tip)
    // Should an entry fail, all that was taken is answered.
    const taken: Waiting[] = (desk.writing = [])
    if (aside) return replicator.append(aside.run, aside.head)
    const entries: Uint8Array[] = []
    let bytes = 0
    const wallTimeMs = Math.min(WALL_TIME_MS_MAX, Math.max(0, Math.floor(this.init.now())))
    let deps = newDeps(desk, me, ledger.conversation(conversation))
    while (desk.waiting.length > 0 && taken.length < GROUP_ENTRIES_MAX) {
      const next = desk.waiting[0]
      if (!next) break
      const { body } = next
      const named = namedBy(body)
      // It was undone since, and this entry would take its place.
      if (named?.device === me && named.seq > tip.seq + entries.length) {
        const undone = new TidingsError('unknown_message', 'this message was undone')
        this.reject(desk.waiting.splice(0, 1), undone)
        continue
      }
      const entry = body instanceof Uint8Array ? body : encode(log, { wallTimeMs, deps, body })
      bytes += entry.byteLength
      if (taken.length > 0 && bytes > RUN_BYTES_MAX) break
      deps = []
      taken.push(next)
      entries.push(entry)
      desk.waiting.shift()
      if (mayLeave(body)) break
    }
    if (entries.length === 0) {
      desk.writing = undefined
      // What would have been named was not.
      desk.told.clear()
      return
    }
    const { run, head } = closeRun(log, tip, entries, signer)
    replicator.append(run, head)
  }

  /** Writing now would fork the log, or add to a fork: nobody would ever take what is written. */
  private refuse(desk: Desk, state: 'behind' | 'forked'): void {
    const before = this.init.uptimeMs() - OWN_LOG_WAIT_MS
    const error = refusal(state)
    while (desk.waiting[0] && desk.waiting[0].sinceMs <= before) {
      this.reject(desk.waiting.splice(0, 1), error)
    }
  }
}
