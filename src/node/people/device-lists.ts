// Which devices people write from. A newer list of a contact is taken up; a device that does not
// know the newest list of its own account is told of it: two databases of one person may never meet
// each other, and learn of each other's devices from the contacts of both.
import { isDeepStrictEqual } from 'node:util'

import type { DeviceList } from '../../core/frames.ts'
import type { AccountId } from '../../core/id.ts'
import type { Logger } from '../../core/logger.ts'
import type { Session } from '../../net/net.ts'
import type { ContactRecord } from '../../store/store.ts'
import type { ContactBook } from './contact-book.ts'
import { isHeld, isOffList } from './contact-record.ts'

export interface DeviceListHooks {
  /** A contact has other devices now: so many. */
  devices(account: AccountId, count: number): void
  /** A contact knows this list of our own account. */
  ownDevices(list: DeviceList): void
}

export interface DeviceListsInit {
  readonly book: ContactBook
  readonly sessionsWith: (account: AccountId) => Iterable<Session>
  readonly log: Logger
}

export class DeviceLists {
  private readonly init: DeviceListsInit
  private readonly hooks: DeviceListHooks

  constructor(init: DeviceListsInit, hooks: DeviceListHooks) {
    this.init = init
    this.hooks = hooks
  }

  /** Whether a contact's newest list does not name the device: then it acts for nobody. */
  isOff({ account, device, hello }: Session): boolean {
    const record = this.init.book.get(account)
    return record !== undefined && isHeld(record) && isOffList(record, device, hello.devices)
  }

  /** Takes up a newer list. */
  async meet({ account, device, hello }: Session): Promise<void> {
    const { book, log, sessionsWith } = this.init
    const before = book.devicesOf(account)
    try {
      await book.meetDevices(account, hello.devices)
    } catch (error) {
      // For want of room on the disk. Messages flow with a device that was known before.
      if (!before.includes(device)) throw error
      log.warn({ err: error }, 'a device list was not kept')
      return
    }
    const record = book.get(account)
    if (!record?.devices) return
    const { devices } = record.devices
    const isNews = devices.some((device) => !before.includes(device))
    if (isNews && before.length > 0) this.hooks.devices(account, devices.length)
    // Other databases of the same person hear of this one from here.
    for (const session of sessionsWith(account)) this.tell(session, record)
  }

  /**
   * Tells a device of the newest list of its account, if it does not know that one. One that is not
   * on it has to be put there by its account first: its session ends.
   *
   * @returns whether it does
   */
  tell(session: Session, { devices: list }: ContactRecord): boolean {
    const { device, hello } = session
    if (!list || list.version < hello.devices.version) return false
    if (isDeepStrictEqual(list.devices, hello.devices.devices)) return false
    session.send({ type: 'devices', list })
    if (list.devices.includes(device)) return false
    session.close('parted', 'this device is not on the newest list of its account')
    return true
  }

  heard({ account }: Session, list: DeviceList): void {
    const record = this.init.book.get(account)
    if (record && isHeld(record)) this.hooks.ownDevices(list)
  }
}
