// The state of replication: what this node holds of each shared conversation, what each connected
// peer holds, and what is on its way in either direction. Immutable; `step` makes the next one.
import { Map, Set } from 'immutable'

import type { Clock } from '../clock.ts'
import type { ResumeToken, SyncFrame } from '../frames.ts'
import { type AccountId, type ConversationId, type DeviceId, ID_CHARS } from '../id.ts'
import { emptyHead, type Head, type Run } from '../run.ts'

/** One log as held here. */
export interface LogState {
  /** On disk, synced. Only this is ever told to others. */
  readonly durable: Head
  /** Verified; what lies between `durable` and `tip` is being written. */
  readonly tip: Head
  /** Two different entries were signed for one place: nothing more is accepted. */
  readonly forked: boolean
}

export interface ConversationState {
  readonly id: ConversationId
  /** Who may write, and for whom. */
  readonly devices: ReadonlyMap<DeviceId, AccountId>
  readonly logs: ReadonlyMap<DeviceId, LogState>
  /** Position of the newest durable change. */
  readonly changedAt: number
}

/** Names one log among all conversations. */
export type LogKey = `${ConversationId}/${DeviceId}`

export function logKey(conversation: ConversationId, device: DeviceId): LogKey {
  return `${conversation}/${device}`
}

export function conversationOf(key: LogKey): ConversationId {
  return key.slice(0, ID_CHARS) as ConversationId
}

export function deviceOf(key: LogKey): DeviceId {
  return key.slice(ID_CHARS + 1) as DeviceId
}

/** Entries that a peer asked for and this node is sending. */
export interface Transfer {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly next: number
  readonly last: number
  readonly credit: number
  /** A page is being read from disk. */
  readonly reading: boolean
}

/** Entries that this node asked a peer for, or expects a peer to push. */
export interface Fetch {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly peer: DeviceId
  readonly first: number
  readonly last: number
  /**
   * False while the author, who is connected, has not told of them: another peer did, but the push
   * is most likely on its way, and asking would bring the same entries twice.
   */
  readonly asked: boolean
  readonly progressAtMs: number
}

/** A connected node with which both sides hold each other as contacts. */
export interface PeerState {
  readonly device: DeviceId
  readonly shared: ReadonlySet<ConversationId>
  /** What it holds, as far as it told. */
  readonly theirs: Map<ConversationId, Clock>
  /** Conversations whose clock in `theirs` changed since the last `holds` for it. */
  readonly unsaved: Set<ConversationId>
  /** The highest entry sent to it, where that is more than it told. */
  readonly sent: Map<LogKey, number>
  readonly transfers: Map<LogKey, Transfer>
  /** What it holds and this node does not hold durably: log to sequence number. */
  readonly lacking: Map<LogKey, number>
  /** Its database and position, known in full once nothing is lacking. */
  readonly token?: ResumeToken
  readonly tokenRemembered?: ResumeToken
  readonly clocksToldAtMs: number
  readonly clocksWantedAtMs: number
  /** The outbox is long: announce instead of pushing. */
  readonly congested: boolean
}

export interface SyncState {
  readonly me: DeviceId
  /** This opening of this node's database. */
  readonly epoch: string
  /** Position of the newest durable change of any conversation. */
  readonly position: number
  readonly conversations: Map<ConversationId, ConversationState>
  readonly peers: Map<DeviceId, PeerState>
  readonly fetches: Map<LogKey, Fetch>
  /** A write failed: nothing is asked for before this time. */
  readonly pausedUntilMs: number
}

export type SyncEvent =
  /** A conversation exists, or its writers changed. `logs` only counts for a new one. */
  | {
      readonly type: 'conversation'
      readonly id: ConversationId
      readonly devices: ReadonlyMap<DeviceId, AccountId>
      readonly logs: ReadonlyMap<DeviceId, Head & { readonly forked: boolean }>
      readonly changedAt: number
    }
  | {
      readonly type: 'connected'
      readonly peer: DeviceId
      readonly shared: ReadonlySet<ConversationId>
      /** Position up to which the peer knows this node; undefined when it must hear everything. */
      readonly knows: number | undefined
      /** What the peer held when last met, and its token for that; used until it says otherwise. */
      readonly theirs: ReadonlyMap<ConversationId, Clock>
      readonly token?: ResumeToken
    }
  | { readonly type: 'disconnected'; readonly peer: DeviceId }
  | {
      readonly type: 'shared'
      readonly peer: DeviceId
      readonly shared: ReadonlySet<ConversationId>
    }
  | { readonly type: 'frame'; readonly peer: DeviceId; readonly frame: SyncFrame }
  | { readonly type: 'congested'; readonly peer: DeviceId; readonly congested: boolean }
  /** A run written by this device, closed after the log's tip. */
  | { readonly type: 'append'; readonly run: Run; readonly head: Head }
  /** Runs are on disk, synced, in this order. One event for one commit. */
  | { readonly type: 'stored'; readonly runs: readonly StoredRun[]; readonly position: number }
  /**
   * A write failed: what was not durable is forgotten and fetched again. When several writes fail
   * together, all of these events come before any other event.
   */
  | {
      readonly type: 'store_failed'
      readonly conversation: ConversationId
      readonly device: DeviceId
    }
  /** A page read for a transfer; undefined when the disk does not have it. */
  | {
      readonly type: 'page'
      readonly peer: DeviceId
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly run: Run | undefined
    }
  | { readonly type: 'tick' }

export interface StoredRun {
  readonly run: Run
  readonly head: Head
  /** The peer it came from; undefined for entries written here. */
  readonly from: DeviceId | undefined
}

export type SyncEffect =
  | { readonly type: 'send'; readonly peer: DeviceId; readonly frame: SyncFrame }
  /** Write the run, synced, then report `stored` or `store_failed`. Writes of a log keep order. */
  | ({ readonly type: 'store' } & StoredRun)
  /** Read entries from `first`, at most to `last` and one page, then report `page`. */
  | {
      readonly type: 'read'
      readonly peer: DeviceId
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly first: number
      readonly last: number
    }
  /** The peer holds exactly this: keep it, for receipts and for the next meeting. */
  | {
      readonly type: 'holds'
      readonly peer: DeviceId
      readonly conversation: ConversationId
      readonly clock: Clock
    }
  /**
   * Everything the peer had at this token is held here: keep it. Every clock that it stands for
   * left in a `holds` before.
   */
  | { readonly type: 'remember'; readonly peer: DeviceId; readonly token: ResumeToken }
  /** Proof that a device signed two logs. Keep it, tell the people concerned. */
  | { readonly type: 'forked'; readonly run: Run; readonly from: DeviceId }
  /** The peer broke the protocol. */
  | {
      readonly type: 'close'
      readonly peer: DeviceId
      readonly code: string
      readonly reason: string
    }

export interface Step {
  readonly state: SyncState
  readonly effects: readonly SyncEffect[]
}

export function initialState(me: DeviceId, epoch: string, position: number): SyncState {
  return {
    me,
    epoch,
    position,
    conversations: Map(),
    peers: Map(),
    fetches: Map(),
    pausedUntilMs: -Infinity,
  }
}

export function logOf(conversation: ConversationState, device: DeviceId): LogState {
  const log = conversation.logs.get(device)
  if (log) return log
  const head = emptyHead(conversation.id, device)
  return { durable: head, tip: head, forked: false }
}

/** What is durable here of those who may write. */
export function heldClock(conversation: ConversationState): Clock {
  const clock = new globalThis.Map<DeviceId, number>()
  for (const [device, { durable }] of conversation.logs) {
    if (durable.seq > 0 && conversation.devices.has(device)) clock.set(device, durable.seq)
  }
  return clock
}

/** The part of a peer's clock that is about those who may write. */
export function knownPart(conversation: ConversationState, clock: Clock): Clock {
  return new globalThis.Map([...clock].filter(([device]) => conversation.devices.has(device)))
}
