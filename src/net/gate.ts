// Who may come in. Contacts always may, with a few connections each; nodes that are not contacts
// share a small quota, so that no crowd of strangers, no single machine and no single contact can
// use up the connections that others need.
//
// Before its handshake nobody can be told from a contact. So when too many wait, no newcomer is
// refused, but one goes that had its chance: an honest handshake takes a moment, and whoever only
// pretends to make one is pushed out by the next.
import type { MultiaddrConnection, PeerId } from '@libp2p/interface'

import type { DeviceId } from '../core/id.ts'
import {
  CONTACT_CONNECTIONS_MAX,
  INBOUND_PENDING_MAX,
  STRANGER_SESSIONS_MAX,
  STRANGER_SESSIONS_PER_ADDRESS_MAX,
} from '../core/limits.ts'
import { hostOf } from './address.ts'
import { deviceOfPeer } from './identity.ts'

type Incoming = Pick<MultiaddrConnection, 'remoteAddr' | 'status' | 'addEventListener' | 'abort'>

export class Gate {
  private readonly isContact: (device: DeviceId) => boolean
  private readonly inside = new Map<Incoming, { device: DeviceId; host: string }>()
  /** Connections that have not proved who they are, the oldest first, and their hosts. */
  private readonly waiting = new Map<Incoming, string>()

  constructor(isContact: (device: DeviceId) => boolean) {
    this.isContact = isContact
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
    if (this.isContact(device)) this.makeRoom(device)
    else if (!this.hasRoom(host)) return true
    this.inside.set(connection, { device, host })
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

  /** Whether one more stranger may come in from there. */
  private hasRoom(host: string): boolean {
    const strangers = [...this.inside.values()].filter((one) => !this.isContact(one.device))
    const neighbours = strangers.filter((one) => one.host === host)
    return (
      strangers.length < STRANGER_SESSIONS_MAX &&
      neighbours.length < STRANGER_SESSIONS_PER_ADDRESS_MAX
    )
  }

  /** The oldest of the host that has the most. */
  private pushOut(): void {
    const counts = new Map<string, number>()
    for (const host of this.waiting.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
    const most = Math.max(...counts.values())
    for (const [connection, host] of this.waiting) {
      if (counts.get(host) !== most) continue
      this.waiting.delete(connection)
      connection.abort(new Error('too many connections wait for their handshake'))
      return
    }
  }
}
