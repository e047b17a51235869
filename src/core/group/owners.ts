// Whose device each is, and the newest device list of everybody who is or was in a group.
import type { DeviceList } from '../frames.ts'
import type { AccountId, DeviceId } from '../id.ts'
import type { GroupChange } from './rules.ts'

/**
 * Whose device each is. Accounts sign their lists, and anybody may list any device: where several
 * do, what the device itself says counts, and before it has said anything, who came first.
 */
export function deviceAccounts(ordered: readonly GroupChange[]): {
  devices: Map<DeviceId, AccountId>
  affirmed: Map<DeviceId, AccountId>
} {
  const listed = new Map<DeviceId, AccountId>()
  const first = new Map<DeviceId, { readonly seq: number; readonly account: AccountId }>()
  for (const { place, body } of ordered) {
    if (!('devices' in body)) continue
    const { account, devices } = body.devices
    for (const device of devices) if (!listed.has(device)) listed.set(device, account)
    if (body.kind === 'group_add' || !devices.includes(place.device)) continue
    const known = first.get(place.device)
    if (!known || place.seq < known.seq) first.set(place.device, { seq: place.seq, account })
  }
  const affirmed = new Map([...first].map(([device, { account }]) => [device, account] as const))
  return { devices: new Map([...listed, ...affirmed]), affirmed }
}

/** Of each device the newest list that names it of the account for which it acts. */
export function newestListings(
  ordered: readonly GroupChange[],
  owners: ReadonlyMap<DeviceId, AccountId>,
): Map<DeviceId, DeviceList> {
  const listings = new Map<DeviceId, DeviceList>()
  for (const { body } of ordered) {
    if (!('devices' in body)) continue
    const { account, devices, version } = body.devices
    for (const device of devices) {
      if (owners.get(device) !== account) continue
      if (version > (listings.get(device)?.version ?? 0)) listings.set(device, body.devices)
    }
  }
  return listings
}

export function newestLists(ordered: readonly GroupChange[]): Map<AccountId, DeviceList> {
  const lists = new Map<AccountId, DeviceList>()
  for (const { body } of ordered) {
    if (!('devices' in body)) continue
    const known = lists.get(body.devices.account)
    if (!known || body.devices.version > known.version)
      lists.set(body.devices.account, body.devices)
  }
  return lists
}
