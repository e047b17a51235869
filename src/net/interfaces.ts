// Which network interfaces there are, and when that changes. Nothing in Node tells of a cable that
// is pulled or a network that is joined, so this looks once a second, and whether the machine slept
// since, which is a change too.
import { readFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'

import { INTERFACES_MAX, INTERFACE_POLL_MS, SLEEP_GAP_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { guarded } from './guarded.ts'

export interface NetInterface {
  readonly name: string
  /** Loopback: reaches this machine only. */
  readonly internal: boolean
  readonly ip4: readonly string[]
  /** Without link-local addresses. */
  readonly ip6: readonly string[]
  /** As they stand behind the "%" of a link-local sender; empty without IPv6. */
  readonly scopes: readonly string[]
  /** The networks of all its addresses, as "10.0.0.7/24". */
  readonly cidrs: readonly string[]
  /** Differs when the interface is not what it was, even under the same name and address. */
  readonly fingerprint: string
}

export interface InterfaceFilter {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** Networks inside this machine, of containers and the like: there may be hundreds. */
export const VIRTUAL =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|podman|cni|flannel|bridge\d|vEthernet|awdl|llw)/

/** The interfaces that are up: those to other machines first, loopback last, by name otherwise. */
export function readInterfaces(filter: InterfaceFilter): NetInterface[] {
  const found: NetInterface[] = []
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (filter.deny.includes(name)) continue
    if (filter.allow.length > 0 && !filter.allow.includes(name)) continue
    const reachable = addresses.filter(isReachable)
    if (reachable.length === 0) continue
    found.push({
      name,
      internal: reachable.every(({ internal }) => internal),
      ip4: reachable.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
      ip6: reachable.filter(({ family }) => family === 'IPv6').map(({ address }) => address),
      scopes: addresses.flatMap((one) =>
        one.family === 'IPv6' && one.scopeid > 0 ? [name, String(one.scopeid)] : [],
      ),
      cidrs: reachable.flatMap(({ cidr }) => cidr ?? []),
      fingerprint: JSON.stringify([interfaceIndex(name), addresses]),
    })
  }
  return found
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
    .slice(0, INTERFACES_MAX)
}

function rank({ name, internal }: NetInterface): number {
  if (internal) return 2
  return VIRTUAL.test(name) ? 1 : 0
}

/** All addresses of this machine in one IP family, whatever the filter says. */
export function ownAddresses(family: string): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.filter((one) => one.family === family && isReachable(one)).map((one) => one.address)
}

/** libp2p can neither accept from IPv6 addresses that are link-local nor dial them. */
function isReachable({ address }: { readonly address: string }): boolean {
  return !/^fe[89ab]/i.test(address)
}

/** The kernel's number of an interface, where it can be read: a new one each time it is made. */
function interfaceIndex(name: string): string {
  try {
    return readFileSync(`/sys/class/net/${name}/ifindex`, 'latin1').trim()
  } catch {
    return ''
  }
}

/** RFC 4291, section 2.5.4. */
const IP6_NETWORK_BITS = 64

/** Asked for several times for each packet that is heard. */
const NETWORKS = new WeakMap<NetInterface, BlockList>()

/** Whether an IP address belongs to one of the networks that the interface is on. */
export function isOnLink(on: NetInterface, ip: string): boolean {
  const networks = NETWORKS.get(on) ?? networksOf(on)
  return networks.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4')
}

function networksOf(on: NetInterface): BlockList {
  const networks = new BlockList()
  for (const cidr of on.cidrs) {
    const [network = '', prefix] = cidr.split('/')
    // DHCP gives an address of IPv6 without its network, which is as large as all of them.
    const bits = prefix === '128' && !on.internal ? IP6_NETWORK_BITS : Number(prefix)
    networks.addSubnet(network, bits, network.includes(':') ? 'ipv6' : 'ipv4')
  }
  NETWORKS.set(on, networks)
  return networks
}

export interface InterfaceChange {
  readonly interfaces: readonly NetInterface[]
  /** Something new is there, or time was lost: peers may be reachable in new ways. */
  readonly fresh: boolean
}

interface WatchInit {
  readonly read: () => NetInterface[]
  readonly wallNow: () => number
  readonly awakeNow: () => number
  readonly log: Logger
}

/**
 * Milliseconds in which the machine did not sleep, by the monotonic clock of Linux. That of other
 * systems goes on meanwhile: there any look that comes late may mean sleep, also where a process
 * only had no turn.
 */
export const awakeNow = process.platform === 'linux' ? () => performance.now() : () => 0

export class InterfaceWatch {
  private readonly init: WatchInit
  private readonly onChange: (change: InterfaceChange) => void
  private timer: NodeJS.Timeout | undefined
  private known = new Map<string, string>()
  private asleepMs = 0

  /** `onChange` runs inside `start` for what is there, then on each change. */
  constructor(init: WatchInit, onChange: (change: InterfaceChange) => void) {
    this.init = init
    this.onChange = onChange
  }

  start(): void {
    this.asleepMs = this.asleepNow()
    this.report(this.init.read(), true)
    const look = guarded(this.init.log, 'interface watch', () => this.look())
    this.timer = setInterval(look, INTERFACE_POLL_MS)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private look(): void {
    const asleepMs = this.asleepNow()
    const slept = asleepMs - this.asleepMs > SLEEP_GAP_MS
    this.asleepMs = asleepMs
    const interfaces = this.init.read()
    const fresh = interfaces.some(({ name, fingerprint }) => this.known.get(name) !== fingerprint)
    if (slept || fresh || interfaces.length !== this.known.size) {
      this.report(interfaces, slept || fresh)
    }
  }

  /** Since whenever. */
  private asleepNow(): number {
    return this.init.wallNow() - this.init.awakeNow()
  }

  private report(interfaces: readonly NetInterface[], fresh: boolean): void {
    this.known = new Map(interfaces.map(({ name, fingerprint }) => [name, fingerprint]))
    this.onChange({ interfaces, fresh })
  }
}
