// Meeting people: what happens when a session with somebody begins, from a stranger's request to
// the moment when both sides hold each other as contacts and messages may flow.
import { type AcceptPolicy, type Decision, hearContact, hearDecline } from '../core/acquaintance.ts'
import type { ContactFrame, DeclineFrame, Frame, HelloFrame } from '../core/frames.ts'
import type { AccountId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import type { Session, Standing } from '../net/net.ts'
import type { ContactRecord } from '../store/store.ts'
import type { ContactBook } from './people/contact-book.ts'
import { ContactNotes, type ContactNotesHooks } from './people/contact-notes.ts'
import { isHeld, isOffList, requestOf, withCommonRequest } from './people/contact-record.ts'
import { type DeviceListHooks, DeviceLists } from './people/device-lists.ts'
import { RequestQuota } from './people/request-quota.ts'
import { toldAddresses } from './people/whereabouts.ts'

export interface MeetingHooks extends DeviceListHooks, ContactNotesHooks {
  /** Both hold each other on this session: messages flow. */
  mutual(session: Session): void
  /** They no longer hold each other. */
  parted(session: Session): void
  /** The other side does not want to be a contact, or no longer does. */
  left(record: ContactRecord): void
  /** This node's Hello for that device. */
  hello(to: DeviceId): HelloFrame
}

export interface MeetingsInit {
  readonly book: ContactBook
  readonly policy: AcceptPolicy
  readonly log: Logger
  readonly now: () => number
}

export class Meetings {
  private readonly init: MeetingsInit
  private readonly hooks: MeetingHooks
  private readonly sessions = new Set<Session>()
  /** Sessions on which the peer said that it holds us. */
  private readonly offered = new Set<Session>()
  private readonly mutual = new Set<Session>()
  private readonly lists: DeviceLists
  private readonly notes: ContactNotes
  private readonly quota: RequestQuota
  /** Meetings change contacts one after another. */
  private work: Promise<void> = Promise.resolve()

  constructor(init: MeetingsInit, hooks: MeetingHooks) {
    this.init = init
    this.hooks = hooks
    const sessionsWith = (account: AccountId): Session[] => this.with(account)
    this.lists = new DeviceLists({ book: init.book, sessionsWith, log: init.log }, hooks)
    this.notes = new ContactNotes(init, hooks)
    this.quota = new RequestQuota(init.now)
  }

  /** What a peer is to us, once its Hello proved who it is. */
  admit(device: DeviceId, { devices }: HelloFrame): Standing {
    const record = this.init.book.get(devices.account)
    // Somebody blocked is told what strangers are told, and so does not learn of it.
    if (!record || !isHeld(record)) return 'stranger'
    // One that is not on the newest list is told of that list, and no more.
    return isOffList(record, device, devices) ? 'stranger' : 'contact'
  }

  isOnline(account: AccountId): boolean {
    for (const session of this.mutual) if (session.account === account) return true
    return false
  }

  isMutual(session: Session): boolean {
    return this.mutual.has(session)
  }

  begin(session: Session): void {
    this.sessions.add(session)
    void this.run(session, () => this.greet(session))
  }

  end(session: Session): void {
    this.sessions.delete(session)
    this.offered.delete(session)
    if (!this.mutual.delete(session)) return
    this.hooks.parted(session)
    void this.notes.seen(session)
  }

  /** Handles what belongs to meeting: resolves once that is done. Undefined for other frames. */
  frame(session: Session, frame: Frame): Promise<void> | undefined {
    if (frame.type === 'contact') return this.run(session, () => this.heardContact(session, frame))
    if (frame.type === 'devices') this.lists.heard(session, frame.list)
    if (frame.type === 'decline') return this.run(session, () => this.heardDecline(session, frame))
    return undefined
  }

  /** The user holds this contact: they hear of it, and where they hold us too messages flow. */
  held(record: ContactRecord): void {
    this.offer(record)
    for (const session of this.with(record.account)) {
      if (this.offered.has(session) && record.state === 'friend') this.becomeMutual(session)
    }
  }

  decline(record: ContactRecord): void {
    for (const session of this.with(record.account)) {
      session.send({ type: 'decline', request: record.request })
    }
  }

  /** The user no longer holds this contact: every session with it ends. */
  part(account: AccountId, reason: string): void {
    for (const session of this.with(account)) session.close('parted', reason)
  }

  private offer(record: ContactRecord): void {
    for (const session of this.with(record.account)) {
      // Strangers are not told where this node listens.
      if (session.standing === 'stranger') session.send(this.hooks.hello(session.device))
      session.promote()
      session.send({ type: 'contact', request: record.request, text: record.requestText })
    }
  }

  private with(account: AccountId): Session[] {
    return [...this.sessions].filter((session) => session.account === account)
  }

  mutualSessions(account: AccountId): Session[] {
    return [...this.mutual].filter((session) => session.account === account)
  }

  /** Resolves when nothing about contacts is being written. */
  async idle(): Promise<void> {
    await this.work
    await this.init.book.idle()
  }

  private async greet(session: Session): Promise<void> {
    const { account, hello } = session
    const record = this.init.book.get(account)
    if (!record || !isHeld(record) || this.lists.tell(session, record)) return
    session.send({ type: 'contact', request: record.request, text: record.requestText })
    await this.lists.meet(session)
    await this.notes.addresses(session)
    await this.notes.name(record, hello.name)
  }

  private async heardContact(session: Session, frame: ContactFrame): Promise<void> {
    if (this.lists.isOff(session)) return
    const { account, hello } = session
    const { book } = this.init
    this.offered.add(session)
    let decision: Decision = { outcome: 'ignore' }
    let refused = false
    const record = await book.change(account, (known) => {
      decision = hearContact(known, frame.request, this.init.policy)
      const becomes = decision.outcome === 'mutual' && decision.becomes
      // Accepting without asking is no reason to know strangers without end.
      const isNew = decision.outcome === 'ask' || (becomes && known?.state !== 'requested')
      refused = isNew && !this.quota.take(book.all(), session)
      if (refused) return known
      if (decision.outcome === 'ask') return this.asking(session, frame, known)
      // Removed and added again while this node was away: both keep one id from here on, too.
      if (known?.state === 'friend') return withCommonRequest(known, frame.request)
      if (!becomes) return known
      const asked = known?.state === 'requested' ? known : this.asking(session, frame, known)
      const both = withCommonRequest(asked, frame.request)
      return { ...both, name: hello.name, state: 'friend' }
    })
    if (refused) return session.close('too_busy', 'too many contact requests; try again later')
    if (decision.outcome === 'ignore') return
    await this.lists.meet(session)
    this.answer(session, frame, decision, record)
  }

  private answer(
    session: Session,
    frame: ContactFrame,
    decision: Decision,
    record: ContactRecord | undefined,
  ): void {
    if (decision.outcome === 'decline') {
      session.send({ type: 'decline', request: frame.request })
    } else if (decision.outcome === 'mutual' && record) {
      if (decision.becomes) this.offer(record)
      this.becomeMutual(session)
    }
  }

  private asking(
    session: Session,
    { request, text }: ContactFrame,
    known: ContactRecord | undefined,
  ): ContactRecord {
    const { account, device, hello } = session
    const requestedAtMs = this.init.now()
    const asked = { name: hello.name, request, requestText: text, requestedAtMs }
    return requestOf(account, { device, addresses: toldAddresses(session) }, asked, known)
  }

  private becomeMutual(session: Session): void {
    if (!this.sessions.has(session) || this.mutual.has(session)) return
    session.promote()
    this.mutual.add(session)
    this.hooks.mutual(session)
    void this.notes.seen(session)
    void this.run(session, () => this.notes.addresses(session))
  }

  private async heardDecline(session: Session, frame: DeclineFrame): Promise<void> {
    const { book } = this.init
    let ended = false
    const record = await book.change(session.account, (known) => {
      ended = hearDecline(known, frame.request)
      return ended && known ? { ...known, state: 'incoming', declined: true } : known
    })
    if (!ended || !record) return
    this.hooks.left(record)
    session.close('parted', 'they do not hold each other')
  }

  private run(session: Session, work: () => Promise<void>): Promise<void> {
    this.work = this.work.then(work).catch((error: unknown) => {
      this.init.log.error({ err: error, peer: session.device }, 'meeting a peer failed')
      session.close('internal', 'this node had a problem')
    })
    return this.work
  }
}
