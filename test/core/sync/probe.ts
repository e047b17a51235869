// One engine under test, with words for what happens to it and for what it does.
import type { ClocksFrame, ResumeToken, SyncFrame } from '../../../src/core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../../../src/core/id.ts'
import type { Run } from '../../../src/core/run.ts'
import { step } from '../../../src/core/sync/engine.ts'
import type { Arrivals } from '../../../src/core/sync/pace.ts'
import {
  initialState,
  type OpenedLog,
  type StoredRun,
  type SyncEffect,
  type SyncEvent,
  type SyncState,
} from '../../../src/core/sync/state.ts'
import { type Author, author, conversationId, Log } from '../authors.ts'

export const ME = author('me')
export const ANN = author('ann')
export const BOB = author('bob')
export const CONVERSATION = conversationId('tea')
export const EPOCH = '0123456789abcdef'
export const THEIR_EPOCH = 'fedcba9876543210'

type EffectOf<T extends SyncEffect['type']> = Extract<SyncEffect, { type: T }>
type FrameOf<T extends SyncFrame['type']> = Extract<SyncFrame, { type: T }>

export class Probe {
  state: SyncState = initialState(ME.device, EPOCH, 0)
  nowMs = 0
  effects: readonly SyncEffect[] = []
  /** This node's own log. */
  readonly own = new Log(CONVERSATION, ME)

  /** What happens; returns what the engine does about it. */
  take(event: SyncEvent): readonly SyncEffect[] {
    const { state, effects } = step(this.state, event, this.nowMs)
    this.state = state
    this.effects = effects
    return effects
  }

  conversation(
    id: ConversationId = CONVERSATION,
    members: readonly Author[] = [ME, ANN, BOB],
    logs: ReadonlyMap<DeviceId, OpenedLog> = new Map(),
    changedAt = 0,
  ): this {
    const devices = new Map<DeviceId, AccountId>(members.map((m) => [m.device, m.account]))
    this.take({ type: 'conversations', introduced: [{ id, devices, logs, changedAt }] })
    return this
  }

  meet(
    peer: Author,
    shared: Iterable<ConversationId> = [CONVERSATION],
    more: { readonly knows?: number; readonly token?: ResumeToken } = {},
  ): this {
    const { knows, token } = more
    this.take({
      type: 'connected',
      peer: peer.device,
      shared: new Set(shared),
      knows,
      theirs: new Map(),
      ...(token && { token }),
    })
    return this
  }

  hear(from: Author, frame: SyncFrame): this {
    this.take({ type: 'frame', peer: from.device, frame })
    return this
  }

  /** A peer tells how far it holds some logs. */
  hearClock(from: Author, told: readonly Log[], more: Partial<ClocksFrame> = {}): this {
    const clocks = told.map((log) => log.told)
    return this.hear(from, { type: 'clocks', reset: false, clocks, ...more })
  }

  hearRun(from: Author, run: Run): this {
    return this.hear(from, { type: 'run', run })
  }

  /** The disk is done with these. */
  stored(runs: readonly StoredRun[], position = this.state.position + 1): this {
    this.take({ type: 'stored', runs, position })
    return this
  }

  /** Writes entries of one's own and syncs them. */
  write(...texts: readonly string[]): this {
    const run = this.own.write(...texts)
    this.take({ type: 'append', run, head: this.own.head })
    return this.stored(this.did('store'))
  }

  /** A peer's run arrives and is synced. */
  receive(from: Author, run: Run): this {
    return this.hearRun(from, run).stored(this.did('store'))
  }

  /** @param arrivals how much the sessions of peers brought by then */
  wait(ms: number, arrivals?: Arrivals): this {
    this.nowMs += ms
    this.take({ type: 'tick', ...(arrivals && { arrivals }) })
    return this
  }

  did<T extends SyncEffect['type']>(type: T): EffectOf<T>[] {
    return this.effects.filter((effect): effect is EffectOf<T> => effect.type === type)
  }

  /** Frames of one type that left in the last step, to one peer or to all. */
  sent<T extends SyncFrame['type']>(type: T, to?: Author): FrameOf<T>[] {
    return this.did('send')
      .filter(({ peer }) => to === undefined || peer === to.device)
      .map(({ frame }) => frame)
      .filter((frame): frame is FrameOf<T> => frame.type === type)
  }
}
