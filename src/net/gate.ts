// Who may come in. Contacts always may; nodes that are not contacts share a small quota, so that no
// crowd of strangers, and no single machine, can use up the connections that contacts need.
import type { MultiaddrConnection, PeerId } from '@libp2p/interface'

import type { DeviceId } from '../core/id.ts'
import { STRANGER_SESSIONS_MAX, STRANGER_SESSIONS_PER_ADDRESS_MAX } from '../core/limits.ts'
import { hostOf } from './address.ts'
import { deviceOfPeer } from './identity.ts'

type Incoming = Pick<MultiaddrConnection, 'remoteAddr' | 'status' | 'addEventListener'>

export class Gate {
  private readonly isContact: (device: DeviceId) => boolean
  private readonly inside = new Map<Incoming, { device: DeviceId; host: string }>()

  constructor(isContact: (device: DeviceId) => boolean) {
    this.isContact = isContact
  }

  /** Called once the other side proved who it is, before it gets a stream. */
  deny(peer: PeerId, connection: Incoming): boolean {
    const device = deviceOfPeer(peer)
    // One that is gone already would hold its place for ever.
    if (!device || connection.status !== 'open') return true
    if (this.isContact(device)) return false
    const host = hostOf(connection.remoteAddr)
    const strangers = [...this.inside.values()].filter((one) => !this.isContact(one.device))
    if (strangers.length >= STRANGER_SESSIONS_MAX) return true
    const neighbours = strangers.filter((one) => one.host === host)
    if (neighbours.length >= STRANGER_SESSIONS_PER_ADDRESS_MAX) return true
    this.inside.set(connection, { device, host })
    connection.addEventListener('close', () => this.inside.delete(connection))
    return false
  }
}
