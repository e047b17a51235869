// What became of a message: edits, deletion, reactions and pins, worked out from the entries that
// say so. Every replica that shows the same entries arrives at the same, in whatever order they
// came (docs/PROTOCOL.md, "Changes").
//
// It takes two steps. `withChange` gathers what one device did to one message: that is kept on disk
// beside the order, and its size is bounded. `messageState` joins what all devices did and decides:
// who may do what, which edit counts, what is more than may be there.
import type { ChangeBody, EditBody, EntryRef, Place } from './entry.ts'
import type { AccountId, DeviceId } from './id.ts'
import {
  EDITS_KEPT_MAX,
  REACTION_EMOJI_MAX,
  REACTIONS_KEPT_MAX,
  REACTIONS_PER_ACCOUNT_MAX,
  SWITCHES_KEPT_MAX,
} from './limits.ts'
import { comparePlaces } from './order.ts'

/** A change without its words, which stay in the log. */
export type Change = Exclude<ChangeBody, EditBody> | Pick<EditBody, 'kind' | 'target'>

/** Where in its device's log a change stands, and in the order. */
export interface Spot {
  readonly seq: number
  readonly logical: number
}

export interface SwitchSpot extends Spot {
  readonly removed: boolean
}

export interface ReactionSpot extends SwitchSpot {
  readonly emoji: string
}

/**
 * What one device did to one message: the newest of each kind, ascending. Not only the last, which
 * may come not to count, when its author turns out to have been removed before.
 */
export interface DeviceChanges {
  readonly edits: readonly Spot[]
  readonly deletions: readonly Spot[]
  readonly reactions: readonly ReactionSpot[]
  readonly pins: readonly SwitchSpot[]
}

export interface ChangesBy extends DeviceChanges {
  readonly device: DeviceId
}

export const NO_CHANGES: DeviceChanges = {
  edits: [],
  deletions: [],
  reactions: [],
  pins: [],
}

/**
 * The same with one change more. Which changes were given counts, not when, nor how often: what is
 * dropped because there is too much is what comes first in the log.
 */
export function withChange(changes: DeviceChanges, change: Change, spot: Spot): DeviceChanges {
  switch (change.kind) {
    case 'edit':
      return { ...changes, edits: newest(changes.edits, spot, EDITS_KEPT_MAX) }
    case 'delete':
      return { ...changes, deletions: newest(changes.deletions, spot, SWITCHES_KEPT_MAX) }
    case 'reaction': {
      const { emoji, removed } = change
      const reaction = { ...spot, emoji, removed }
      return { ...changes, reactions: newest(changes.reactions, reaction, REACTIONS_KEPT_MAX) }
    }
    case 'pin': {
      const pin = { ...spot, removed: change.removed }
      return { ...changes, pins: newest(changes.pins, pin, SWITCHES_KEPT_MAX) }
    }
  }
}

function newest<T extends Spot>(spots: readonly T[], added: T, most: number): T[] {
  const others = spots.filter(({ seq }) => seq !== added.seq)
  return [...others, added].toSorted((a, b) => a.seq - b.seq).slice(-most)
}

/** The part of it that counts: of what a device did, the entries that are shown and belong here. */
export function countedOf(
  changes: DeviceChanges,
  isCounted: (spot: Spot) => boolean,
): DeviceChanges {
  const { edits, deletions, reactions, pins } = changes
  return {
    edits: edits.filter(isCounted),
    deletions: deletions.filter(isCounted),
    reactions: reactions.filter(isCounted),
    pins: pins.filter(isCounted),
  }
}

export interface Reaction {
  readonly emoji: string
  /** In the order in which they reacted. */
  readonly accounts: readonly AccountId[]
}

export interface MessageState {
  readonly isDeleted: boolean
  /** The edits that count as such, oldest first: the last one has the words. */
  readonly edits: readonly EntryRef[]
  /** In the order in which the first of each came. */
  readonly reactions: readonly Reaction[]
  /** The pin that decides; undefined when the message is not pinned. */
  readonly pin: Place | undefined
}

/**
 * What became of a message.
 *
 * @param author whose message it is: nobody else edits or deletes it
 * @param done what each device did to it
 */
export function messageState(
  author: AccountId,
  done: readonly ChangesBy[],
  accountOf: (device: DeviceId) => AccountId,
): MessageState {
  const own = done.filter(({ device }) => accountOf(device) === author)
  const edits = own
    .flatMap(({ device, edits }) => edits.map((spot) => ({ device, ...spot })))
    .toSorted(comparePlaces)
  return {
    isDeleted: own.some(({ deletions }) => deletions.length > 0),
    edits: edits.slice(-EDITS_KEPT_MAX).map(({ device, seq }) => ({ device, seq })),
    reactions: reactionsOf(done, accountOf),
    pin: pinOf(done),
  }
}

/** Where the pin stands that holds a message pinned: anybody's last word decides. */
function pinOf(done: readonly ChangesBy[]): Place | undefined {
  const last = done
    .flatMap(({ device, pins }) => pins.map((pin) => ({ device, ...pin })))
    .toSorted(comparePlaces)
    .at(-1)
  if (!last || last.removed) return undefined
  const { device, seq, logical } = last
  return { device, seq, logical }
}

interface Reacted extends ReactionSpot {
  readonly device: DeviceId
  readonly account: AccountId
}

function reactionsOf(
  done: readonly ChangesBy[],
  accountOf: (device: DeviceId) => AccountId,
): Reaction[] {
  const all = done.flatMap(({ device, reactions }): Reacted[] => {
    const account = accountOf(device)
    return reactions.map((spot) => ({ ...spot, device, account }))
  })
  const there: Reacted[] = []
  for (const reacted of Map.groupBy(all, ({ account }) => account).values()) {
    // Of several devices of one account the last word counts.
    const last = new Map<string, Reacted>()
    for (const each of reacted.toSorted(comparePlaces)) {
      last.delete(each.emoji)
      last.set(each.emoji, each)
    }
    const kept = [...last.values()].slice(-REACTIONS_PER_ACCOUNT_MAX)
    there.push(...kept.filter(({ removed }) => !removed))
  }
  const byEmoji = Map.groupBy(there.toSorted(comparePlaces), ({ emoji }) => emoji)
  return [...byEmoji]
    .slice(0, REACTION_EMOJI_MAX)
    .map(([emoji, reacted]) => ({ emoji, accounts: reacted.map(({ account }) => account) }))
}
