// Devices nearby that claim to be of a contact, and are not known to be: of one that was added by
// its id that is where to look, and one whose devices are known may have a new one, which cannot
// dial this node where a firewall is. Anybody can claim it, for any number of devices. So few are
// looked for at once, nothing is written down, and one that is heard no more makes room.
import type { AccountId, DeviceId } from '../../core/id.ts'
import { CLAIMANTS_MAX, CLAIMANTS_OF_KNOWN_MAX } from '../../core/limits.ts'
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

  /** Whether a device is taken for one of somebody of whom none is known, until a Hello tells. */
  believes(device: DeviceId): boolean {
    const account = this.kept.get(device)
    return account !== undefined && !this.init.book.get(account)?.devices
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
    const { book, net } = this.init
    if (account === undefined || this.kept.has(device) || !this.isWanted(account, device)) return
    const rivals = [...this.kept.values()].filter((claimed) => claimed === account)
    const most = book.get(account)?.devices ? CLAIMANTS_OF_KNOWN_MAX : CLAIMANTS_MAX
    if (rivals.length >= most) return
    this.kept.set(device, account)
    net.keep(device, [])
  }

  /** Whom the user holds; of a device that is known already a claim says nothing. */
  private isWanted(account: AccountId, device: DeviceId): boolean {
    const record = this.init.book.get(account)
    if (!record || !isHeld(record)) return false
    return !devicesToKeep(record).has(device) && !this.isKnown(device)
  }

  private drop(device: DeviceId): void {
    if (this.kept.delete(device) && !this.isKnown(device)) this.init.net.release(device)
  }

  private isKnown(device: DeviceId): boolean {
    return this.init.book.holdsDevice(device) || this.init.fellowship.keeps(device)
  }
}
