// Networking put together: libp2p below, discovery beside it, sessions and their supervisor above.
import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'

import { untilAborted } from '../core/aborted.ts'
import { TidingsError } from '../core/errors.ts'
import type { DeviceId } from '../core/id.ts'
import { ADDRESSES_PER_PEER_MAX } from '../core/limits.ts'
import { type Endpoint, parseEndpoint } from './address.ts'
import { Arrivals, interfaceTo } from './arrivals.ts'
import { Discovery } from './discovery/discovery.ts'
import { Nearby } from './discovery/nearby.ts'
import { guarded } from './guarded.ts'
import { Host } from './host.ts'
import { deviceOfSeed, peerTextOf } from './identity.ts'
import {
  awakeNow,
  type InterfaceChange,
  InterfaceWatch,
  type NetInterface,
  readInterfaces,
} from './interfaces.ts'
import { knock } from './knock.ts'
import { libp2pLogger } from './libp2p-log.ts'
import { Links } from './links.ts'
import type {
  InterfaceReport,
  Knock,
  NearbyNode,
  Net,
  NetHooks,
  NetInit,
  Session,
  Target,
  Way,
} from './net.ts'
import { Supervisor } from './supervisor.ts'
import type { Traffic } from './traffic.ts'

export function createNet(init: NetInit, hooks: NetHooks): Net {
  return new Libp2pNet(init, hooks)
}

class Libp2pNet implements Net {
  readonly peerId: string
  private readonly device: DeviceId
  private readonly init: NetInit
  private readonly hooks: NetHooks
  private readonly host: Host
  private readonly links: Links
  private readonly nearbyNodes: Nearby
  private readonly discovery: Discovery
  private readonly supervisor: Supervisor
  private readonly watch: InterfaceWatch
  private readonly arrivals = new Arrivals()
  private readonly troubles = new Map<string, string>()
  private readonly now = (): number => performance.now()

  constructor(init: NetInit, hooks: NetHooks) {
    const { log } = init
    this.init = init
    this.hooks = hooks
    this.device = deviceOfSeed(init.deviceSeed)
    this.peerId = peerTextOf(this.device)
    this.host = new Host({
      seed: init.deviceSeed,
      listen: init.listen,
      isContact: (device) => hooks.isContact(device),
      crowdedOut: (...whom) => this.links.crowdedOut(...whom),
      now: this.now,
      incoming: (line) => this.links.incoming(line),
      arrived: (host) => this.arrivals.note(host),
      log,
    })
    this.links = new Links({
      own: this.device,
      host: this.host,
      hooks,
      verified: (device, address) => {
        this.supervisor.verified(device, address)
        guarded(log, 'verified', hooks.verified.bind(hooks))(device, address)
      },
      opened: (device) => this.supervisor.sessionOpened(device),
      ended: (device, code) => this.supervisor.sessionEnded(device, code),
      now: this.now,
      log,
    })
    this.supervisor = new Supervisor({
      own: this.device,
      hasSession: (device) => this.links.table.get(device) !== undefined,
      heardAddresses: (device) => this.nearbyNodes.get(device)?.addresses ?? [],
      probe: (device) => this.links.table.get(device)?.probe(),
      isOwn: (address) => this.isOwn(address),
      dial: (device, addresses, signal) => this.links.dial(device, addresses, signal),
      now: this.now,
      random: Math.random,
      log,
    })
    this.nearbyNodes = new Nearby({
      isContact: (device) => hooks.isContact(device),
      changed: guarded(log, 'nearby', hooks.nearbyChanged.bind(hooks)),
      now: this.now,
    })
    this.discovery = this.makeDiscovery()
    this.watch = new InterfaceWatch(
      { read: () => readInterfaces(init.interfaces), wallNow: Date.now, awakeNow, log },
      (change) => this.networkChanged(change),
    )
  }

  async start(): Promise<void> {
    await this.host.start()
    if (this.init.mdns.enabled) this.discovery.start()
    this.watch.start()
    this.supervisor.start()
  }

  async stop(): Promise<void> {
    this.watch.stop()
    this.supervisor.stop()
    // Others learn of it before their connections break.
    await this.discovery.stop()
    await this.links.stop('shutting_down', 'this node is stopping')
    await this.host.stop()
  }

  addresses(): string[] {
    return readInterfaces(this.init.interfaces)
      .flatMap((on) => this.addressesOn(on))
      .map((address) => `${address}/p2p/${this.peerId}`)
  }

  nearby(): NearbyNode[] {
    return this.nearbyNodes.list()
  }

  interfaces(): InterfaceReport[] {
    return readInterfaces(this.init.interfaces).map((on) => ({
      name: on.name,
      addresses: [...on.ip4, ...on.ip6],
      internal: on.internal,
      connectionsIn: this.arrivals.countOn(on),
      ...this.discovery.report(on),
    }))
  }

  probe(): void {
    this.discovery.probe()
  }

  wayTo(address: string): Way {
    const host = parseEndpoint(address)?.host ?? ''
    const on = interfaceTo(host, readInterfaces(this.init.interfaces))
    const family = isIP(host)
    const here = this.host.listening().filter((each) => isIP(each.host) === family)
    const there = here.find((each) => on && [...on.ip4, ...on.ip6].includes(each.host))
    return { interface: on?.name, port: (there ?? here[0])?.port }
  }

  knock(device: DeviceId, addresses: readonly string[], signal: AbortSignal): Promise<Knock> {
    return knock(this.host.connect.bind(this.host), device, addresses, signal)
  }

  traffic(): Traffic {
    return { ...this.links.traffic }
  }

  keep(device: DeviceId, addresses: readonly string[]): void {
    if (device === this.device) return
    const known = addresses.flatMap((address) => parseEndpoint(address)?.address ?? [])
    this.supervisor.keep(device, known)
  }

  isOwn(address: string): boolean {
    return this.host.isOwn(address)
  }

  release(device: DeviceId): void {
    this.supervisor.release(device)
  }

  session(device: DeviceId): Session | undefined {
    return this.links.table.get(device)
  }

  async reach(target: Target, signal: AbortSignal): Promise<Session> {
    const endpoints = target.addresses.flatMap((address) => parseEndpoint(address) ?? [])
    if (target.addresses.length > 0 && endpoints.length === 0) {
      throw new TidingsError('bad_input', `"${target.addresses[0]}" is not an address of a node`)
    }
    const device = target.device ?? endpoints[0]?.device
    if (device === this.device)
      throw new TidingsError('contact_is_self', 'that is this node itself')
    const held = device && this.links.table.get(device)
    if (held) return held
    const addresses = this.addressesFor(device, endpoints)
    if (!device) return this.links.connect(undefined, addresses, signal)
    // A dial of the supervisor that is under way may not know these addresses.
    const session = await untilAborted(this.links.running(device), signal)
    return session ?? this.links.dial(device, addresses, signal)
  }

  private addressesFor(device: DeviceId | undefined, endpoints: readonly Endpoint[]): string[] {
    const given = endpoints.filter((one) => !one.device || !device || one.device === device)
    const known = device ? this.supervisor.addresses(device) : []
    const all = [...given.map(({ address }) => address), ...known]
    return [...new Set(all)].slice(0, ADDRESSES_PER_PEER_MAX)
  }

  /** Where this node listens on an interface. */
  private addressesOn(on: NetInterface): string[] {
    const ips = new Set([...on.ip4, ...on.ip6])
    return this.host.listening().flatMap(({ host, address }) => (ips.has(host) ? [address] : []))
  }

  private makeDiscovery(): Discovery {
    const { init } = this
    return new Discovery({
      device: this.device,
      peerId: this.peerId,
      port: init.mdns.port,
      announce: () => init.announce(),
      addressesOn: (on) => this.addressesOn(on),
      nearby: this.nearbyNodes,
      heard: (device) => this.supervisor.heard(device),
      trouble: (where, message) => this.trouble(where, message),
      now: this.now,
      random: Math.random,
      logger: libp2pLogger(init.log),
      log: init.log.child({ part: 'discovery' }),
    })
  }

  private networkChanged({ interfaces, fresh }: InterfaceChange): void {
    this.host.networkChanged()
    this.init.log.info({ interfaces: interfaces.map(({ name }) => name), fresh }, 'network changed')
    this.arrivals.update(interfaces)
    if (this.init.mdns.enabled) this.discovery.update(interfaces)
    // Also where something only went: what led over it is dead, and another way may be there.
    for (const session of this.links.table.all()) session.probe()
    if (fresh) this.supervisor.networkChanged()
  }

  private trouble(where: string, message: string | undefined): void {
    if (this.troubles.get(where) === message) return
    if (message === undefined) this.troubles.delete(where)
    else this.troubles.set(where, message)
    guarded(this.init.log, 'trouble', this.hooks.trouble.bind(this.hooks))(where, message)
  }
}
