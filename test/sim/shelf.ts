// What a simulated disk holds when everything written so far is taken together: logs with the
// signatures that close their runs, and the small records beside them.
import type { Clock } from '../../src/core/clock.ts'
import type { ForkProof } from '../../src/core/fork.ts'
import type { ResumeToken } from '../../src/core/frames.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { chainHashes, emptyHead, type Head, lastSeq, type Run } from '../../src/core/run.ts'
import {
  conversationOf,
  type Counted,
  type Ended,
  type LogKey,
  logKey,
  type StoredRun,
} from '../../src/core/sync/state.ts'
import type { SimGroup } from './groups.ts'

export interface ShelfLog {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly entries: Uint8Array[]
  /** The chain's hash after each entry. */
  readonly hashes: Uint8Array[]
  readonly signatures: Map<number, Uint8Array>
}

export type Write =
  | { readonly type: 'open'; readonly epoch: string }
  | { readonly type: 'commit'; readonly position: number; readonly runs: readonly StoredRun[] }
  | { readonly type: 'holds'; readonly key: string; readonly clock: Clock }
  | { readonly type: 'counted'; readonly peer: DeviceId; readonly counted: Counted | undefined }
  | { readonly type: 'token'; readonly peer: DeviceId; readonly token: ResumeToken }
  | {
      readonly type: 'forked'
      readonly key: LogKey
      readonly until: number
      readonly proof: ForkProof
    }
  | { readonly type: 'cut'; readonly key: LogKey; readonly seq: number }
  /** An own log that is forked ends there, signed anew, and goes on with what peers hold. */
  | {
      readonly type: 'renew'
      readonly key: LogKey
      readonly seq: number
      readonly signature: Uint8Array
      readonly ended?: Ended
    }
  /** The newest own entry is taken back; what is left ends signed anew. */
  | {
      readonly type: 'undo'
      readonly key: LogKey
      readonly seq: number
      readonly signature: Uint8Array
      readonly position: number
    }
  | { readonly type: 'group'; readonly record: SimGroup }
  /** From now on this database writes as another device. */
  | { readonly type: 'identity'; readonly seed: Uint8Array }

export class Shelf {
  readonly logs = new Map<LogKey, ShelfLog>()
  readonly changedAt = new Map<ConversationId, number>()
  readonly holds = new Map<string, Clock>()
  readonly tokens = new Map<DeviceId, ResumeToken>()
  /** What peers told, as the engine counts it along. */
  readonly counted = new Map<DeviceId, Counted | undefined>()
  readonly groups = new Map<ConversationId, SimGroup>()
  /** Every opening with the positions that it began and ended at. */
  readonly openings = new Map<string, { first: number; last: number }>()
  /** Everything committed, in order. */
  history: { readonly position: number; readonly run: Run }[] = []
  /** Forked logs; an own one that was cut back has no proof. */
  readonly forks = new Map<LogKey, { readonly until?: number; readonly proof?: ForkProof }>()
  /** Of the devices that this database wrote as, the newest last. */
  readonly seeds: Uint8Array[]
  position = 0

  constructor(seed: Uint8Array) {
    this.seeds = [seed]
  }

  apply(write: Write): void {
    switch (write.type) {
      case 'open':
        this.openings.set(write.epoch, { first: this.position, last: this.position })
        return
      case 'commit':
        this.position = write.position
        for (const opening of [...this.openings.values()].slice(-1)) opening.last = write.position
        for (const { run } of write.runs) this.add(run, write.position)
        return
      case 'holds':
        this.holds.set(write.key, write.clock)
        return
      case 'counted':
        this.counted.set(write.peer, write.counted)
        return
      case 'token':
        this.tokens.set(write.peer, write.token)
        return
      case 'forked':
        this.forks.set(write.key, { until: write.until, proof: write.proof })
        return
      case 'cut':
        // A node that finds damage relies on nothing that was counted before it.
        this.counted.clear()
        return this.cut(write.key, write.seq)
      case 'renew': {
        const { key, seq, signature, ended } = write
        this.cut(key, seq)
        if (seq > 0) this.logs.get(key)?.signatures.set(seq, signature)
        this.forks.set(key, ended ? { until: ended.held, proof: ended.proof } : {})
        return
      }
      case 'undo':
        return this.undo(write)
      case 'group':
        this.groups.set(write.record.conversation, write.record)
        return
      case 'identity':
        this.seeds.push(write.seed)
    }
  }

  private cut(key: LogKey, seq: number): void {
    const log = this.logs.get(key)
    log?.entries.splice(seq)
    log?.hashes.splice(seq)
    for (const end of log?.signatures.keys() ?? []) if (end > seq) log?.signatures.delete(end)
  }

  private undo({ key, seq, signature, position }: Extract<Write, { type: 'undo' }>): void {
    this.position = position
    for (const opening of [...this.openings.values()].slice(-1)) opening.last = position
    this.cut(key, seq)
    if (seq > 0) this.logs.get(key)?.signatures.set(seq, signature)
    this.changedAt.set(conversationOf(key), position)
    this.history = this.history.flatMap(({ position: at, run }) => {
      const isCut = logKey(run.conversation, run.device) === key && lastSeq(run) > seq
      if (!isCut) return [{ position: at, run }]
      const entries = run.entries.slice(0, seq - run.first + 1)
      return entries.length > 0 ? [{ position: at, run: { ...run, entries } }] : []
    })
  }

  /** Everybody of whom there is something in a conversation. */
  devicesIn(conversation: ConversationId): DeviceId[] {
    const logs = [...this.logs.values()].filter(
      (log) => log.conversation === conversation && log.entries.length > 0,
    )
    return logs.map(({ device }) => device)
  }

  isForked(conversation: ConversationId, device: DeviceId): boolean {
    return this.forks.has(logKey(conversation, device))
  }

  /** Whether no more of a log is taken. */
  isEnded(conversation: ConversationId, device: DeviceId): boolean {
    const until = this.forks.get(logKey(conversation, device))?.until
    return until !== undefined && this.head(conversation, device).seq >= until
  }

  knowsToken(token: ResumeToken): boolean {
    const opening = this.openings.get(token.epoch)
    return !!opening && opening.first <= token.position && token.position <= opening.last
  }

  head(conversation: ConversationId, device: DeviceId): Head {
    const hashes = this.logs.get(logKey(conversation, device))?.hashes ?? []
    const hash = hashes.at(-1)
    return hash ? { seq: hashes.length, hash } : emptyHead(conversation, device)
  }

  log(conversation: ConversationId, device: DeviceId): ShelfLog {
    const key = logKey(conversation, device)
    let log = this.logs.get(key)
    if (!log) {
      log = { conversation, device, entries: [], hashes: [], signatures: new Map() }
      this.logs.set(key, log)
    }
    return log
  }

  private add(run: Run, position: number): void {
    const log = this.log(run.conversation, run.device)
    if (run.first !== log.entries.length + 1) {
      throw new Error(`a write at ${run.first} of a log of ${log.entries.length}`)
    }
    log.entries.push(...run.entries)
    log.hashes.push(...chainHashes(run.prevHash, run.entries))
    log.signatures.set(lastSeq(run), run.signature)
    this.changedAt.set(run.conversation, position)
    this.history.push({ position, run })
  }

  entry(conversation: ConversationId, device: DeviceId, seq: number): Uint8Array {
    const entry = this.log(conversation, device).entries[seq - 1]
    if (!entry) throw new RangeError('an entry that is not stored')
    return entry
  }

  /** As `readPage` of store/store.ts. */
  readPage(
    conversation: ConversationId,
    device: DeviceId,
    range: { readonly first: number; readonly last: number },
    entriesMax: number,
  ): Run | undefined {
    const log = this.log(conversation, device)
    const { first } = range
    const ends = [...log.signatures.keys()].filter((seq) => seq >= first)
    const final = ends.find((seq) => seq >= range.last) ?? ends.at(-1)
    const fitting = ends.filter((seq) => seq < first + entriesMax && seq <= (final ?? 0))
    const end = fitting.at(-1) ?? ends[0]
    const signature = log.signatures.get(end ?? 0)
    if (end === undefined || !signature) return undefined
    const prevHash = log.hashes[first - 2] ?? emptyHead(conversation, device).hash
    return {
      conversation,
      device,
      first,
      prevHash,
      entries: log.entries.slice(first - 1, end),
      signature,
    }
  }
}
