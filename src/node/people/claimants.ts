// Devices nearby that claim to be of somebody whose devices are not known yet, as of a contact that
// was added by its id: that is where to look. Anybody can claim it, for any number of devices. So
// few are looked for at once, nothing is written down, and one that is heard no more makes room.
import type { AccountId, DeviceId } from '../../core/id.ts'
import { CLAIMANTS_MAX } from '../../core/limits.ts'
import type { NearbyNode, Net } from '../../net/net.ts'
import type { ContactBook } from './contact-book.ts'
import { devicesToKeep, isHeld } from './contact-record.ts'

export interface ClaimantsInit {
  readonly book: Pick<ContactBook, 'get' | 'holdsDevice'>
  readonly net: Pick<Net, 'keep' | 'nearby' | 'release'>
  /** The devices that are kept for the sake of groups. */
  readonly fellowship: { keeps(device: DeviceId): boolean }
}

export class Claimants {
  private readonly init: ClaimantsInit
  private readonly kept = new Map<DeviceId, AccountId>()

  constructor(init: ClaimantsInit) {
    this.init = init
  }

  /** Whether sessions with a device are kept for the sake of its claim. */
  keeps(device: DeviceId): boolean {
    return this.kept.has(device)
  }

  /** A node is heard, says something else, or is not heard any more. */
  changed(node: NearbyNode, present: boolean): void {
    if (present) return this.take(node)
    this.drop(node.device)
    // What had no room before may have it now.
    const { account } = node
    for (const one of this.init.net.nearby()) if (one.account === account) this.take(one)
  }

  /** Who is held, or which devices are theirs, is something else now. */
  review(): void {
    for (const [device, account] of this.kept) {
      if (!this.isWanted(account, device)) this.drop(device)
    }
  }

  private take({ account, device }: NearbyNode): void {
    const { net } = this.init
    if (account === undefined || this.keeps(device) || !this.isWanted(account, device)) return
    const rivals = [...this.kept.values()].filter((claimed) => claimed === account)
    if (rivals.length >= CLAIMANTS_MAX) return
    this.kept.set(device, account)
    net.keep(device, [])
  }

  /** Whom the user holds; of a device that is known already a claim says nothing. */
  private isWanted(account: AccountId, device: DeviceId): boolean {
    const record = this.init.book.get(account)
    // Once the signed list is known, only its devices count.
    if (!record || !isHeld(record) || record.devices) return false
    return !devicesToKeep(record).has(device) && !this.isKnown(device)
  }

  private drop(device: DeviceId): void {
    if (this.kept.delete(device) && !this.isKnown(device)) this.init.net.release(device)
  }

  private isKnown(device: DeviceId): boolean {
    return this.init.book.holdsDevice(device) || this.init.fellowship.keeps(device)
  }
}
