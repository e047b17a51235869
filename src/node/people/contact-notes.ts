// What a meeting leaves behind about a contact: where its devices listen, what it is called, when
// it was here. None of it is needed for messages to flow, so nothing of it that cannot be kept,
// for want of room on the disk, ends a session.
import { isDeepStrictEqual } from 'node:util'

import type { AccountId, DeviceId } from '../../core/id.ts'
import type { Logger } from '../../core/logger.ts'
import type { Session } from '../../net/net.ts'
import type { ContactRecord } from '../../store/store.ts'
import type { ContactBook } from './contact-book.ts'
import { isHeld, mergeHints } from './contact-record.ts'
import { toldAddresses } from './whereabouts.ts'

export interface ContactNotesInit {
  readonly book: Pick<ContactBook, 'get' | 'update'>
  readonly log: Logger
}

export interface ContactNotesHooks {
  renamed(account: AccountId, from: string, to: string): void
  /** A contact's device told where it listens. */
  listens(device: DeviceId, addresses: readonly string[]): void
}

/** No method rejects. */
export class ContactNotes {
  private readonly init: ContactNotesInit
  private readonly hooks: ContactNotesHooks

  constructor(init: ContactNotesInit, hooks: ContactNotesHooks) {
    this.init = init
    this.hooks = hooks
  }

  /** Where the device says that it listens: to look there when discovery does not reach. */
  async addresses(session: Session): Promise<void> {
    const { account, device } = session
    const addresses = toldAddresses(session)
    if (addresses.length === 0) return
    await this.kept(account, (known) => {
      const hint = known.hints.find((each) => each.device === device)
      if (isDeepStrictEqual(hint?.addresses, addresses)) return known
      return { ...known, hints: mergeHints([{ device, addresses }], known.hints) }
    })
    // They may have been removed meanwhile.
    const now = this.init.book.get(account)
    if (now && isHeld(now)) this.hooks.listens(device, addresses)
  }

  /** What the contact calls itself now. */
  async name({ account, name: before }: ContactRecord, name: string): Promise<void> {
    if (before === name) return
    const isKept = await this.kept(account, (known) => ({ ...known, name }))
    if (isKept && before !== '') this.hooks.renamed(account, before, name)
  }

  async seen({ account, heardAtMs: lastSeenMs }: Session): Promise<void> {
    await this.kept(account, (known) => ({ ...known, lastSeenMs }))
  }

  private async kept(...change: Parameters<ContactBook['update']>): Promise<boolean> {
    try {
      await this.init.book.update(...change)
      return true
    } catch (error) {
      this.init.log.warn({ err: error }, 'a contact was not updated')
      return false
    }
  }
}
