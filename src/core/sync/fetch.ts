// Asking for what is missing: which range from which peer, and with how much credit. A log is
// fetched from one peer at a time, so that nothing crosses the network twice; what does not come is
// asked of another one (stall.ts).
import type { ConversationId, DeviceId } from '../id.ts'
import { FETCHES_PER_PEER_MAX, WANT_CREDIT_BYTES } from '../limits.ts'
import type { Draft } from './draft.ts'
import { isHeldBack } from './held-back.ts'
import { anew, type Fetch } from './pace.ts'
import {
  conversationOf,
  type ConversationState,
  deviceOf,
  type LogKey,
  logKey,
  logOf,
  type PeerState,
  takesMore,
} from './state.ts'
import { claimBroken } from './trust.ts'

/** What speaks for and against asking a peer, beside how much it was asked for already. */
const COST_AVOIDED = 1000
const COST_SLOW = 500
const COST_UNKNOWN = 200
const COST_AUTHOR = -100

/** Asks for every range of the conversation that some peer holds and nobody was asked for. */
export function schedule(draft: Draft, id: ConversationId, avoid?: DeviceId): void {
  const conversation = draft.conversation(id)
  if (!conversation) return
  for (const device of lackedOf(draft, conversation)) {
    scheduleLog(draft, conversation, device, avoid)
  }
}

/**
 * Logs of which some peer holds more than is durable here, and maybe others. In a large group
 * little is lacking at a time, so that each of its logs need not be looked at for each clock.
 */
function* lackedOf(draft: Draft, { id, devices }: ConversationState): Iterable<DeviceId> {
  let count = 0
  for (const { lacking } of draft.current.peers.values()) count += lacking.size
  if (count >= devices.size) return yield* devices.keys()
  const lacked = new Set<DeviceId>()
  for (const { lacking } of draft.current.peers.values()) {
    for (const key of lacking.keys()) if (key.startsWith(id)) lacked.add(deviceOf(key))
  }
  for (const device of lacked) if (devices.has(device)) yield device
}

function scheduleLog(
  draft: Draft,
  conversation: ConversationState,
  device: DeviceId,
  avoid: DeviceId | undefined,
): void {
  if (draft.isPaused) return
  const key = logKey(conversation.id, device)
  const log = logOf(conversation, device)
  const running = draft.fetch(key)
  if (!takesMore(log) || draft.dispute(key)) return
  if (isHeldBack(draft.current, conversation, device)) return
  if (running?.asked && isReliable(draft.peer(running.peer), key)) return
  const first = log.tip.seq + 1
  const peer = choosePeer(draft, conversation, device, avoid)
  // One that is not reliable is left for another, or else for the stall.
  if (!peer || (running?.asked && !isReliable(peer, key))) return
  const asked = device === avoid || !isPushLikely(draft, conversation, device, first)
  if (running && !asked) return
  const { id } = conversation
  const last = draft.theirs(peer, id).get(device) ?? 0
  const range = { conversation: id, device, first, last }
  const from = asked ? peer.device : device
  const reached = first - 1
  draft.setFetch(key, { ...range, peer: from, asked, reached, ...anew(draft) })
  if (asked) draft.send(from, { type: 'want', ...range, credit: WANT_CREDIT_BYTES })
}

/** Whether a peer will bring what it tells of, as far as one can know. */
export function isReliable(peer: PeerState | undefined, key: LogKey): boolean {
  return peer !== undefined && !peer.slow.has(key) && peer.shared.has(conversationOf(key))
}

/** Whether the author is connected and has not told of an entry that somebody else told of. */
function isPushLikely(
  draft: Draft,
  { id }: ConversationState,
  device: DeviceId,
  seq: number,
): boolean {
  const author = draft.peer(device)
  return author?.heard.has(id) === true && (draft.theirs(author, id).get(device) ?? 0) < seq
}

/** The author itself where it can, else the peer that is asked for the least. */
export function choosePeer(
  draft: Draft,
  conversation: ConversationState,
  device: DeviceId,
  avoid: DeviceId | undefined,
): PeerState | undefined {
  const lacked = logOf(conversation, device).tip.seq + 1
  const busy = new Map<DeviceId, number>()
  for (const { peer, asked } of draft.current.fetches.values()) {
    if (asked) busy.set(peer, (busy.get(peer) ?? 0) + 1)
  }
  let best: PeerState | undefined
  let bestCost = Infinity
  for (const peer of draft.current.peers.values()) {
    if (!peer.heard.has(conversation.id)) continue
    if ((draft.theirs(peer, conversation.id).get(device) ?? 0) < lacked) continue
    const fetches = busy.get(peer.device) ?? 0
    if (fetches >= FETCHES_PER_PEER_MAX) continue
    const isSlow = peer.slow.has(logKey(conversation.id, device))
    const cost =
      fetches +
      (peer.device === avoid ? COST_AVOIDED : 0) +
      (peer.device === device ? COST_AUTHOR : 0) +
      (isSlow ? COST_SLOW : 0) +
      // Of those who are only heard any number can be made.
      (peer.shared.has(conversation.id) ? 0 : COST_UNKNOWN)
    if (cost < bestCost) {
      best = peer
      bestCost = cost
    }
  }
  return best
}

/** Another conversation may have waited for this peer to be less busy. */
export function freeSlot(draft: Draft, device: DeviceId): void {
  const next = draft.peer(device)?.lacking.findKey((seq, key) => isUnasked(draft, key, seq))
  if (next) schedule(draft, conversationOf(next))
}

/** Whether nobody was asked for an entry that is neither here nor being written. */
function isUnasked(draft: Draft, key: LogKey, seq: number): boolean {
  const conversation = draft.conversation(conversationOf(key))
  const device = deviceOf(key)
  if (!conversation || draft.fetch(key)) return false
  return (
    logOf(conversation, device).tip.seq < seq && !isHeldBack(draft.current, conversation, device)
  )
}

/** Asks for what was told and not asked for: peers were too busy then, or a write failed. */
export function scheduleLacking(draft: Draft): void {
  const waiting = new Set<ConversationId>()
  for (const peer of draft.current.peers.values()) {
    for (const [key, seq] of peer.lacking) {
      if (isUnasked(draft, key, seq)) waiting.add(conversationOf(key))
    }
  }
  for (const conversation of waiting) schedule(draft, conversation)
}

/** Gives up on every fetch from a peer that is gone, and asks others. */
export function abandonPeer(draft: Draft, peer: DeviceId): void {
  for (const fetch of draft.current.fetches.values()) {
    if (fetch.peer === peer && fetch.asked) {
      claimBroken(draft, peer, fetch.conversation, fetch.device)
    }
  }
  abandon(draft, (fetch) => fetch.peer === peer)
}

/** The same for conversations of which the peer is no longer heard. */
export function abandonUnheard(draft: Draft, device: DeviceId): void {
  const heard = draft.peer(device)?.heard
  abandon(draft, (fetch) => fetch.peer === device && heard?.has(fetch.conversation) !== true)
}

function abandon(draft: Draft, isLost: (fetch: Fetch) => boolean): void {
  const touched = new Set<ConversationId>()
  for (const [key, fetch] of draft.current.fetches) {
    if (!isLost(fetch)) continue
    draft.removeFetch(key)
    touched.add(fetch.conversation)
  }
  for (const conversation of touched) schedule(draft, conversation)
}

/** A run came that does not join what is held: ask again from there, once. */
export function refetchGap(draft: Draft, conversation: ConversationId, device: DeviceId): void {
  const state = draft.conversation(conversation)
  if (!state) return
  const key = logKey(conversation, device)
  const fetch = draft.fetch(key)
  if (fetch?.asked && fetch.first === logOf(state, device).tip.seq + 1) return
  draft.removeFetch(key)
  scheduleLog(draft, state, device, undefined)
}
