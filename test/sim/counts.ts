// What the engine counts along, checked against what it counts: the digest of each conversation,
// that of what each peer is told of, and which conversations changed last.
import { strict as assert } from 'node:assert'

import { conversationDigest, heldDigest, recounted } from '../../src/core/sync/digest.ts'
import { changedAfter } from '../../src/core/sync/recency.ts'
import type { SyncState } from '../../src/core/sync/state.ts'

export function assertCounts(before: SyncState, state: SyncState): void {
  if (before.conversations === state.conversations && before.peers === state.peers) return
  const changed: number[] = []
  for (const [id, conversation] of state.conversations) {
    if (conversation.changedAt > 0) changed.push(conversation.changedAt)
    if (before.conversations.get(id) === conversation) continue
    const counted = conversationDigest(conversation)
    assert.deepEqual(conversation.digest, counted, 'a conversation is counted wrongly')
  }
  for (const { held, shared } of recounted(state).peers.values()) {
    assert.deepEqual(held, heldDigest(state, shared), 'what a peer is told is counted wrongly')
  }
  assert.deepEqual(
    [...changedAfter(state, 0)].map((id) => state.conversations.get(id)?.changedAt),
    changed.toSorted((a, b) => b - a),
    'conversations are not in the order of their changes',
  )
}
