// Runs the sync engine: feeds it what happens, carries out what it decides. The engine is pure;
// this is where its frames meet sessions and its reads and writes meet the disk.
import { TidingsError } from '../core/errors.ts'
import type { SyncFrame } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import type { Head, LogName, Run } from '../core/run.ts'
import { recountedBy } from '../core/sync/digest.ts'
import { step } from '../core/sync/engine.ts'
import type { Introduced } from '../core/sync/events.ts'
import type { HeldBack } from '../core/sync/held-back.ts'
import {
  initialState,
  logOf,
  type StoredRun,
  type SyncEffect,
  type SyncEvent,
  type SyncEventOf,
  type SyncState,
} from '../core/sync/state.ts'
import type { Session } from '../net/net.ts'
import type { Store } from '../store/store.ts'
import { Intake } from './intake.ts'
import { PageReader } from './page-reader.ts'
import type { Self } from './people/identity.ts'
import type { EffectOf, Exchanged, Known, ReplicatorHooks } from './replicator-hooks.ts'
import { knownBy } from './resuming.ts'

export interface ReplicatorInit {
  readonly self: Pick<Self, 'device' | 'mine'>
  readonly store: Store
  readonly log: Logger
  /** Never goes back. */
  readonly uptimeMs: () => number
}

export class Replicator {
  private readonly store: Store
  private readonly log: Logger
  private readonly uptimeMs: () => number
  private readonly hooks: ReplicatorHooks
  private readonly sessions = new Map<DeviceId, Session>()
  private readonly intake = new Intake((device) => this.sessions.get(device))
  private readonly pages: PageReader
  private state: SyncState
  private readonly events: SyncEvent[] = []
  private busy = false

  constructor(init: ReplicatorInit, hooks: ReplicatorHooks) {
    this.store = init.store
    this.log = init.log
    this.uptimeMs = init.uptimeMs
    this.hooks = hooks
    this.pages = new PageReader({
      store: init.store,
      log: init.log,
      sessionOf: (device) => this.sessions.get(device),
      done: ({ peer, conversation, device }, run) =>
        this.dispatch({ type: 'page', peer, conversation, device, run }),
    })
    const { device, mine } = init.self
    this.state = initialState(device, init.store.epoch, init.store.position, mine)
  }

  get current(): SyncState {
    return this.state
  }

  /** The verified end of a log: where the next own entry goes. */
  tip(id: ConversationId, device: DeviceId): Head | undefined {
    const known = this.state.conversations.get(id)
    return known && logOf(known, device).tip
  }

  /** Whether the end of a log is not on disk yet. */
  isWriting(id: ConversationId, device: DeviceId): boolean {
    const known = this.state.conversations.get(id)
    const { tip, durable } = known ? logOf(known, device) : {}
    return tip?.seq !== durable?.seq
  }

  introduce(introduced: readonly Introduced[]): void {
    this.dispatch({ type: 'conversations', introduced })
  }

  /** @param exchanged what is told, and what is heard */
  connected(session: Session, exchanged: Exchanged, known: Known): void {
    const { device } = session
    this.sessions.set(device, session)
    const knows = knownBy(this.store, session)
    this.dispatch({
      type: 'connected',
      peer: device,
      ...exchanged,
      knows,
      theirs: known.theirs,
      ...(known.held && { held: known.held }),
      ...(known.token && { token: known.token }),
      ...(known.counted && { counted: known.counted }),
      late: known.late === true,
    })
    this.intake.throttle(device)
  }

  /** Other conversations are exchanged with a session from now on. */
  shared(session: Session, exchanged: Exchanged): void {
    if (this.sessions.get(session.device) !== session) return
    this.dispatch({ type: 'shared', peer: session.device, ...exchanged })
  }

  disconnected(session: Session): void {
    if (this.sessions.get(session.device) !== session) return
    this.sessions.delete(session.device)
    this.dispatch({ type: 'disconnected', peer: session.device })
  }

  frame(session: Session, frame: SyncFrame): void {
    if (this.sessions.get(session.device) !== session) return
    this.dispatch({ type: 'frame', peer: session.device, frame })
  }

  congested(session: Session, congested: boolean): void {
    if (this.sessions.get(session.device) !== session) return
    this.dispatch({ type: 'congested', peer: session.device, congested })
  }

  /** @throws TidingsError `internal` when it does not follow what is there. */
  append(run: Run, head: Head): void {
    this.dispatch({ type: 'append', run, head })
    if (this.tip(run.conversation, run.device) === head) return
    throw new TidingsError('internal', 'an entry could not be put at the end of its log')
  }

  /** The newest own entry counts as being written from now on; false where others may know it. */
  withdraw({ conversation, device }: LogName, head: Head): boolean {
    this.dispatch({ type: 'withdraw', conversation, device, head })
    const known = this.state.conversations.get(conversation)
    return known !== undefined && logOf(known, device).durable === head
  }

  note(event: SyncEventOf<'withdrawn' | 'seen'>): void {
    this.dispatch(event)
  }

  stored(runs: readonly StoredRun[], position: number): void {
    this.dispatch({ type: 'stored', runs, position })
    this.intake.release(runs)
  }

  storeFailed(runs: readonly StoredRun[]): void {
    for (const { run } of runs) {
      this.dispatch({ type: 'store_failed', conversation: run.conversation, device: run.device })
    }
    // Only now: frames that come by reading on must not meet logs of which some have failed.
    this.intake.release(runs)
  }

  /** From now on nothing more of these is taken, and of everybody else again. */
  holdBack(heldBack: HeldBack): void {
    this.dispatch({ type: 'held_back', ...heldBack })
  }

  tick(): void {
    const get = (peer: DeviceId): number | undefined => this.sessions.get(peer)?.receivedBytes
    this.dispatch({ type: 'tick', arrivals: { get } })
  }

  private dispatch(event: SyncEvent): void {
    this.events.push(event)
    if (this.busy) return
    this.busy = true
    try {
      for (let next = this.events.shift(); next; next = this.events.shift()) this.take(next)
    } finally {
      this.busy = false
    }
  }

  private take(event: SyncEvent): void {
    try {
      const { state, effects } = step(this.state, event, this.uptimeMs())
      this.state = state
      for (const id of recountedBy(event)) this.hooks.counted(id)
      for (const effect of effects) this.attempt(effect)
    } catch (error) {
      this.mistake(event, error)
      if (event.type !== 'conversations' || event.introduced.length === 1) return
      // One of them must not cost the others.
      for (const each of event.introduced) this.take({ ...event, introduced: [each] })
    }
  }

  /** One effect that fails must not take those behind it along: a run not written is a hole. */
  private attempt(effect: SyncEffect): void {
    try {
      this.carryOut(effect)
    } catch (error) {
      this.mistake(effect, error)
    }
  }

  /** Costs the session that it concerns, not the process. */
  private mistake(at: SyncEvent | SyncEffect, error: unknown): void {
    this.log.error({ err: error, type: at.type }, 'replication failed')
    if (!('peer' in at)) return
    this.sessions.get(at.peer)?.close('internal', 'this node made a mistake')
  }

  private carryOut(effect: SyncEffect): void {
    switch (effect.type) {
      case 'send':
        this.sessions.get(effect.peer)?.send(effect.frame)
        return
      case 'store':
        this.intake.take(effect)
        return this.hooks.store(effect)
      case 'read':
        return this.pages.read(effect)
      case 'holds':
        return this.hooks.holds(effect)
      case 'remember':
        return this.hooks.remember(effect.peer, effect.token)
      case 'forked':
        return this.hooks.forked(effect)
      case 'prove':
        return this.hooks.prove(effect, this.sessions.get(effect.peer))
      case 'compare':
        return void this.compare(effect)
      case 'own_fork':
        return this.hooks.ownFork(effect)
      case 'ended':
        return this.hooks.ended(effect)
      case 'close':
        this.sessions.get(effect.peer)?.close(effect.code, effect.reason)
    }
  }

  /** Never rejects. */
  private async compare({ peer, run }: EffectOf<'compare'>): Promise<void> {
    const session = this.sessions.get(peer)
    try {
      const agreed = await this.hooks.agreed(run)
      if (this.sessions.get(peer) === session)
        this.dispatch({ type: 'compared', peer, run, agreed })
    } catch (error) {
      this.log.warn({ err: error, peer }, 'an own log could not be compared')
    }
  }
}
