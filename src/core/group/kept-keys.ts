// Which keys of a group a node keeps. Whoever invites names a key before anything of the group is
// here that could prove it, so that such a key is kept until then, and dropped if it is wrong. One
// that was proven once stays: who comes back goes on reading what they could read before.
import { GROUP_KEYS_MAX } from '../limits.ts'
import { chainOf, type GroupKey, type KeyCheck } from './keys.ts'

export interface KeptKey extends GroupKey {
  /** By an entry of the group that made its owner a member. */
  readonly isProven: boolean
}

/**
 * The keys with one that somebody told; the very same list when it adds nothing.
 *
 * @param grant proves keys, once it is known
 */
export function withKey(
  kept: readonly KeptKey[],
  told: GroupKey,
  grant: KeyCheck | undefined,
): readonly KeptKey[] {
  const isProven = grant !== undefined
  // Who has what it may have needs nothing more, and is not made to compute by others.
  if (isProven && kept.some((each) => chainOf(each).proves(grant))) return kept
  const chain = chainOf(told)
  if (isProven && !chain.proves(grant)) return kept
  if (leadTo(kept, told)) return kept
  // All keys of a group follow from each other: a later one that does not is wrong.
  const isWrong = (each: KeptKey): boolean => isProven && !each.isProven && each.epoch >= told.epoch
  const others = kept.filter((each) => !chain.leadsTo(each) && !isWrong(each))
  if (others.length >= GROUP_KEYS_MAX) return kept
  return [...others, { ...told, isProven }]
}

/** Whether a key follows from any of them. */
export function leadTo(kept: readonly KeptKey[], key: GroupKey): boolean {
  return kept.some((each) => chainOf(each).leadsTo(key))
}

/** The keys without those that are shown to be wrong; the very same list when nothing changes. */
export function reviewed(kept: readonly KeptKey[], grant: KeyCheck): readonly KeptKey[] {
  if (!isDue(kept, grant)) return kept
  return kept.flatMap((each) => {
    if (!isOpen(each, grant)) return each
    return chainOf(each).proves(grant) ? { ...each, isProven: true } : []
  })
}

/** Whether there is anything to be shown, which costs. */
export function isDue(kept: readonly KeptKey[], grant: KeyCheck): boolean {
  return kept.some((each) => isOpen(each, grant))
}

function isOpen({ epoch, isProven }: KeptKey, grant: KeyCheck): boolean {
  return !isProven && epoch <= grant.epoch
}
