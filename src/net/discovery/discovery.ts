// Finds nodes on every network this machine is on: one link for each interface and IP family, kept
// in step with the interfaces, all telling one table of what they hear.
import { isIP } from 'node:net'

import type { ComponentLogger } from '@libp2p/interface'

import type { AccountId, DeviceId } from '../../core/id.ts'
import { INTERFACE_POLL_MS, MDNS_ADDRESSES_MAX } from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import { guarded } from '../guarded.ts'
import { isOnLink, type NetInterface } from '../interfaces.ts'
import type { DiscoveryReport } from '../net.ts'
import { Link } from './link.ts'
import type { Nearby } from './nearby.ts'
import { type Claim, Records } from './records.ts'
import type { Family } from './socket.ts'

export interface DiscoveryInit {
  readonly device: DeviceId
  readonly peerId: string
  readonly port: number
  readonly announce: () => { readonly account: AccountId; readonly name: string }
  /** Where this node listens on an interface, without the peer id. */
  readonly addressesOn: (on: NetInterface) => readonly string[]
  readonly nearby: Nearby
  /** Every time a node is heard, changed or not. */
  readonly heard: (device: DeviceId) => void
  readonly trouble: (where: string, message: string | undefined) => void
  readonly now: () => number
  readonly random: () => number
  readonly logger: ComponentLogger
  readonly log: Logger
}

interface Running {
  readonly link: Link
  readonly on: NetInterface
  readonly family: Family
}

export class Discovery {
  private readonly init: DiscoveryInit
  private readonly running = new Map<string, Running>()
  private interfaces: readonly NetInterface[] = []
  private timer: NodeJS.Timeout | undefined

  constructor(init: DiscoveryInit) {
    this.init = init
  }

  start(): void {
    const expire = guarded(this.init.log, 'expiry', () => this.init.nearby.expire())
    this.timer = setInterval(expire, INTERFACE_POLL_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    const links = [...this.running.values()].map(({ link }) => link.close(true))
    this.running.clear()
    await Promise.all(links)
  }

  /** Opens links where something is new and closes those whose interface is not what it was. */
  update(interfaces: readonly NetInterface[]): void {
    this.interfaces = interfaces
    const wanted = new Map<string, { on: NetInterface; family: Family }>()
    for (const on of interfaces) {
      if (on.ip4.length > 0) wanted.set(`${on.name} IPv4`, { on, family: 'IPv4' })
      if (on.ip6.length > 0 && on.scopes.length > 0) {
        wanted.set(`${on.name} IPv6`, { on, family: 'IPv6' })
      }
    }
    for (const [key, one] of this.running) {
      if (wanted.get(key)?.on.fingerprint === one.on.fingerprint) wanted.delete(key)
      else this.close(key, one)
    }
    for (const [key, { on, family }] of wanted) this.running.set(key, this.open(on, family))
    const isAlone = !interfaces.some(({ internal }) => !internal)
    this.init.trouble('network', isAlone ? 'no network is connected' : undefined)
  }

  /** Asks and tells on every interface now. */
  probe(): void {
    for (const { link } of this.running.values()) link.probe()
  }

  /** What was sent and heard on an interface. */
  report({ name }: NetInterface): DiscoveryReport {
    const links = [...this.running.values()].flatMap((one) =>
      one.on.name === name ? one.link : [],
    )
    const sum = (count: (link: Link) => number): number =>
      links.reduce((total, link) => total + count(link), 0)
    return {
      listening: links.some(({ listening }) => listening),
      listenedMs: Math.max(0, ...links.map(({ listenedMs }) => listenedMs)),
      hearsItself: links.some(({ hearsItself }) => hearsItself),
      queriesSent: sum(({ queriesSent }) => queriesSent),
      answersSent: sum(({ answersSent }) => answersSent),
      packetsHeard: sum(({ packetsHeard }) => packetsHeard),
      othersHeard: sum(({ othersHeard }) => othersHeard),
      nodesHeard: this.init.nearby.countAt(isOn(name)),
      error: links.find(({ error }) => error !== undefined)?.error,
    }
  }

  private open(on: NetInterface, family: Family): Running {
    const { init } = this
    const own = (): ReturnType<ConstructorParameters<typeof Records>[1]> => ({
      ...init.announce(),
      peerId: init.peerId,
      addresses: init.addressesOn(on).slice(0, MDNS_ADDRESSES_MAX),
    })
    const place = (sender: string): string => `${on.name} ${family} ${sender}`
    const link = new Link({
      on,
      family,
      port: init.port,
      records: new Records(init.peerId, own, init.logger),
      isKnownNetwork: (ip) => this.interfaces.some((one) => isOnLink(one, ip)),
      heard: (claim, sender) => this.take(on, claim, sender, place(sender)),
      left: (device, sender) => init.nearby.goodbye(device, place(sender)),
      trouble: (message) => init.trouble(`discovery on ${on.name}`, message),
      now: init.now,
      random: init.random,
      log: init.log,
    })
    link.open()
    return { link, on, family }
  }

  private close(key: string, { link, on, family }: Running): void {
    this.running.delete(key)
    this.init.nearby.interfaceGone(isOn(on.name, family))
    if (link.error !== undefined) this.init.trouble(`discovery on ${on.name}`, undefined)
    link.close(false).catch((error: unknown) => {
      this.init.log.debug({ err: error, interface: on.name }, 'a link did not close')
    })
  }

  private take(on: NetInterface, claim: Claim, sender: string, place: string): void {
    const { device, account, name } = claim
    if (device === this.init.device) return
    const usable = claim.endpoints.filter(({ host }) => isUsable(on, host, sender))
    // The address that it sent from is the most likely one to work.
    const best = usable.filter(({ host }) => host === sender)
    const addresses = [...new Set([...best, ...usable].map(({ address }) => address))]
    if (addresses.length === 0) return
    this.init.nearby.heard({ device, account, name, addresses, place })
    this.init.heard(device)
  }
}

/** Whether a place of a sighting, as `open` names them, is on an interface. */
function isOn(name: string, family = 'IPv'): (place: string) => boolean {
  return (place) => place.startsWith(`${name} ${family}`)
}

/** Only hosts of this network: a forged answer must not make this node knock at others. */
function isUsable(on: NetInterface, host: string, sender: string): boolean {
  if (isIP(host) === 0) return false
  return isOnLink(on, host) || (host === sender && !on.internal)
}
