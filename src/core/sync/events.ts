// What goes into the sync engine and what comes out of it: everything that happens to a node and
// concerns replication, and everything that the engine wants done about it.
import type { Clock } from '../clock.ts'
import type { ForkProof } from '../fork.ts'
import type { ResumeToken, SyncFrame } from '../frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../id.ts'
import type { Head, Run } from '../run.ts'
import type { HeldBack } from './held-back.ts'
import type { Digest } from './log-digest.ts'
import type { Arrivals } from './pace.ts'
import type { Ended, SyncState } from './state.ts'

export type SyncEvent =
  /** These exist, or their writers changed. Quickest in the order in which they changed last. */
  | { readonly type: 'conversations'; readonly introduced: readonly Introduced[] }
  | {
      readonly type: 'connected'
      readonly peer: DeviceId
      readonly shared: ReadonlySet<ConversationId>
      /**
       * Of which the peer is heard although it is told nothing. What comes of them is in logs of
       * those who may write, and signed by them, whoever brings it.
       */
      readonly heard?: ReadonlySet<ConversationId>
      /** Digest over what is held of `shared`, where that is known. */
      readonly held?: Digest
      /** Position up to which the peer knows this node; undefined when it must hear everything. */
      readonly knows: number | undefined
      /**
       * What the peer held when last met, and its token for that; used until it says otherwise. It
       * is looked up when it is needed, and must be the same as long as the peer is connected.
       */
      readonly theirs: Pick<ReadonlyMap<ConversationId, Clock>, 'get'>
      readonly token?: ResumeToken
      /** Where that is not there all of `theirs` is gone through. */
      readonly counted?: Counted
      /** What it told before this was not heard: it is asked to tell again. */
      readonly late?: boolean
    }
  | { readonly type: 'disconnected'; readonly peer: DeviceId }
  | {
      readonly type: 'shared'
      readonly peer: DeviceId
      readonly shared: ReadonlySet<ConversationId>
      readonly heard?: ReadonlySet<ConversationId>
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
  /**
   * The newest own entry is about to be cut off the disk, which then ends at `head`, before it.
   * Where `isUnseen` says so, it counts as being written until `withdrawn`, or until it is reported
   * as `stored` again, where it stays.
   */
  | {
      readonly type: 'withdraw'
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly head: Head
    }
  /** It was cut off, in a commit with this position. */
  | {
      readonly type: 'withdrawn'
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly position: number
    }
  /** Signed entries of a conversation went to somebody by another way than the engine's. */
  | { readonly type: 'seen'; readonly conversation: ConversationId }
  /** A page read for a transfer; undefined when the disk does not have it. */
  | {
      readonly type: 'page'
      readonly peer: DeviceId
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly run: Run | undefined
    }
  /** The answer to `compare`. */
  | {
      readonly type: 'compared'
      readonly peer: DeviceId
      readonly run: Run
      /**
       * The last place, from the one before the run to its end, at which the log on disk has the
       * run's hash; undefined when there is none.
       */
      readonly agreed: number | undefined
    }
  /** From now on these, and nobody else, are held back. */
  | ({ readonly type: 'held_back' } & HeldBack)
  /** With how much came by now from peers that were asked for something. */
  | { readonly type: 'tick'; readonly arrivals?: Arrivals }

/** What a peer told, counted, as it lies beside the clocks that it told. */
export interface Counted {
  /** `PeerState.told` */
  readonly told: Uint8Array
  /** The conversations of which it told more than is here. */
  readonly lacked: readonly ConversationId[]
}

/** A conversation as it is on disk. */
export interface Introduced {
  readonly id: ConversationId
  /** Who may write, and for whom. */
  readonly devices: ReadonlyMap<DeviceId, AccountId>
  /** Only counts for a new one. */
  readonly logs: ReadonlyMap<DeviceId, OpenedLog>
  /** Position of the newest durable change. */
  readonly changedAt: number
}

/** A log as it is on disk when a conversation is told of. */
export interface OpenedLog extends Head {
  /** Of an own log: it was cut back after an `own_fork`. */
  readonly forked: boolean
  /** Position of its newest change. @default that of the conversation */
  readonly changedAt?: number
  /** `logDigest` of it, where that is known. */
  readonly digest?: Digest | undefined
  /** `proof.head.seq` of the proof that is kept, if one is; of an own log, `held` of `own_fork`. */
  readonly until?: number
}

export interface StoredRun {
  readonly run: Run
  readonly head: Head
  /** The peer it came from; undefined for entries written here. */
  readonly from: DeviceId | undefined
}

export type SyncEventOf<T extends SyncEvent['type']> = Extract<SyncEvent, { type: T }>

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
      /** As they came with it: of an own log the peer may hold other entries than this node. */
      readonly marks?: ReadonlyMap<DeviceId, Uint8Array>
    }
  /**
   * Everything the peer had at this token is held here: keep it. Every clock that it stands for
   * left in a `holds` before.
   */
  | { readonly type: 'remember'; readonly peer: DeviceId; readonly token: ResumeToken }
  /**
   * A device signed two logs. Mark the log, which is accepted up to `until`, and keep a proof,
   * synced: the given one, or else one of `run` and the newest run held (`proveFork`). Tell the
   * user.
   */
  | {
      readonly type: 'forked'
      readonly run: Run
      readonly from: DeviceId
      readonly until: number
      readonly proof?: ForkProof
    }
  /** Send the proof that is kept, if one is, as a Fork frame with `held`, once it is synced. */
  | {
      readonly type: 'prove'
      readonly peer: DeviceId
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly held: number
    }
  /** Compare the run of an own log with what is on disk, then report `compared`. */
  | { readonly type: 'compare'; readonly peer: DeviceId; readonly run: Run }
  /**
   * Another copy of this database wrote to an own log, and peers hold that. From `at` on (it may be
   * the place after the last entry) own entries are nobody else's: the node must cut the log back
   * to before `at` and write what it cut off again as another device, in one synced step; if
   * `device` is the current one, as a new one. Then the engine begins anew.
   */
  | {
      readonly type: 'own_fork'
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly at: number
      /** The proof, to be kept, and the new `until`, where the peer takes no more of the log. */
      readonly ended?: Ended
      readonly from: DeviceId
    }
  /**
   * No more of a forked log is accepted, now or ever: what depends on more of it need not wait
   * (`OrderView.isEnded`).
   */
  | { readonly type: 'ended'; readonly conversation: ConversationId; readonly device: DeviceId }
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
