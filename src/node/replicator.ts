// Runs the sync engine: feeds it what happens, carries out what it decides. The engine is pure;
// this is where its frames meet sessions and its reads and writes meet the disk.
import type { Clock } from '../core/clock.ts'
import type { ResumeToken, SyncFrame } from '../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import { UNSTORED_BYTES_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { type Head, type Run, runBytes } from '../core/run.ts'
import { step } from '../core/sync/engine.ts'
import {
  initialState,
  logOf,
  type StoredRun,
  type SyncEffect,
  type SyncEvent,
  type SyncState,
} from '../core/sync/state.ts'
import type { Session } from '../net/net.ts'
import type { Store } from '../store/store.ts'

export interface ReplicatorHooks {
  store(run: StoredRun): void
  holds(peer: DeviceId, conversation: ConversationId, clock: Clock): void
  remember(peer: DeviceId, token: ResumeToken): void
  forked(run: Run, from: DeviceId): void
}

export interface ReplicatorInit {
  readonly me: DeviceId
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
  /** Bytes from each peer that wait for the disk; reading pauses above a bound. */
  private readonly unstored = new Map<DeviceId, number>()
  private state: SyncState
  private readonly events: SyncEvent[] = []
  private busy = false

  constructor(init: ReplicatorInit, hooks: ReplicatorHooks) {
    this.store = init.store
    this.log = init.log
    this.uptimeMs = init.uptimeMs
    this.hooks = hooks
    this.state = initialState(init.me, init.store.epoch, init.store.position)
  }

  get current(): SyncState {
    return this.state
  }

  /** The verified end of a log: where the next own entry goes. */
  tip(conversation: ConversationId, device: DeviceId): Head | undefined {
    const known = this.state.conversations.get(conversation)
    return known && logOf(known, device).tip
  }

  /** Whether a connected peer holds more of a log than this node: it must be fetched first. */
  isBehind(conversation: ConversationId, device: DeviceId): boolean {
    const tip = this.tip(conversation, device)?.seq ?? 0
    return [...this.state.peers.values()].some(
      (peer) => (peer.theirs.get(conversation)?.get(device) ?? 0) > tip,
    )
  }

  setConversation(
    id: ConversationId,
    devices: ReadonlyMap<DeviceId, AccountId>,
    logs: ReadonlyMap<DeviceId, Head & { readonly forked: boolean }>,
    changedAt: number,
  ): void {
    this.dispatch({ type: 'conversation', id, devices, logs, changedAt })
  }

  connected(
    session: Session,
    shared: ReadonlySet<ConversationId>,
    known: { theirs: ReadonlyMap<ConversationId, Clock>; token: ResumeToken | undefined },
  ): void {
    const { device, hello } = session
    this.sessions.set(device, session)
    const knows =
      hello.resume && this.store.knowsToken(hello.resume) ? hello.resume.position : undefined
    this.dispatch({
      type: 'connected',
      peer: device,
      shared,
      knows,
      theirs: known.theirs,
      ...(known.token && { token: known.token }),
    })
  }

  disconnected(session: Session): void {
    if (this.sessions.get(session.device) !== session) return
    this.sessions.delete(session.device)
    this.unstored.delete(session.device)
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

  append(run: Run, head: Head): void {
    this.dispatch({ type: 'append', run, head })
  }

  stored(runs: readonly StoredRun[], position: number): void {
    for (const run of runs) this.release(run)
    this.dispatch({ type: 'stored', runs, position })
  }

  storeFailed(runs: readonly StoredRun[]): void {
    for (const stored of runs) {
      this.release(stored)
      const { conversation, device } = stored.run
      this.dispatch({ type: 'store_failed', conversation, device })
    }
  }

  tick(): void {
    this.dispatch({ type: 'tick' })
  }

  private dispatch(event: SyncEvent): void {
    this.events.push(event)
    if (this.busy) return
    this.busy = true
    try {
      for (let next = this.events.shift(); next; next = this.events.shift()) {
        const { state, effects } = step(this.state, next, this.uptimeMs())
        this.state = state
        for (const effect of effects) this.carryOut(effect)
      }
    } finally {
      this.busy = false
    }
  }

  private carryOut(effect: SyncEffect): void {
    switch (effect.type) {
      case 'send':
        this.sessions.get(effect.peer)?.send(effect.frame)
        return
      case 'store':
        this.claim(effect)
        return this.hooks.store(effect)
      case 'read':
        void this.read(effect)
        return
      case 'holds':
        return this.hooks.holds(effect.peer, effect.conversation, effect.clock)
      case 'remember':
        return this.hooks.remember(effect.peer, effect.token)
      case 'forked':
        return this.hooks.forked(effect.run, effect.from)
      case 'close':
        this.sessions.get(effect.peer)?.close(effect.code, effect.reason)
    }
  }

  private async read(effect: Extract<SyncEffect, { type: 'read' }>): Promise<void> {
    const { peer, conversation, device, first, last } = effect
    const session = this.sessions.get(peer)
    if (!session) return
    let run: Run | undefined
    try {
      // A page is read only when the one before it has left: the peer's pace bounds the memory.
      await session.drained()
      run = await this.store.readPage(conversation, device, first, last)
    } catch (error) {
      this.log.warn({ err: error, peer, conversation }, 'a page could not be read for a peer')
    }
    if (this.sessions.get(peer) !== session) return
    this.dispatch({ type: 'page', peer, conversation, device, run })
  }

  private claim({ from, run }: StoredRun): void {
    if (from === undefined) return
    const bytes = (this.unstored.get(from) ?? 0) + runBytes(run)
    this.unstored.set(from, bytes)
    if (bytes > UNSTORED_BYTES_MAX) this.sessions.get(from)?.pause()
  }

  private release({ from, run }: StoredRun): void {
    const held = from && this.unstored.get(from)
    if (!from || held === undefined) return
    const bytes = Math.max(0, held - runBytes(run))
    this.unstored.set(from, bytes)
    if (bytes <= UNSTORED_BYTES_MAX / 2) this.sessions.get(from)?.resume()
  }
}
