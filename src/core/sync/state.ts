// The state of replication: what this node holds of each shared conversation, what each connected
// peer holds, and what is on its way in either direction. Immutable; `step` makes the next one.
import { Map, Set } from 'immutable'

import type { Clock } from '../clock.ts'
import type { ForkProof } from '../fork.ts'
import type { ResumeToken } from '../frames.ts'
import { type AccountId, type ConversationId, type DeviceId, ID_CHARS } from '../id.ts'
import { emptyHead, type Head, type Run } from '../run.ts'
import { type HeldBack, NOBODY_HELD_BACK } from './held-back.ts'
import type { Digest } from './log-digest.ts'
import type { Fetch } from './pace.ts'
import { NOTHING_CHANGED, type Recency } from './recency.ts'

export type {
  Counted,
  OpenedLog,
  Step,
  StoredRun,
  SyncEffect,
  SyncEvent,
  SyncEventOf,
} from './events.ts'

/** One log as held here. */
export interface LogState {
  /** On disk, synced. Only this is ever told to others. */
  readonly durable: Head
  /** Verified; what lies between `durable` and `tip` is being written. */
  readonly tip: Head
  /** Two different entries were signed for one place. */
  readonly forked: boolean
  /** Of a forked log, entries are still accepted while fewer than this are held. */
  readonly until: number
  /** Position of the newest durable change. */
  readonly changedAt: number
  /** `logDigest` of what is durable, where that is known. */
  readonly digest?: Digest | undefined
  /** A run that does not fit, found while others were being written: judged when these are. */
  readonly contested?: { readonly run: Run; readonly from: DeviceId }
}

export interface ConversationState {
  readonly id: ConversationId
  /** Who may write, and for whom. */
  readonly devices: ReadonlyMap<DeviceId, AccountId>
  readonly logs: ReadonlyMap<DeviceId, LogState>
  /** Position of the newest durable change. */
  readonly changedAt: number
  /** Over what is durable here of those who may write. */
  readonly digest: Digest
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
  /** When it last went on: one that was given up is forgotten. */
  readonly movedAtMs: number
}

/** The peer's clock names another entry than this node holds where both have equally many. */
export interface Doubt {
  readonly seq: number
  readonly askedAtMs: number
}

/** The search for the place from which an own log differs from what a peer holds of it. */
export interface Dispute {
  readonly peer: DeviceId
  /** The peer was asked for its entries from here on. */
  readonly first: number
  /** How far the next look goes further back. */
  readonly back: number
  /** A run of the peer is being compared with the disk, which holds at least so many entries. */
  readonly comparing: number | undefined
  /** The place was found and reported: what follows is up to the node. */
  readonly reported: boolean
  readonly askedAtMs: number
}

/** How a peer proved that an own log is forked, and how much of it it holds and takes. */
export interface Ended {
  readonly proof: ForkProof
  readonly held: number
}

/** A proof that a peer was sent; it is repeated while the peer tells of what it disproves. */
export interface ProofSent {
  readonly atMs: number
  readonly waitMs: number
}

/** A connected node that is told of conversations, or heard of some. */
export interface PeerState {
  readonly device: DeviceId
  /** What this node tells it of. */
  readonly shared: ReadonlySet<ConversationId>
  /** What this node takes from it: that, and conversations in which it may not know it to be. */
  readonly heard: ReadonlySet<ConversationId>
  /** What it holds, as far as it told in this session. */
  readonly theirs: Map<ConversationId, Clock>
  /** Of other conversations, what it told before. Always the same for one of them. */
  readonly kept: Pick<ReadonlyMap<ConversationId, Clock>, 'get'>
  /** But of these: it was not heard of them any more. */
  readonly dropped: Set<ConversationId>
  /** Digest over all of `shared`, but for what is in `recounting`. */
  readonly held: Digest
  /** Digest over all that it told of what it is heard; undefined where nobody counted along. */
  readonly told?: Uint8Array
  /** Conversations whose clock in `theirs` changed since the last `holds` for it. */
  readonly unsaved: Set<ConversationId>
  /** The highest entry sent to it, where that is more than it told. */
  readonly sent: Map<LogKey, number>
  readonly transfers: Map<LogKey, Transfer>
  /** Logs of which it is told later that they grew. */
  readonly untold: Set<LogKey>
  /** Logs of others that it asked for since it was told of them last: at once the next time. */
  readonly relying: Set<LogKey>
  /** What it holds and this node does not hold durably: log to sequence number. */
  readonly lacking: Map<LogKey, number>
  readonly doubts: Map<LogKey, Doubt>
  /** Logs that it was asked for and did not bring: others are asked first. */
  readonly slow: Set<LogKey>
  /** Own logs of which it proved that they are forked. */
  readonly ended: Map<LogKey, Ended>
  readonly proofs: Map<LogKey, ProofSent>
  /** Its database and position, known in full once nothing is lacking. */
  readonly token?: ResumeToken
  readonly tokenRemembered?: ResumeToken
  readonly clocksToldAtMs: number
  readonly clocksWantedAtMs: number
  /** How often in a row its clocks were asked for since the digest did not fit. */
  readonly misfits: number
  /** There was reason to ask again, too soon. */
  readonly wantsClocks: boolean
  /** The outbox is long: announce instead of pushing. */
  readonly congested: boolean
}

export interface SyncState {
  readonly me: DeviceId
  /** The devices that this database wrote as: this one, and those it gave up after a fork. */
  readonly mine: ReadonlySet<DeviceId>
  /** This opening of this node's database. */
  readonly epoch: string
  /** Position of the newest durable change of any conversation. */
  readonly position: number
  readonly conversations: Map<ConversationId, ConversationState>
  readonly recency: Recency
  readonly peers: Map<DeviceId, PeerState>
  /** Conversations with the digest as which `held` of the peers counts them; it is another now. */
  readonly recounting: Map<ConversationId, Digest>
  readonly fetches: Map<LogKey, Fetch>
  /** Forked logs of which a proof is kept: whoever meets this node is shown the proof. */
  readonly forks: Set<LogKey>
  /** Conversations of which own logs were cut back: peers may have told of what was cut off. */
  readonly cut: Set<ConversationId>
  /** By own log: no more than one search at a time. */
  readonly disputes: Map<LogKey, Dispute>
  /** How often a peer told of own entries and did not bring them; kept while it is away. */
  readonly unkept: Map<ClaimKey, number>
  /** Own entries from this one on were told to nobody, since nobody was there (withdraw.ts). */
  readonly unseen: Map<LogKey, number>
  /** Own logs whose newest entry is being taken off the disk. */
  readonly withdrawing: Set<LogKey>
  /** A write failed: nothing is asked for before this time. */
  readonly pausedUntilMs: number
  readonly heldBack: HeldBack
}

/** What the devices of one account say about one own log. */
export type ClaimKey = `${AccountId}/${LogKey}`

/** @param former devices that this database wrote as before */
export function initialState(
  me: DeviceId,
  epoch: string,
  position: number,
  former: Iterable<DeviceId> = [],
): SyncState {
  return {
    me,
    mine: new globalThis.Set([me, ...former]),
    epoch,
    position,
    conversations: Map(),
    recency: NOTHING_CHANGED,
    peers: Map(),
    recounting: Map(),
    fetches: Map(),
    forks: Set(),
    cut: Set(),
    disputes: Map(),
    unkept: Map(),
    unseen: Map(),
    withdrawing: Set(),
    pausedUntilMs: -Infinity,
    heldBack: NOBODY_HELD_BACK,
  }
}

export function logOf(conversation: ConversationState, device: DeviceId): LogState {
  const log = conversation.logs.get(device)
  if (log) return log
  const head = emptyHead(conversation.id, device)
  return { durable: head, tip: head, forked: false, until: 0, changedAt: 0 }
}

/** Whether what others hold of a log, and this node does not, is still wanted. */
export function isOpen({ forked, durable, until }: LogState): boolean {
  return !forked || durable.seq < until
}

/** Whether the next run of a log is accepted. */
export function takesMore({ forked, tip, until }: LogState): boolean {
  return !forked || tip.seq < until
}
