// A peer comes, goes, or shares other conversations than before: what is kept about it while it is
// connected, and what both tell each other then.
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable'

import { EMPTY_CLOCK } from '../clock.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { wantClocks, wantClocksOf } from './asking.ts'
import { tellBegun, tellClocks } from './clocks.ts'
import { withKept } from './complete.ts'
import { heldDigest } from './digest.ts'
import { leaveDisputes } from './disputes.ts'
import type { Draft } from './draft.ts'
import { abandonPeer, abandonUnheard } from './fetch.ts'
import { proveAllTo } from './forks.ts'
import { added } from './log-digest.ts'
import { conversationOf, type PeerState, type SyncEventOf } from './state.ts'
import { noteSeen } from './withdraw.ts'

export function connected(draft: Draft, event: SyncEventOf<'connected'>): void {
  disconnected(draft, event.peer)
  draft.recount()
  const heard = union(event.shared, event.heard)
  const { theirs, token, counted } = event
  const peer: PeerState = {
    device: event.peer,
    shared: event.shared,
    heard,
    theirs: ImmutableMap(),
    kept: theirs,
    held: event.held ?? heldDigest(draft.current, event.shared),
    dropped: ImmutableSet(),
    unsaved: ImmutableSet(),
    sent: ImmutableMap(),
    untold: ImmutableSet(),
    relying: ImmutableSet(),
    transfers: ImmutableMap(),
    lacking: ImmutableMap(),
    doubts: ImmutableMap(),
    slow: ImmutableSet(),
    ended: ImmutableMap(),
    proofs: ImmutableMap(),
    ...(token && { token, tokenRemembered: token, ...(counted && { told: counted.told }) }),
    clocksToldAtMs: draft.nowMs,
    clocksWantedAtMs: -Infinity,
    misfits: 0,
    wantsClocks: false,
    congested: false,
  }
  draft.setPeer(withLacked(draft, peer, token && counted?.lacked))
  noteSeen(draft, peer.shared)
  tellClocks(draft, peer, event.knows)
  if (event.late) wantClocks(draft, event.peer)
  proveAllTo(draft, peer.device, peer.shared)
}

/**
 * Notes what the peer told before and this node lacks: where that was counted it is known of which
 * conversations. But of own logs that were cut back since, and of forked ones, it may hold more
 * than was wanted then.
 */
function withLacked(
  draft: Draft,
  peer: PeerState,
  lacked: readonly ConversationId[] | undefined,
): PeerState {
  const { cut, forks } = draft.current
  const doubtful = lacked && new Set([...lacked, ...cut, ...[...forks].map(conversationOf)])
  let known = peer
  for (const id of doubtful ?? peer.heard) {
    if (peer.heard.has(id)) known = withKept(draft, known, id)
  }
  return known
}

export function disconnected(draft: Draft, device: DeviceId): void {
  draft.removePeer(device)
  abandonPeer(draft, device)
  leaveDisputes(draft, device)
}

/**
 * Other conversations are told to a connected peer, or heard of it. Both tell the clocks of those
 * that begin, and ask for them: what was told of them before was not heard.
 */
export function shared(draft: Draft, event: SyncEventOf<'shared'>): void {
  const { peer: device, shared: conversations } = event
  const heard = union(conversations, event.heard)
  draft.recount()
  const peer = draft.peer(device)
  if (!peer) return
  const begun = new Set([...conversations].filter((id) => !peer.shared.has(id)))
  const ended = [...peer.shared].filter((id) => !conversations.has(id))
  // A token heard so far stood for another set of conversations.
  const { token: _, ...rest } = unheard(draft, peer, heard)
  const next: PeerState = {
    ...rest,
    shared: conversations,
    held: added(peer.held, heldDigest(draft.current, [...begun, ...ended])),
    heard,
    unsaved: peer.unsaved.filter((id) => heard.has(id)),
    sent: peer.sent.filter((_, key) => conversations.has(conversationOf(key))),
    untold: peer.untold.filter((key) => conversations.has(conversationOf(key))),
    relying: peer.relying.filter((key) => conversations.has(conversationOf(key))),
    transfers: peer.transfers.filter((_, key) => conversations.has(conversationOf(key))),
    lacking: peer.lacking.filter((_, key) => heard.has(conversationOf(key))),
    doubts: peer.doubts.filter((_, key) => heard.has(conversationOf(key))),
    ended: peer.ended.filter((_, key) => heard.has(conversationOf(key))),
  }
  draft.setPeer(next)
  noteSeen(draft, conversations)
  abandonUnheard(draft, device)
  // Whoever is not told of one any more has to forget what it was told.
  if (ended.length > 0) tellClocks(draft, next, undefined)
  else tellBegun(draft, device, begun)
  const unknown = new Set([...begun, ...[...heard].filter((id) => !peer.heard.has(id))])
  wantClocksOf(draft, device, unknown)
  proveAllTo(draft, device, begun)
}

/** What a peer told of conversations that it is not heard of any more is forgotten. */
function unheard(draft: Draft, peer: PeerState, heard: ReadonlySet<ConversationId>): PeerState {
  let left = peer
  for (const id of peer.heard) {
    if (heard.has(id)) continue
    left = draft.withTheirs(left, id, EMPTY_CLOCK)
    left = { ...left, theirs: left.theirs.delete(id), dropped: left.dropped.add(id) }
  }
  return left
}

function union(
  shared: ReadonlySet<ConversationId>,
  heard: ReadonlySet<ConversationId> = shared,
): ReadonlySet<ConversationId> {
  return heard === shared ? shared : new Set([...shared, ...heard])
}
