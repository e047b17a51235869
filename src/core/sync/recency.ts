// Which conversations changed last: what is told of changes costs as much as changed, and not a
// look at each conversation.
import { List } from 'immutable'

import type { ConversationId } from '../id.ts'
import type { SyncState } from './state.ts'

/** How often a conversation may stand there, on average, before those behind are left out. */
const TIMES_MAX = 2
/** So few are never worth it. */
const NAMES_MIN = 64

export interface Recency {
  /**
   * Every conversation of which something was ever durable, in the order in which they changed: the
   * last time that one stands here counts.
   */
  readonly names: List<ConversationId>
  /** The greatest `changedAt` of them. */
  readonly newestAt: number
  /** False where one was told of after another that had changed later. */
  readonly isSorted: boolean
}

export const NOTHING_CHANGED: Recency = { names: List(), newestAt: 0, isSorted: true }

/** @param changedAt greater than what it was before */
export function withChange(
  { conversations, recency }: SyncState,
  id: ConversationId,
  changedAt: number,
): Recency {
  const { names, newestAt, isSorted } = recency
  const isLong = names.size > NAMES_MIN + TIMES_MAX * conversations.size
  const known = isLong ? List(lastTimes(names).toReversed()) : names
  return {
    names: known.last() === id ? known : known.push(id),
    newestAt: Math.max(newestAt, changedAt),
    isSorted: isSorted && changedAt >= newestAt,
  }
}

/** Each once, the newest first. */
function lastTimes(names: List<ConversationId>): ConversationId[] {
  return [...new Set([...names].toReversed())]
}

export function sorted({ conversations, recency }: SyncState): Recency {
  if (recency.isSorted) return recency
  const changedAt = (id: ConversationId): number => conversations.get(id)?.changedAt ?? 0
  const dated = lastTimes(recency.names).map((id) => ({ id, at: changedAt(id) }))
  dated.sort((a, b) => a.at - b.at)
  return { ...recency, names: List(dated.map(({ id }) => id)), isSorted: true }
}

/** Conversations that changed after a position, the newest first. */
export function changedAfter(state: SyncState, position: number): Set<ConversationId> {
  const { names } = sorted(state)
  const changed = new Set<ConversationId>()
  for (let i = names.size - 1; i >= 0; i--) {
    const id = names.get(i)
    const { changedAt } = (id && state.conversations.get(id)) ?? {}
    if (!id || changedAt === undefined || changedAt <= position) break
    changed.add(id)
  }
  return changed
}
