// Where a device may be: where this node found it, and where it says that it listens.
import { isLoopback } from '../../core/addresses.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import { parseEndpoint } from '../../net/address.ts'
import type { Net, Session } from '../../net/net.ts'
import type { Store } from '../../store/store.ts'

export interface Whereabouts {
  readonly net: Pick<Net, 'session'>
  readonly store: Pick<Store, 'get'>
}

/** Places where a device was found that go before what it tells. */
const FOUND_FIRST = 2

/**
 * Where this node dialed the device whose session there is now. The port that somebody called from
 * is nowhere to call back.
 */
export function dialedAt(device: DeviceId, { net }: Pick<Whereabouts, 'net'>): readonly string[] {
  const session = net.session(device)
  return session?.initiator ? [session.address] : []
}

/** Where the device proved to be, newest first. */
export function foundAt(
  device: DeviceId,
  { store }: Pick<Whereabouts, 'store'>,
): readonly string[] {
  return store.get('peer', device)?.addresses ?? []
}

/** To whose account the device proved to belong. Any account may list it. */
export function ownerOf(device: DeviceId, { net, store }: Whereabouts): AccountId | undefined {
  return net.session(device)?.account ?? store.get('peer', device)?.account
}

/** Where a device was found, then where it said that it listens; without the peer id. */
export function addressesOf(
  device: DeviceId,
  said: readonly string[],
  known: Whereabouts,
): string[] {
  const all = [...dialedAt(device, known), ...foundAt(device, known), ...said]
  return [...new Set(all.map(withoutPeer))]
}

/**
 * Where to look for a device, best first: where it was found last, where it says that it listens,
 * where it was found before. A machine that moves about has been at more places than are kept.
 */
export function placesToLook(found: readonly string[], said: readonly string[]): string[] {
  return [...new Set([...found.slice(0, FOUND_FIRST), ...said, ...found].map(withoutPeer))]
}

/**
 * Where the other side says that it listens, in the one spelling. Over a connection that is not of
 * loopback without what leads nowhere but to the machine that dials it.
 */
export function toldAddresses({ address, hello }: Session): readonly string[] {
  const places = hello.addresses.flatMap((each) => parseEndpoint(each)?.address ?? [])
  return isLoopback(address) ? places : places.filter((place) => !isLoopback(place))
}

export function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/\w+$/, '')
}
