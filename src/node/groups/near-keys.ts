// Keys of a group from which others are to follow. One may be 65,535 hashes before another, and
// anybody who invites can name such: they are computed piece by piece, since nothing else waits.
import { setImmediate } from 'node:timers/promises'

import { chainOf, type GroupKey } from '../../core/group/keys.ts'

/** Resolves once all that follow from them are at hand, up to the last of their epochs. */
export async function allNear(keys: readonly GroupKey[], grantedAt = 0): Promise<void> {
  const last = Math.max(grantedAt, ...keys.map(({ epoch }) => epoch))
  for (const key of keys) while (!chainOf(key).nears(last)) await setImmediate()
}
