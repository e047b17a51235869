// A peer comes, goes, or shares other conversations than before: what is kept about it while it is
// connected, and what both tell each other then.
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable'

import type { Clock } from '../clock.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { tellClocks, wantClocks } from './clocks.ts'
import { withLacking } from './complete.ts'
import { leaveDisputes } from './disputes.ts'
import type { Draft } from './draft.ts'
import { abandonPeer, abandonUnheard } from './fetch.ts'
import { proveAllTo } from './forks.ts'
import { conversationOf, knownPart, type PeerState, type SyncEventOf } from './state.ts'
import { noteSeen } from './withdraw.ts'

export function connected(draft: Draft, event: SyncEventOf<'connected'>): void {
  disconnected(draft, event.peer)
  const heard = union(event.shared, event.heard)
  let theirs: PeerState['theirs'] = ImmutableMap<ConversationId, Clock>()
  let lacking: PeerState['lacking'] = ImmutableMap()
  for (const [id, told] of event.theirs) {
    const conversation = draft.conversation(id)
    if (!conversation || !heard.has(id)) continue
    const clock = knownPart(conversation, told)
    theirs = theirs.set(id, clock)
    lacking = withLacking(lacking, conversation, clock)
  }
  const peer: PeerState = {
    device: event.peer,
    shared: event.shared,
    heard,
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
  noteSeen(draft, peer.shared)
  tellClocks(draft, peer, event.knows)
  if (event.late) wantClocks(draft, event.peer)
  proveAllTo(draft, peer.device, peer.shared)
}

export function disconnected(draft: Draft, device: DeviceId): void {
  draft.removePeer(device)
  abandonPeer(draft, device)
  leaveDisputes(draft, device)
}

/** Other conversations are told to a connected peer, or heard of it: both tell all clocks again. */
export function shared(draft: Draft, event: SyncEventOf<'shared'>): void {
  const { peer: device, shared: conversations } = event
  const heard = union(conversations, event.heard)
  const peer = draft.peer(device)
  if (!peer) return
  // A token heard so far stood for another set of conversations.
  const { token: _, ...rest } = peer
  const next: PeerState = {
    ...rest,
    shared: conversations,
    heard,
    theirs: peer.theirs.filter((_, id) => heard.has(id)),
    unsaved: peer.unsaved.filter((id) => heard.has(id)),
    sent: peer.sent.filter((_, key) => conversations.has(conversationOf(key))),
    untold: ImmutableSet(),
    relying: peer.relying.filter((key) => conversations.has(conversationOf(key))),
    transfers: peer.transfers.filter((_, key) => conversations.has(conversationOf(key))),
    lacking: peer.lacking.filter((_, key) => heard.has(conversationOf(key))),
    doubts: peer.doubts.filter((_, key) => heard.has(conversationOf(key))),
    ended: peer.ended.filter((_, key) => heard.has(conversationOf(key))),
  }
  draft.setPeer(next)
  noteSeen(draft, conversations)
  abandonUnheard(draft, device)
  tellClocks(draft, next, undefined)
  const begun = new Set([...conversations].filter((id) => !peer.shared.has(id)))
  // It may have told of a new one already, when it was not heard yet on this side.
  const isNew = [...heard].some((id) => !peer.heard.has(id))
  if (begun.size > 0 || isNew) wantClocks(draft, device)
  proveAllTo(draft, device, begun)
}

function union(
  shared: ReadonlySet<ConversationId>,
  heard: ReadonlySet<ConversationId> = shared,
): ReadonlySet<ConversationId> {
  return heard === shared ? shared : new Set([...shared, ...heard])
}
