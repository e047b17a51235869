// What a group is to the user, as far as it follows from the group's own entries.
import type { GroupState } from '../core/group/state.ts'
import type { AccountId, DeviceId } from '../core/id.ts'
import type { GroupRecord } from '../store/store.ts'
import type { Group } from './groups.ts'

/** Of who sees themselves in a group, or that they left on this device or another; else nothing. */
export function followed({ record, state }: Group, me: AccountId): GroupRecord | undefined {
  if (state.members.has(me)) {
    return record.state === 'joining' ? { ...record, state: 'joined' } : undefined
  }
  const bar = state.bars.findLast(({ account, isRemoval }) => account === me && isRemoval)
  if (record.state !== 'joined' || !bar || state.devices.get(bar.by.device) !== me) return undefined
  const { device, seq } = bar.by
  return { ...record, state: 'left', leave: { device, seq } }
}

/** The device that made the group. */
export function firstPlace({ grants }: GroupState): DeviceId | undefined {
  return grants[0]?.place.device
}
