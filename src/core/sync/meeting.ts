// A peer comes, goes, or shares other conversations than before: what is kept about it while it is
// connected, and what both tell each other then.
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable'

import type { Clock } from '../clock.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { tellClocks, wantClocks } from './clocks.ts'
import { withLacking } from './complete.ts'
import { leaveDisputes } from './disputes.ts'
import type { Draft } from './draft.ts'
import { abandonPeer, abandonUnshared } from './fetch.ts'
import { proveAllTo } from './forks.ts'
import { conversationOf, knownPart, type PeerState, type SyncEventOf } from './state.ts'

export function connected(draft: Draft, event: SyncEventOf<'connected'>): void {
  disconnected(draft, event.peer)
  let theirs: PeerState['theirs'] = ImmutableMap<ConversationId, Clock>()
  let lacking: PeerState['lacking'] = ImmutableMap()
  for (const [id, told] of event.theirs) {
    const conversation = draft.conversation(id)
    if (!conversation || !event.shared.has(id)) continue
    const clock = knownPart(conversation, told)
    theirs = theirs.set(id, clock)
    lacking = withLacking(lacking, conversation, clock)
  }
  const peer: PeerState = {
    device: event.peer,
    shared: event.shared,
    theirs,
    unsaved: ImmutableSet(),
    sent: ImmutableMap(),
    untold: ImmutableSet(),
    relying: ImmutableSet(),
    transfers: ImmutableMap(),
    lacking,
    doubts: ImmutableMap(),
    slow: ImmutableSet(),
    ended: ImmutableMap(),
    proofs: ImmutableMap(),
    ...(event.token && { token: event.token, tokenRemembered: event.token }),
    clocksToldAtMs: draft.nowMs,
    clocksWantedAtMs: -Infinity,
    wantsClocks: false,
    congested: false,
  }
  draft.setPeer(peer)
  tellClocks(draft, peer, event.knows)
  if (event.late) wantClocks(draft, event.peer)
  proveAllTo(draft, peer.device, peer.shared)
}

export function disconnected(draft: Draft, device: DeviceId): void {
  draft.removePeer(device)
  abandonPeer(draft, device)
  leaveDisputes(draft, device)
}

/** Conversations began or ceased to be shared with a connected peer: both tell all clocks again. */
export function shared(
  draft: Draft,
  device: DeviceId,
  conversations: ReadonlySet<ConversationId>,
): void {
  const peer = draft.peer(device)
  if (!peer) return
  // A token heard so far stood for another set of conversations.
  const { token: _, ...rest } = peer
  const next: PeerState = {
    ...rest,
    shared: conversations,
    theirs: peer.theirs.filter((_, id) => conversations.has(id)),
    unsaved: peer.unsaved.filter((id) => conversations.has(id)),
    sent: peer.sent.filter((_, key) => conversations.has(conversationOf(key))),
    untold: ImmutableSet(),
    relying: peer.relying.filter((key) => conversations.has(conversationOf(key))),
    transfers: peer.transfers.filter((_, key) => conversations.has(conversationOf(key))),
    lacking: peer.lacking.filter((_, key) => conversations.has(conversationOf(key))),
    doubts: peer.doubts.filter((_, key) => conversations.has(conversationOf(key))),
    ended: peer.ended.filter((_, key) => conversations.has(conversationOf(key))),
  }
  draft.setPeer(next)
  abandonUnshared(draft, device)
  tellClocks(draft, next, undefined)
  const begun = new Set([...conversations].filter((id) => !peer.shared.has(id)))
  // It may have told of a new one already, when that was not shared yet on this side.
  if (begun.size > 0) wantClocks(draft, device)
  proveAllTo(draft, device, begun)
}
