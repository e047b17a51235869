// Who may come in. Contacts always may, with a few connections each; nodes that are not contacts
// share a small quota, so that no crowd of strangers, no single machine and no single contact can
// use up the connections that others need. Where it is used up, one of them goes that had its
// chance, or that has more neighbours inside than the newcomer: whoever holds all places, honest or
// not, keeps nobody else out.
//
// Before its handshake nobody can be told from a contact. So when too many wait, no newcomer is
// refused, but one goes that had its chance: an honest handshake takes a moment, and whoever only
// pretends to make one is pushed out by the next.
import type { MultiaddrConnection, PeerId } from '@libp2p/interface'

import type { DeviceId } from '../core/id.ts'
import {
  CONTACT_CONNECTIONS_MAX,
  INBOUND_PENDING_MAX,
  STRANGER_CHANCE_MS,
  STRANGER_SESSIONS_MAX,
  STRANGER_SESSIONS_PER_ADDRESS_MAX,
} from '../core/limits.ts'
import { hostOf } from './address.ts'
import { deviceOfPeer } from './identity.ts'

export type Crowding = Pick<MultiaddrConnection, 'remoteAddr' | 'abort'>

type Incoming = Pick<MultiaddrConnection, 'remoteAddr' | 'status' | 'addEventListener' | 'abort'>

export interface GateInit {
  readonly isContact: (device: DeviceId) => boolean
  /** A stranger is to go: others find no place. */
  readonly crowdedOut: (device: DeviceId, connection: Crowding) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
}

interface Inside {
  readonly device: DeviceId
  readonly host: string
  readonly since: number
}

export class Gate {
  private readonly init: GateInit
  /** The oldest first. */
  private readonly inside = new Map<Incoming, Inside>()
  /** Connections that have not proved who they are, the oldest first, and their hosts. */
  private readonly waiting = new Map<Incoming, string>()

  constructor(init: GateInit) {
    this.init = init
  }

  /** Called for a connection before its handshake. */
  knock(connection: Incoming): void {
    this.waiting.set(connection, hostOf(connection.remoteAddr))
    connection.addEventListener('close', () => this.waiting.delete(connection))
    if (this.waiting.size > INBOUND_PENDING_MAX) this.pushOut()
  }

  /** Called once the other side proved who it is, before it gets a stream. */
  deny(peer: PeerId, connection: Incoming): boolean {
    this.waiting.delete(connection)
    const device = deviceOfPeer(peer)
    // One that is gone already would hold its place for ever.
    if (!device || connection.status !== 'open') return true
    const host = hostOf(connection.remoteAddr)
    if (this.init.isContact(device)) this.makeRoom(device)
    else if (!this.findPlace(host)) return true
    this.inside.set(connection, { device, host, since: this.init.now() })
    connection.addEventListener('close', () => this.inside.delete(connection))
    return false
  }

  /** Whoever has as many connections as one node can use loses the oldest, and harms nobody. */
  private makeRoom(device: DeviceId): void {
    const own = [...this.inside].filter(([, one]) => one.device === device)
    const [oldest] = own
    if (!oldest || own.length < CONTACT_CONNECTIONS_MAX) return
    this.inside.delete(oldest[0])
    oldest[0].abort(new Error('too many connections of one node'))
  }

  /** Whether one more stranger may come in from there, maybe instead of another. */
  private findPlace(host: string): boolean {
    const strangers = [...this.inside].filter(([, { device }]) => !this.init.isContact(device))
    const neighbours = strangers.filter(([, one]) => one.host === host)
    const isShareUsed = neighbours.length >= STRANGER_SESSIONS_PER_ADDRESS_MAX
    if (!isShareUsed && strangers.length < STRANGER_SESSIONS_MAX) return true
    const rivals = isShareUsed ? neighbours : largestCrowd(strangers)
    const [oldest] = rivals
    if (!oldest) return false
    const [connection, { device, since }] = oldest
    const hadChance = this.init.now() - since >= STRANGER_CHANCE_MS
    if (!hadChance && rivals.length <= neighbours.length + 1) return false
    this.inside.delete(connection)
    this.init.crowdedOut(device, connection)
    return true
  }

  private pushOut(): void {
    const waiting = [...this.waiting].map(([connection, host]) => [connection, { host }] as const)
    const [oldest] = largestCrowd(waiting)
    if (!oldest) return
    this.waiting.delete(oldest[0])
    oldest[0].abort(new Error('too many connections wait for their handshake'))
  }
}

/** Those of the host that has the most, in their order; of several such the one of the oldest. */
function largestCrowd<T extends readonly [unknown, { readonly host: string }]>(
  all: readonly T[],
): readonly T[] {
  const crowds = [...Map.groupBy(all, ([, { host }]) => host).values()]
  const most = Math.max(...crowds.map(({ length }) => length))
  return crowds.find(({ length }) => length === most) ?? []
}
