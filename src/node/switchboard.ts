// Where the network meets the rest of the node: what it is told on Hello, and where the frames of
// each session go.
import type { Frame, ReadFrame, SyncFrame } from '../core/frames.ts'
import type { AccountId, DeviceId } from '../core/id.ts'
import { ADDRESS_CHARS_MAX, ADDRESSES_PER_PEER_MAX, HELLO_ADDRESSES_MAX } from '../core/limits.ts'
import type { Run } from '../core/run.ts'
import type { NetHooks, NearbyNode, Session, SessionHandler } from '../net/net.ts'
import { encodeRun } from '../wire/records.ts'
import { isHeld } from './contact-record.ts'
import { Inbox } from './inbox.ts'
import type { NearbyView } from './node-types.ts'
import type { NodeParts } from './node.ts'

export const PROTOCOL_VERSION = 1

export class Switchboard {
  private readonly parts: NodeParts

  constructor(parts: NodeParts) {
    this.parts = parts
  }

  hooks(): NetHooks {
    const { bus, meetings, receipts, announcer, self, init } = this.parts
    return {
      hello: (to) => {
        const resume = receipts.token(to)
        const { devices, name } = self.record
        const { agent } = init
        const addresses = this.isContact(to) ? this.listening() : []
        const said = { version: PROTOCOL_VERSION, devices, name, agent, addresses }
        return { type: 'hello', ...said, ...(resume && { resume }) }
      },
      isContact: (device) => this.isContact(device),
      admit: (_device, hello) => meetings.admit(hello),
      session: (session) => this.session(session),
      nearbyChanged: (node, present) => {
        if (present) this.parts.people.noticed(node).catch((error: unknown) => this.warn(error))
        bus.emit({ type: 'nearby', node: this.nearbyView(node), present })
      },
      verified: (device, address) => this.verified(device, address),
      trouble: (where, message) => announcer.trouble(where, message),
    }
  }

  nearbyView(node: NearbyNode): NearbyView {
    const { account, name, peerId, addresses } = node
    const record = account && this.parts.book.get(account)
    const contact = record && !record.declined ? record.state : undefined
    return { account, name, peerId, addresses, contact }
  }

  /** Both hold each other: messages flow. */
  mutual(session: Session): void {
    const { book, conversations, receipts, replicator, self } = this.parts
    const { device, account } = session
    conversations.open(account)
    const conversation = book.conversationWith(account)
    const theirs = new Map([[conversation, receipts.holds(device, conversation)]])
    const token = receipts.token(device)
    replicator.connected(session, new Set([conversation]), { theirs, token })
    const seqs = receipts.read(self.account, conversation)
    if (seqs.size > 0) session.send({ type: 'read', clock: { conversation, seqs } })
    this.presence(account)
  }

  parted(session: Session): void {
    this.parts.replicator.disconnected(session)
    this.presence(session.account)
  }

  /** A device signed two different logs: keep the proof, stop there, tell the user. */
  forked(run: Run): void {
    const { bus, conversations, init, ledger } = this.parts
    const { conversation, device } = run
    const proof = Buffer.from(encodeRun(run)).toString('base64')
    const account = conversations.authorOf(conversation, device)
    const name = conversations.nameOf(account)
    init.log.error({ conversation, device }, 'a device has signed two different logs')
    ledger
      .markForked(conversation, device, proof, init.now())
      .then(() => bus.emit({ type: 'fork', conversation, account, name }))
      .catch((error: unknown) => this.warn(error))
  }

  private isContact(device: DeviceId): boolean {
    const { book } = this.parts
    const account = book.accountOf(device)
    const record = account && book.get(account)
    return record !== undefined && isHeld(record)
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
    const { meetings, replicator } = this.parts
    meetings.begin(session)
    const inbox = new Inbox(session, (frame) => {
      const work = meetings.frame(session, frame)
      if (!work) this.route(session, frame)
      return work
    })
    return {
      frame: (frame) => inbox.push(frame),
      congested: (congested) => replicator.congested(session, congested),
      closed: () => {
        inbox.close()
        meetings.end(session)
        replicator.disconnected(session)
      },
    }
  }

  private route(session: Session, frame: Frame): void {
    const { meetings, replicator } = this.parts
    if (!meetings.isMutual(session)) return
    if (frame.type === 'read') this.heardRead(session.account, frame)
    else if (isSyncFrame(frame)) replicator.frame(session, frame)
  }

  private heardRead(account: AccountId, { clock }: ReadFrame): void {
    const { announcer, book } = this.parts
    if (clock.conversation !== book.conversationWith(account)) return
    announcer.read(account, clock).catch((error: unknown) => this.warn(error))
  }

  private presence(account: AccountId): void {
    const { bus, conversations, meetings } = this.parts
    const online = meetings.isOnline(account)
    bus.emit({ type: 'presence', account, name: conversations.nameOf(account), online })
  }

  private verified(device: DeviceId, address: string): void {
    const { book, init } = this.parts
    const account = book.accountOf(device)
    const known = init.store.get('peer', device)
    if (!account || known?.addresses[0] === address) return
    const others = (known?.addresses ?? []).filter((each) => each !== address)
    const addresses = [address, ...others].slice(0, ADDRESSES_PER_PEER_MAX)
    const batch = init.store.batch()
    batch.put('peer', device, { device, account, addresses, token: known?.token })
    init.store.commit(batch).catch((error: unknown) => this.warn(error))
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
])

function isSyncFrame(frame: Frame): frame is SyncFrame {
  return SYNC_FRAMES.has(frame.type)
}
