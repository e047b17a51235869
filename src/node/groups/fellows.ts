// Sessions with members of groups who are no contacts: kept like those with contacts, as long as a
// group is exchanged with them.
import type { DeviceId } from '../../core/id.ts'
import type { Session } from '../../net/net.ts'
import type { NodeParts } from '../parts.ts'
import { placesToLook, toldAddresses } from '../people/whereabouts.ts'

export class Fellows {
  private readonly parts: NodeParts
  private readonly kept = new Set<DeviceId>()

  constructor(parts: NodeParts) {
    this.parts = parts
  }

  /** With every member of every group. */
  keepAll(): void {
    const { book, groups, net, receipts } = this.parts
    const wanted = new Set<DeviceId>()
    for (const account of groups.index.accounts()) {
      if (book.get(account)?.state === 'blocked') continue
      for (const device of groups.index.devicesOf(account)) wanted.add(device)
    }
    for (const device of wanted) {
      if (this.kept.has(device)) continue
      this.kept.add(device)
      // Where contacts are is known better.
      if (!book.holdsDevice(device)) net.keep(device, receipts.addresses(device))
    }
    for (const device of this.kept) {
      if (wanted.has(device)) continue
      this.kept.delete(device)
      if (!book.holdsDevice(device)) net.release(device)
    }
  }

  /** Whether sessions with a device are kept for the sake of a group. */
  keeps(device: DeviceId): boolean {
    return this.kept.has(device)
  }

  /** It tells where else it may be found. */
  met(session: Session): void {
    const { device } = session
    const { book, net, receipts } = this.parts
    if (!this.kept.has(device) || book.holdsDevice(device)) return
    net.keep(device, placesToLook(receipts.addresses(device), toldAddresses(session)))
  }
}
