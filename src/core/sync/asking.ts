// Asking a peer to tell its clocks again: what it told before was not heard, or not by all of this
// node (docs/PROTOCOL.md, "Clocks").
import type { ConversationId, DeviceId } from '../id.ts'
import { CLOCKS_WANTED_GAP_MS, CLOCKS_WANTED_MAX } from '../limits.ts'
import type { Draft } from './draft.ts'

export function wantClocks(draft: Draft, device: DeviceId): void {
  const asked = { clocksWantedAtMs: draft.nowMs, wantsClocks: false }
  draft.updatePeer(device, (peer) => ({ ...peer, ...asked }))
  draft.send(device, { type: 'clocks_wanted' })
}

/** The same of some conversations. */
export function wantClocksOf(
  draft: Draft,
  device: DeviceId,
  conversations: ReadonlySet<ConversationId>,
): void {
  if (conversations.size > CLOCKS_WANTED_MAX) wantClocks(draft, device)
  else if (conversations.size > 0) {
    draft.send(device, { type: 'clocks_wanted', conversations: [...conversations] })
  }
}

/**
 * The same where it may have told of somebody who was not known yet. While a large group forms that
 * is so again and again: then once for all who became known meanwhile.
 */
export function wantClocksSoon(draft: Draft, device: DeviceId): void {
  const peer = draft.peer(device)
  if (!peer) return
  const isEarly = draft.nowMs - peer.clocksWantedAtMs < CLOCKS_WANTED_GAP_MS
  if (isEarly) draft.setPeer({ ...peer, wantsClocks: true })
  else wantClocks(draft, device)
}

export function wantClocksAgain(draft: Draft): void {
  for (const { device, wantsClocks } of draft.current.peers.values()) {
    if (wantsClocks) wantClocksSoon(draft, device)
  }
}
