// The nodes that discovery heard lately. Nothing heard is proven: anybody on the network can claim
// any device, name and address. So what one sender claims never pushes out what another claimed,
// the table is bounded, and contacts always get a place in it.
import type { AccountId, DeviceId } from '../../core/id.ts'
import {
  ADDRESSES_PER_PEER_MAX,
  NEARBY_EXPIRY_MS,
  NEARBY_MAX,
  SIGHTINGS_PER_NODE_MAX,
} from '../../core/limits.ts'
import { peerTextOf } from '../identity.ts'
import type { NearbyNode } from '../net.ts'

/** What one sender claimed on one interface. */
interface Sighting {
  readonly addresses: readonly string[]
  readonly heardAt: number
}

interface Entry {
  node: NearbyNode
  /** By interface and sender, newest last. */
  readonly sightings: Map<string, Sighting>
}

export interface Heard {
  readonly device: DeviceId
  readonly account: AccountId | undefined
  readonly name: string
  readonly addresses: readonly string[]
  /** Names interface and sender. */
  readonly place: string
}

interface NearbyInit {
  readonly isContact: (device: DeviceId) => boolean
  readonly changed: (node: NearbyNode, present: boolean) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
}

export class Nearby {
  private readonly init: NearbyInit
  private readonly entries = new Map<DeviceId, Entry>()

  constructor(init: NearbyInit) {
    this.init = init
  }

  list(): NearbyNode[] {
    return [...this.entries.values()].map(({ node }) => node)
  }

  get(device: DeviceId): NearbyNode | undefined {
    return this.entries.get(device)?.node
  }

  /** How many nodes are heard at such a place. */
  countAt(isThere: (place: string) => boolean): number {
    return [...this.entries.values()].filter(({ sightings }) => [...sightings.keys()].some(isThere))
      .length
  }

  heard({ device, account, name, addresses, place }: Heard): void {
    const known = this.entries.get(device)
    if (!known && this.entries.size >= NEARBY_MAX && !this.init.isContact(device)) return
    const sightings = known?.sightings ?? new Map<string, Sighting>()
    sightings.delete(place)
    sightings.set(place, { addresses, heardAt: this.init.now() })
    const [oldest] = sightings.keys()
    if (sightings.size > SIGHTINGS_PER_NODE_MAX && oldest !== undefined) sightings.delete(oldest)
    const node: NearbyNode = {
      device,
      peerId: known?.node.peerId ?? peerTextOf(device),
      account,
      name,
      addresses: inTurn(sightings),
    }
    this.entries.set(device, { node, sightings })
    if (!known || !isSame(known.node, node)) this.init.changed(node, true)
  }

  /** The device said goodbye, or was last heard too long ago, at these places. */
  private forget(
    device: DeviceId,
    entry: Entry,
    gone: (place: string, one: Sighting) => boolean,
  ): void {
    let changed = false
    for (const [place, sighting] of entry.sightings) {
      if (gone(place, sighting)) changed = entry.sightings.delete(place)
    }
    if (!changed) return
    if (entry.sightings.size === 0) {
      this.entries.delete(device)
      this.init.changed(entry.node, false)
      return
    }
    const node = { ...entry.node, addresses: inTurn(entry.sightings) }
    if (isSame(entry.node, node)) return
    entry.node = node
    this.init.changed(node, true)
  }

  /** Counts only where the device was heard: a goodbye is as easily forged as anything. */
  goodbye(device: DeviceId, place: string): void {
    const entry = this.entries.get(device)
    if (entry) this.forget(device, entry, (other) => other === place)
  }

  /** An interface went away, and with it what was heard on it. */
  interfaceGone(isOn: (place: string) => boolean): void {
    for (const [device, entry] of this.entries) this.forget(device, entry, isOn)
  }

  expire(): void {
    const before = this.init.now() - NEARBY_EXPIRY_MS
    for (const [device, entry] of this.entries) {
      this.forget(device, entry, (_place, { heardAt }) => heardAt < before)
    }
  }
}

/** The addresses of all sightings, newest sighting first, each sighting in its turn. */
function inTurn(sightings: ReadonlyMap<string, Sighting>): string[] {
  const lists = [...sightings.values()].toReversed().map(({ addresses }) => addresses)
  const merged = new Set<string>()
  for (let i = 0; i < ADDRESSES_PER_PEER_MAX; i++) {
    for (const list of lists) {
      const address = list[i]
      if (address !== undefined && merged.size < ADDRESSES_PER_PEER_MAX) merged.add(address)
    }
  }
  return [...merged]
}

function isSame(a: NearbyNode, b: NearbyNode): boolean {
  if (a.account !== b.account || a.name !== b.name) return false
  // Which was heard last makes no difference to anybody.
  const old = new Set(a.addresses)
  return old.size === b.addresses.length && b.addresses.every((address) => old.has(address))
}
