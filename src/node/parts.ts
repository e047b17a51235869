// The parts of a node: they join store and net, run the sync engine between them, and do what
// people ask for. This file only composes; what the parts do is in their own files.
import type { DeviceList } from '../core/frames.ts'
import type { AccountId, ConversationId } from '../core/id.ts'
import { TICK_MS } from '../core/limits.ts'
import type { Net, NetInit } from '../net/net.ts'
import { type Acknowledgements, makeAcknowledgements } from './acknowledgements.ts'
import { Announcer } from './announcer.ts'
import { Appender } from './appender.ts'
import { ContactBook } from './contact-book.ts'
import { isHeld } from './contact-record.ts'
import { Conversations } from './conversations.ts'
import type { EventBus } from './event-bus.ts'
import { Forks } from './forks.ts'
import { History } from './history.ts'
import type { Self } from './identity.ts'
import { LateRecords } from './late-records.ts'
import { Ledger } from './ledger.ts'
import { Meetings } from './meetings.ts'
import { Messages } from './messages.ts'
import type { NodeInit } from './node-init.ts'
import { OwnLog } from './own-log.ts'
import { People } from './people.ts'
import { makeQuota, type Quota } from './quota.ts'
import { makeReceipts, type Receipts } from './receipts.ts'
import type { OwnFork } from './renewal.ts'
import { Replicator } from './replicator.ts'
import { makeSearch, type Search } from './search/search.ts'
import { Switchboard } from './switchboard.ts'
import type { Troubles } from './troubles.ts'

/** What ends the life of one device of a node (lives.ts). */
export interface LifeHooks {
  /** Another copy of the database writes as this device. */
  ownFork(fork: OwnFork): void
  /** Somebody showed a device list of this node's own account. */
  ownDevices(list: DeviceList): void
}

/** What goes on from one life to the next. */
export interface Lasting {
  readonly bus: EventBus
  readonly troubles: Troubles
}

/** Everything that a node consists of while it acts as one device, with one device list. */
export class NodeParts {
  readonly init: NodeInit
  readonly self: Self
  readonly bus: EventBus
  readonly ledger: Ledger
  readonly replicator: Replicator
  readonly records: LateRecords
  readonly receipts: Receipts
  readonly quota: Quota
  readonly book: ContactBook
  readonly meetings: Meetings
  readonly appender: Appender
  readonly history: History
  readonly announcer: Announcer
  readonly acknowledgements: Acknowledgements
  readonly conversations: Conversations
  readonly forks: Forks
  readonly switchboard: Switchboard
  readonly net: Net
  readonly people: People
  readonly messages: Messages
  readonly search: Search
  private timer: NodeJS.Timeout | undefined
  private starting: Promise<void> | undefined
  private ending = false

  constructor(init: NodeInit, self: Self, { bus, troubles }: Lasting, hooks: LifeHooks) {
    const { store, log, now, uptimeMs, random, peerIdOf } = init
    const { account: me, device, devices, signer } = self
    this.init = init
    this.self = self
    this.bus = bus
    this.records = new LateRecords(store, log)
    const receipts = (this.receipts = makeReceipts(this))
    this.quota = makeQuota(this)
    const ledger = (this.ledger = this.makeLedger())
    const replicator = (this.replicator = this.makeReplicator(hooks))
    const myName = (): string => self.record.name
    const isOnline = (account: AccountId): boolean => this.meetings.isOnline(account)
    const tell: Announcer['tell'] = (event, cursor) => this.announcer.tell(event, cursor)
    const book = (this.book = new ContactBook({ store, ledger, me, myName, isOnline, tell }))
    const conversations = new Conversations({ self, book, ledger, replicator })
    this.conversations = conversations
    const policy = init.accept
    this.meetings = new Meetings(
      { book, policy, log, now },
      {
        mutual: (session) => this.switchboard.mutual(session),
        parted: (session) => this.switchboard.parted(session),
        listens: (at, addresses) => this.people.listens(at, addresses),
        renamed: (account, from, to) => {
          const imitates = book.imitations.by(to, account)
          bus.emit({ type: 'renamed', account, from, to, imitates })
        },
        devices: (account, count) => this.newDevice(account, count),
        ownDevices: (list) => hooks.ownDevices(list),
      },
    )
    const { meetings } = this
    const sync = (): Replicator['current'] => replicator.current
    const ownLog = new OwnLog({ me: device, sync, receipts, store })
    const writing = { store, signer, ledger, replicator, ownLog, now, uptimeMs }
    const appender = (this.appender = new Appender({ me: device, ...writing }))
    const progress: Announcer['progress'] = (...log) => this.announcer.progress(...log)
    const read = { store, ledger, conversations, devices, progress }
    const history = (this.history = new History(read))
    this.announcer = new Announcer({ book, bus, troubles, receipts, history, devices, log })
    const hasRoom = (account: AccountId): boolean => this.quota.hasRoom(account)
    this.forks = new Forks({ store, ledger, conversations, hasRoom, bus, log, now })
    this.acknowledgements = makeAcknowledgements(this)
    this.switchboard = new Switchboard(this)
    const { name } = self.record
    const announce = (): ReturnType<NetInit['announce']> => ({ account: me, name })
    const netInit = { ...init.net, deviceSeed: self.deviceSeed, announce, log }
    const net = (this.net = init.createNet(netInit, this.switchboard.hooks()))
    const known = (account: AccountId): void => conversations.open(account)
    const people = new People({ book, meetings, net, store, me, now, random, peerIdOf, known })
    this.people = people
    const parts = { book, people, meetings, ledger, replicator, receipts, appender, history, bus }
    const tellRead: Switchboard['tellRead'] = (...told) => this.switchboard.tellRead(...told)
    this.messages = new Messages({ ...parts, names: conversations, self, tellRead })
    this.search = makeSearch(this)
  }

  async load(): Promise<void> {
    await this.ledger.load()
    await this.book.load()
    for (const { account } of this.book.all()) this.conversations.open(account)
    await this.ledger.settle()
    await this.quota.load()
    this.search.index.start()
  }

  start(): Promise<void> {
    this.starting ??= this.goOnline().catch((error: unknown) => {
      // It may be tried again.
      this.starting = undefined
      throw error
    })
    return this.starting
  }

  /** What fails from here on may work in the next life. */
  get isEnding(): boolean {
    return this.ending
  }

  /** Leaves the network, and finishes what is being written. The database stays open. */
  async end(): Promise<void> {
    this.ending = true
    // What is still starting would go on after it.
    await this.starting?.catch(() => {})
    clearInterval(this.timer)
    await this.net.stop()
    await this.meetings.idle()
    await this.forks.idle()
    await this.search.index.end()
    await this.ledger.close()
    await this.acknowledgements.idle()
    // Its failure was logged; peers tell again.
    await this.records.flush().catch(() => {})
  }

  private async goOnline(): Promise<void> {
    await this.quota.start()
    await this.net.start()
    this.people.keepAll()
    this.timer = setInterval(() => {
      this.replicator.tick()
      this.appender.retry()
      void this.quota.look()
    }, TICK_MS)
  }

  private makeLedger(): Ledger {
    const { store, log } = this.init
    return new Ledger(store, log, {
      count: (batch, runs) => this.quota.count(batch, runs),
      countProof: (batch, id, device, bytes) =>
        this.quota.countMore(batch, this.conversations.authorOf(id, device), bytes),
      written: (written) => {
        this.quota.written(written.runs)
        this.replicator.stored(written.runs, written.position)
        this.acknowledgements.stored(written.runs)
        this.appender.stored(written.runs)
        this.announcer.written(written)
        this.search.index.noticed(written.shown)
      },
      failed: (runs, error) => {
        this.quota.lost(runs)
        this.replicator.storeFailed(runs)
        this.appender.failed(runs, error)
        this.announcer.trouble('disk', error.message)
      },
      isWanted: ({ from, run }) => from === undefined || this.isHeld(run.conversation),
      dropped: (runs) => {
        this.quota.lost(runs)
        this.replicator.storeFailed(runs)
      },
    })
  }

  private newDevice(account: AccountId, devices: number): void {
    const name = this.conversations.nameOf(account)
    this.bus.emit({ type: 'device', account, name, devices })
  }

  private isHeld(conversation: ConversationId): boolean {
    const account = this.book.withConversation(conversation)
    const record = account && this.book.get(account)
    return record !== undefined && isHeld(record)
  }

  private makeReplicator(hooks: LifeHooks): Replicator {
    const { store, log, uptimeMs } = this.init
    return new Replicator(
      { self: this.self, store, log, uptimeMs },
      {
        store: (run) => {
          this.quota.take(run)
          this.ledger.write(run)
        },
        holds: (heard) => this.acknowledgements.heard(heard),
        remember: (peer, token) => this.acknowledgements.remember(peer, token),
        forked: (run, proof) => this.forks.found(run, proof),
        prove: ({ conversation, device, held }, send) =>
          this.forks.prove(conversation, device, held, send),
        agreed: (run) => this.forks.agreed(run),
        ownFork: (fork) => {
          this.forks.own(fork.conversation, fork.device)
          hooks.ownFork(fork)
        },
        ended: (conversation) => this.forks.ended(conversation),
      },
    )
  }
}
