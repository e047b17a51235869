// Where the network meets the rest of the node: what it is told on Hello, and where the frames of
// each session go.
import {
  type Frame,
  GROUP_FRAMES,
  type GroupFrame,
  type HelloFrame,
  type SyncFrame,
} from '../core/frames.ts'
import type { AccountId, DeviceId } from '../core/id.ts'
import { ADDRESS_CHARS_MAX, HELLO_ADDRESSES_MAX } from '../core/limits.ts'
import type { NetHooks, NearbyNode, Session, SessionHandler } from '../net/net.ts'
import { Breaks } from './breaks.ts'
import { Inbox } from './inbox.ts'
import type { NearbyView } from './node-types.ts'
import type { NodeParts } from './parts.ts'

export const PROTOCOL_VERSION = 1

export class Switchboard {
  private readonly parts: NodeParts
  private readonly breaks: Breaks

  constructor(parts: NodeParts) {
    this.parts = parts
    this.breaks = new Breaks({
      nameOf: (account) => parts.conversations.nameOf(account),
      trouble: (where, message) => parts.announcer.trouble(where, message),
    })
  }

  hooks(): NetHooks {
    const { bus, meetings, receipts, announcer } = this.parts
    return {
      hello: (to) => this.hello(to),
      isContact: (device) => this.isContact(device),
      admit: (device, hello) => meetings.admit(device, hello),
      session: (session) => this.session(session),
      nearbyChanged: (node, present) => {
        this.parts.people.claimants.changed(node, present)
        bus.emit({ type: 'nearby', node: this.nearbyView(node), present })
      },
      verified: (device, address) => receipts.setAddress(device, address),
      trouble: (where, message) => announcer.trouble(where, message),
    }
  }

  hello(to: DeviceId): HelloFrame {
    const { init, receipts, self } = this.parts
    const isContact = this.isContact(to)
    const resume = isContact ? receipts.token(to) : undefined
    const { devices, name } = self.record
    const { agent } = init
    const addresses = isContact ? this.listening() : []
    const said = { version: PROTOCOL_VERSION, devices, name, agent, addresses }
    return { type: 'hello', ...said, ...(resume && { resume }) }
  }

  nearbyView(node: NearbyNode): NearbyView {
    const { account, name, peerId, addresses } = node
    const record = account === undefined ? undefined : this.parts.book.get(account)
    const contact = record && !record.declined ? record.state : undefined
    const { imitations } = this.parts.book
    // An alias given to this very name tells it apart.
    const isKnownSo = record !== undefined && record.name === name
    const imitates = isKnownSo ? imitations.byContact(record) : imitations.by(name, account)
    const own = account === this.parts.self.account
    return { account, name, peerId, addresses, contact, own, imitates }
  }

  /** Both hold each other: messages flow. */
  mutual(session: Session): void {
    const { conversations, sharing } = this.parts
    const { account } = session
    conversations.open(account)
    sharing.mutual(session)
    this.presence(account)
  }

  parted(session: Session): void {
    this.parts.replicator.disconnected(session)
    this.parts.talk.parted(session)
    this.presence(session.account)
  }

  private isContact(device: DeviceId): boolean {
    const { book, fellowship, people } = this.parts
    return book.holdsDevice(device) || fellowship.keeps(device) || people.claimants.believes(device)
  }

  /** Where contacts find this node, without the peer id. */
  private listening(): string[] {
    return this.parts.net
      .addresses()
      .map((address) => address.replace(/\/p2p\/\w+$/, ''))
      .filter((address) => address.length <= ADDRESS_CHARS_MAX)
      .slice(0, HELLO_ADDRESSES_MAX)
  }

  private session(session: Session): SessionHandler {
    const { dialBacks, fellowship, meetings, replicator, sharing, talk } = this.parts
    sharing.begin(session)
    fellowship.met(session)
    meetings.begin(session)
    const take = (frame: Frame): Promise<void> | undefined => {
      const work = meetings.frame(session, frame)
      if (work) return work
      if (isGroupFrame(frame)) return fellowship.frame(session, frame)
      this.route(session, frame)
      return undefined
    }
    const inbox = new Inbox(session, take, this.parts.init.log)
    return {
      frame: (frame) => inbox.push(frame),
      congested: (congested) => replicator.congested(session, congested),
      closed: (code) => {
        this.breaks.ended(session, code)
        inbox.close()
        sharing.end(session)
        meetings.end(session)
        dialBacks.ended(session)
        replicator.disconnected(session)
        talk.parted(session)
      },
    }
  }

  private route(session: Session, frame: Frame): void {
    const { dialBacks, fellowship, groupKeys, replicator, sharing, talk } = this.parts
    if (frame.type === 'hello') return fellowship.met(session)
    if (frame.type === 'group_key') return groupKeys.heard(session, frame)
    if (frame.type === 'dial_back' || frame.type === 'dialed_back') {
      return dialBacks.frame(session, frame)
    }
    if (!sharing.hears(session)) return
    if (frame.type === 'read') {
      talk.reading.heard(session, frame).catch((error: unknown) => this.warn(error))
    } else if (frame.type === 'typing') {
      talk.heardTyping(session, frame.conversation, !frame.stopped)
    } else if (isSyncFrame(frame)) {
      // Before the token that stands for it.
      if (frame.type === 'clocks_wanted') talk.reading.again(session, frame.conversations)
      replicator.frame(session, frame)
    }
  }

  private presence(account: AccountId): void {
    const { bus, conversations, meetings } = this.parts
    const online = meetings.isOnline(account)
    bus.emit({ type: 'presence', account, name: conversations.nameOf(account), online })
  }

  private warn(error: unknown): void {
    this.parts.init.log.warn({ err: error }, 'something in the background failed')
  }
}

const SYNC_FRAMES: ReadonlySet<string> = new Set<SyncFrame['type']>([
  'clocks',
  'clocks_wanted',
  'want',
  'credit',
  'run',
  'fork',
])

function isGroupFrame(frame: Frame): frame is GroupFrame {
  return GROUP_FRAMES.some((type) => type === frame.type)
}

function isSyncFrame(frame: Frame): frame is SyncFrame {
  return SYNC_FRAMES.has(frame.type)
}
