// What the replicator asks of the other parts of the node, for the sync engine.
import type { Clock } from '../core/clock.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { LogName, Run } from '../core/run.ts'
import type { Digest } from '../core/sync/log-digest.ts'
import type { Counted, StoredRun, SyncEffect } from '../core/sync/state.ts'
import type { Session } from '../net/net.ts'

export type EffectOf<T extends SyncEffect['type']> = Extract<SyncEffect, { type: T }>

/** What is known of a peer as its session begins. */
export interface Known {
  readonly theirs: Pick<ReadonlyMap<ConversationId, Clock>, 'get'>
  readonly token: ResumeToken | undefined
  readonly counted?: Counted | undefined
  /** Digest over what is held here of what it is told. */
  readonly held?: Digest
  /** It may have told more before this, unheard. */
  readonly late?: boolean
}

/** The conversations that a peer is told of, and those of which it is heard. */
export interface Exchanged {
  readonly shared: ReadonlySet<ConversationId>
  readonly heard: ReadonlySet<ConversationId>
}

export interface ReplicatorHooks {
  store(run: StoredRun): void
  holds(effect: EffectOf<'holds'>): void
  remember(peer: DeviceId, token: ResumeToken): void
  forked(effect: EffectOf<'forked'>): void
  prove(effect: EffectOf<'prove'>, session: Session | undefined): void
  /** How far the log on disk agrees with a run of it. */
  agreed(run: Run): Promise<number | undefined>
  ownFork(effect: EffectOf<'own_fork'>): void
  /** What is held of a conversation may be something else now. */
  counted(conversation: ConversationId): void
  /** No more of a log is accepted. */
  ended(log: LogName): void
}
