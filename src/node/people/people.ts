// What the user does with people: ask, accept, turn down, block, rename, verify. Each change is on
// disk before it is reported, then carried to the network.
import { TidingsError } from '../../core/errors.ts'
import { type AccountId, type DeviceId, isId } from '../../core/id.ts'
import { REACH_TIMEOUT_MS } from '../../core/limits.ts'
import type { Net } from '../../net/net.ts'
import type { ContactRecord, Store } from '../../store/store.ts'
import type { Meetings } from '../meetings.ts'
import type { ContactDetails, ContactView } from '../node-types.ts'
import { Claimants } from './claimants.ts'
import type { ContactBook } from './contact-book.ts'
import {
  accepted,
  assertName,
  devicesToKeep,
  isHeld,
  mergeHints,
  newContact,
  rejected,
} from './contact-record.ts'
import { safetyNumber } from './identity.ts'
import { type Candidate, findAnybody, findContact, parseAddress } from './names.ts'
import { addressesOf, foundAt, placesToLook } from './whereabouts.ts'
import { whoseAddress } from './whose-address.ts'

/** Random bytes of a request's id. */
const REQUEST_ID_BYTES = 8

export interface PeopleInit {
  readonly book: ContactBook
  readonly meetings: Meetings
  readonly net: Net
  readonly store: Store
  readonly me: AccountId
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
  readonly peerIdOf: (device: DeviceId) => string
  /** The devices that are kept for the sake of groups. */
  readonly fellowship: { keeps(device: DeviceId): boolean; keepAll(): void }
  readonly fellows: () => Iterable<Candidate>
  /** A contact's conversation exists or its writers changed. */
  readonly known: (account: AccountId) => void
}

export interface Added {
  readonly contact: ContactView
  /** The same was asked before, with the same words. */
  readonly isRepeated: boolean
}

export class People {
  readonly claimants: Claimants
  private readonly init: PeopleInit

  constructor(init: PeopleInit) {
    this.init = init
    this.claimants = new Claimants(init)
  }

  list(): ContactView[] {
    const { book } = this.init
    return [...book.all()].filter((record) => !record.declined).map((record) => book.view(record))
  }

  find(who: string): ContactRecord {
    const { book } = this.init
    // Whose an address is depends on more than contacts.
    if (who.startsWith('@')) return book.remembered(who, () => findContact(who, book.all()))
    return findContact(whoseAddress(who, this.init) ?? who, book.all())
  }

  /** Keeps sessions with every device of everybody that is held. */
  keepAll(): void {
    for (const record of this.init.book.all()) this.keep(record)
  }

  keep(record: ContactRecord): void {
    const { book, net } = this.init
    for (const [device, hinted] of devicesToKeep(record)) {
      if (!isHeld(record)) {
        if (!book.holdsDevice(device) && !this.init.fellowship.keeps(device)) net.release(device)
      } else net.keep(device, placesToLook(foundAt(device, this.init), hinted))
    }
  }

  /**
   * Sessions with somebody who is held no more are not kept, except for the sake of a group that
   * both are in, with whoever is not blocked.
   */
  letGo(record: ContactRecord): void {
    this.init.fellowship.keepAll()
    this.keep(record)
    this.claimants.review()
  }

  /** A kept device told where it listens. */
  listens(device: DeviceId, addresses: readonly string[]): void {
    this.init.net.keep(device, placesToLook(foundAt(device, this.init), addresses))
    this.claimants.review()
  }

  async add(
    who: string,
    options: { message?: string; alias?: string },
    signal: AbortSignal,
  ): Promise<Added> {
    const text = options.message ?? ''
    if (options.alias) assertName(options.alias)
    const candidate = await this.candidate(who, signal)
    const { account } = candidate
    if (account === this.init.me) {
      throw new TidingsError('contact_is_self', 'that is you; you cannot be your own contact')
    }
    const request = Buffer.from(this.init.random(REQUEST_ID_BYTES)).toString('hex')
    let isRepeated = false
    const record = await this.init.book.change(account, (known) => {
      if (known?.state === 'blocked') {
        throw new TidingsError('contact_blocked', 'you have blocked them; unblock them first')
      }
      const alias = options.alias ?? known?.alias ?? ''
      const hints = mergeHints(candidate.hints, known?.hints ?? [])
      isRepeated = known !== undefined && isHeld(known) && known.requestText === text
      if (known && isHeld(known)) return { ...known, alias, hints }
      // They asked already: this is the answer.
      if (known && !known.declined) return { ...known, alias, hints, state: 'friend' as const }
      return {
        ...newContact(account, { state: 'requested' }),
        ...(known && { verified: known.verified, devices: known.devices }),
        name: candidate.name || known?.name || '',
        alias,
        hints,
        request,
        requestText: text,
        requestedAtMs: this.init.now(),
      }
    })
    return { contact: this.hold(record), isRepeated }
  }

  async accept(who: string): Promise<ContactView> {
    const record = this.find(who)
    if (record.state === 'friend') return this.init.book.view(record)
    return this.hold(await this.init.book.change(record.account, (now = record) => accepted(now)))
  }

  async reject(who: string): Promise<ContactView> {
    const found = this.find(who)
    const record = await this.init.book.change(found.account, (now = found) => rejected(now))
    this.init.meetings.decline(record)
    return this.init.book.view(record)
  }

  async block(who: string): Promise<ContactView> {
    const record = await this.change(this.findAnybody(who), { state: 'blocked', declined: false })
    this.letGo(record)
    this.init.meetings.part(record.account, 'this session ends')
    return this.init.book.view(record)
  }

  async unblock(who: string): Promise<ContactView> {
    const blocked = this.find(who)
    if (blocked.state !== 'blocked') return this.init.book.view(blocked)
    return this.forget(blocked)
  }

  async remove(who: string): Promise<ContactView> {
    return this.forget(this.find(who))
  }

  async rename(who: string, alias: string): Promise<ContactView> {
    if (alias !== '') assertName(alias)
    return this.init.book.view(await this.change(this.find(who), { alias }))
  }

  async verify(who: string, confirm: boolean): Promise<ContactDetails> {
    const record = this.find(who)
    if (confirm && !record.verified) await this.change(record, { verified: true })
    return this.show(record.account)
  }

  show(who: string): ContactDetails {
    const record = this.find(who)
    const { book, net, store, me, peerIdOf } = this.init
    const devices = [...devicesToKeep(record)]
    const addresses = devices.flatMap((device) => addressesOf(...device, { net, store }))
    return {
      ...book.view(record),
      devices: devices.map(([device]) => ({
        device,
        peerId: peerIdOf(device),
        online: net.session(device) !== undefined,
      })),
      addresses: [...new Set(addresses)],
      safetyNumber: safetyNumber(me, record.account),
    }
  }

  private async candidate(who: string, signal: AbortSignal): Promise<Candidate> {
    const { book, net } = this.init
    const target = parseAddress(who)
    if (!target) {
      const wanted = who.replace(/^@/, '').toLowerCase()
      if (isId(wanted) && !book.get(wanted as AccountId)) {
        const account = wanted as AccountId
        const nodes = net.nearby().filter((node) => node.account === account)
        const hints = nodes.map(({ device, addresses }) => ({ device, addresses }))
        return { account, name: nodes[0]?.name ?? '', hints }
      }
      return findAnybody(who, book.all(), net.nearby(), this.init.fellows())
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REACH_TIMEOUT_MS)])
    const session = await net.reach(target, limit)
    const { device, account, hello, address } = session
    const addresses = session.initiator ? [address] : [...target.addresses]
    return { account, name: hello.name, hints: [{ device, addresses }] }
  }

  private findAnybody(who: string): ContactRecord {
    const { book, fellows, net } = this.init
    const meant = whoseAddress(who, this.init) ?? who
    const { account, name, hints } = findAnybody(meant, book.all(), net.nearby(), fellows())
    if (account === this.init.me) throw new TidingsError('contact_is_self', 'that is you')
    return book.get(account) ?? newContact(account, { state: 'blocked', name, hints })
  }

  private change(record: ContactRecord, fields: Partial<ContactRecord>): Promise<ContactRecord> {
    return this.init.book.change(record.account, (known = record) => ({ ...known, ...fields }))
  }

  private hold(record: ContactRecord): ContactView {
    this.init.known(record.account)
    this.keep(record)
    this.init.meetings.held(record)
    return this.init.book.view(record)
  }

  private async forget(known: ContactRecord): Promise<ContactView> {
    const record = await this.change(known, { state: 'incoming', declined: true, verified: false })
    this.letGo(record)
    this.init.meetings.decline(record)
    this.init.meetings.part(record.account, 'no longer a contact')
    return this.init.book.view(record)
  }
}
