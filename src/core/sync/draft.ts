// One step while it is being taken: the next state as it forms, and the effects so far. It lives
// only inside `step`; the states it starts from and ends in are immutable.
import type { Clock } from '../clock.ts'
import type { SyncFrame } from '../frames.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { countedDigest, digestWith, recounted } from './digest.ts'
import type { HeldBack } from './held-back.ts'
import { theirClock } from './held.ts'
import { noDigest } from './log-digest.ts'
import type { Fetch } from './pace.ts'
import { changedAfter, sorted, withChange } from './recency.ts'
import type {
  ClaimKey,
  ConversationState,
  Dispute,
  LogKey,
  LogState,
  PeerState,
  Step,
  SyncEffect,
  SyncState,
} from './state.ts'

export class Draft {
  readonly nowMs: number
  private state: SyncState
  private readonly effects: SyncEffect[] = []

  constructor(state: SyncState, nowMs: number) {
    this.state = state
    this.nowMs = nowMs
  }

  finish(): Step {
    return { state: this.state, effects: this.effects }
  }

  get current(): SyncState {
    return this.state
  }

  effect(effect: SyncEffect): void {
    this.effects.push(effect)
  }

  send(peer: DeviceId, frame: SyncFrame): void {
    this.effects.push({ type: 'send', peer, frame })
  }

  setPosition(position: number): void {
    this.state = { ...this.state, position }
  }

  /** Nothing is asked for. */
  get isPaused(): boolean {
    return this.nowMs < this.state.pausedUntilMs
  }

  pauseUntil(timeMs: number): void {
    this.state = { ...this.state, pausedUntilMs: timeMs }
  }

  setHeldBack(heldBack: HeldBack): void {
    this.state = { ...this.state, heldBack }
  }

  conversation(id: ConversationId): ConversationState | undefined {
    return this.state.conversations.get(id)
  }

  /**
   * Sets many conversations without a copy for each of what holds them all. Until the work is done
   * no part of `current` may be kept.
   */
  atOnce(work: () => void): void {
    const { conversations, recency } = this.state
    const names = recency.names.asMutable()
    const open = { conversations: conversations.asMutable(), recency: { ...recency, names } }
    this.state = { ...this.state, ...open }
    work()
    this.state = {
      ...this.state,
      conversations: this.state.conversations.asImmutable(),
      recency: { ...this.state.recency, names: this.state.recency.names.asImmutable() },
    }
  }

  setConversation(conversation: ConversationState): void {
    const { id, changedAt, digest } = conversation
    const { conversations, peers, recency, recounting } = this.state
    const before = conversations.get(id)
    const counted = before?.digest ?? noDigest()
    const isNew = changedAt > (before?.changedAt ?? 0)
    const isCounted = counted === digest || peers.size === 0 || recounting.has(id)
    this.state = {
      ...this.state,
      recency: isNew ? withChange(this.state, id, changedAt) : recency,
      conversations: conversations.set(id, conversation),
      recounting: isCounted ? recounting : recounting.set(id, counted),
    }
  }

  /** Conversations that changed after a position, the newest first. */
  changedAfter(position: number): ReadonlySet<ConversationId> {
    this.state = { ...this.state, recency: sorted(this.state) }
    return changedAfter(this.state, position)
  }

  /** Every peer's `held` becomes what is held now. */
  recount(): void {
    this.state = recounted(this.state)
  }

  setLog(conversation: ConversationState, device: DeviceId, log: LogState): void {
    const logs = new Map(conversation.logs).set(device, log)
    this.setConversation({ ...conversation, logs, digest: digestWith(conversation, device, log) })
  }

  peer(device: DeviceId): PeerState | undefined {
    return this.state.peers.get(device)
  }

  setPeer(peer: PeerState): void {
    this.state = { ...this.state, peers: this.state.peers.set(peer.device, peer) }
  }

  updatePeer(device: DeviceId, change: (peer: PeerState) => PeerState): void {
    const peer = this.peer(device)
    if (peer) this.setPeer(change(peer))
  }

  removePeer(device: DeviceId): void {
    this.state = { ...this.state, peers: this.state.peers.delete(device) }
  }

  fetch(key: LogKey): Fetch | undefined {
    return this.state.fetches.get(key)
  }

  setFetch(key: LogKey, fetch: Fetch): void {
    this.state = { ...this.state, fetches: this.state.fetches.set(key, fetch) }
  }

  removeFetch(key: LogKey): void {
    this.state = { ...this.state, fetches: this.state.fetches.delete(key) }
  }

  dispute(key: LogKey): Dispute | undefined {
    return this.state.disputes.get(key)
  }

  setDispute(key: LogKey, dispute: Dispute): void {
    this.state = { ...this.state, disputes: this.state.disputes.set(key, dispute) }
  }

  removeDispute(key: LogKey): void {
    this.state = { ...this.state, disputes: this.state.disputes.delete(key) }
  }

  addFork(key: LogKey): void {
    this.state = { ...this.state, forks: this.state.forks.add(key) }
  }

  addCut(id: ConversationId): void {
    this.state = { ...this.state, cut: this.state.cut.add(id) }
  }

  isMine(device: DeviceId): boolean {
    return this.state.mine.has(device)
  }

  setUnseen(unseen: SyncState['unseen']): void {
    if (unseen !== this.state.unseen) this.state = { ...this.state, unseen }
  }

  setWithdrawing(withdrawing: SyncState['withdrawing']): void {
    if (withdrawing !== this.state.withdrawing) this.state = { ...this.state, withdrawing }
  }

  setUnkept(claim: ClaimKey, times: number): void {
    this.state = { ...this.state, unkept: this.state.unkept.set(claim, times) }
  }

  keptClaim(claim: ClaimKey): void {
    if (!this.state.unkept.has(claim)) return
    this.state = { ...this.state, unkept: this.state.unkept.delete(claim) }
  }

  theirs(peer: PeerState, conversation: ConversationId): Clock {
    return theirClock(this.state, peer, conversation)
  }

  /** What a peer holds of a conversation from now on, as it told. */
  withTheirs(peer: PeerState, id: ConversationId, clock: Clock): PeerState {
    const { told } = peer
    const before = told && this.theirs(peer, id)
    const theirs = peer.theirs.set(id, clock)
    if (!before) return { ...peer, theirs }
    return { ...peer, theirs, told: countedDigest(told, id, before, clock) }
  }
}
