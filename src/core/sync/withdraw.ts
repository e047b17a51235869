// Taking back the newest own entry while nobody can have it (docs/ARCHITECTURE.md, "Undo"). Of a
// conversation only those peers are told with whom it is shared; so an entry that became durable
// while there was none, and before the next one came, is known here and nowhere else.
import type { ConversationId, DeviceId } from '../id.ts'
import type { Draft } from './draft.ts'
import { judgeContested } from './forks.ts'
import { theirClock } from './held.ts'
import { readAgain } from './serve.ts'
import {
  conversationOf,
  logKey,
  logOf,
  type StoredRun,
  type SyncEventOf,
  type SyncState,
} from './state.ts'

/** These became durable, and whoever shares their conversations was told. */
export function noteUnseen(draft: Draft, runs: readonly StoredRun[]): void {
  for (const { run, from } of runs) {
    if (from !== undefined) continue
    const { conversation, device, first } = run
    const key = logKey(conversation, device)
    const { peers, unseen, withdrawing } = draft.current
    // It could not be taken off the disk, and counts again.
    draft.setWithdrawing(withdrawing.delete(key))
    const isTold = peers.some(({ shared }) => shared.has(conversation))
    draft.setUnseen(isTold ? unseen.delete(key) : unseen.set(key, unseen.get(key) ?? first))
  }
}

/** Somebody is told of these conversations from now on, or was by another way. */
export function noteSeen(draft: Draft, seen: ReadonlySet<ConversationId>): void {
  const { unseen } = draft.current
  draft.setUnseen(unseen.filter((_, key) => !seen.has(conversationOf(key))))
}

/** Whether the newest entry of an own log is known to nobody else. */
export function isUnseen(state: SyncState, id: ConversationId, device: DeviceId): boolean {
  const conversation = state.conversations.get(id)
  if (!conversation) return false
  const key = logKey(id, device)
  const { tip, durable, forked, contested } = logOf(conversation, device)
  if (tip.seq !== durable.seq || forked || contested || state.disputes.has(key)) return false
  // Whoever claims to have it has another one: there is a copy of this database.
  const isClaimed = state.peers.some(
    (peer) => (theirClock(state, peer, id).get(device) ?? 0) >= tip.seq,
  )
  return !isClaimed && (state.unseen.get(key) ?? Infinity) <= tip.seq
}

/**
 * From now on the entry is as one that is being written: nothing that is not durable is told. Does
 * nothing where somebody may know of it.
 */
export function withdraw(draft: Draft, event: SyncEventOf<'withdraw'>): void {
  const conversation = draft.conversation(event.conversation)
  if (!conversation || !isUnseen(draft.current, event.conversation, event.device)) return
  const log = logOf(conversation, event.device)
  if (event.head.seq !== log.durable.seq - 1) return
  draft.setLog(conversation, event.device, { ...log, durable: event.head, digest: undefined })
  const key = logKey(event.conversation, event.device)
  draft.setWithdrawing(draft.current.withdrawing.add(key))
}

/** It is off the disk. */
export function withdrawn(draft: Draft, event: SyncEventOf<'withdrawn'>): void {
  const { conversation: id, device, position } = event
  const conversation = draft.conversation(id)
  if (!conversation) return
  const log = logOf(conversation, device)
  const next = { ...log, tip: log.durable, changedAt: position }
  draft.setPosition(Math.max(draft.current.position, position))
  draft.setLog({ ...conversation, changedAt: position }, device, next)
  const key = logKey(id, device)
  const { unseen, withdrawing } = draft.current
  draft.setWithdrawing(withdrawing.delete(key))
  if ((unseen.get(key) ?? 0) > next.tip.seq) draft.setUnseen(unseen.delete(key))
  judgeContested(draft, id, device)
  readAgain(draft, key)
}
