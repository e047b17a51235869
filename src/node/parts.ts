// The parts of a node: they join store and net, run the sync engine between them, and do what
// people ask for. This file only composes; what the parts do is in their own files.
import type { DeviceList } from '../core/frames.ts'
import type { AccountId } from '../core/id.ts'
import { TICK_MS } from '../core/limits.ts'
import type { SyncState } from '../core/sync/state.ts'
import type { Net, NetInit } from '../net/net.ts'
import { type Acknowledgements, makeAcknowledgements } from './acknowledgements.ts'
import { Conversations } from './conversations.ts'
import type { EventBus } from './event-bus.ts'
import type { Forks } from './forks.ts'
import { Fellowship } from './groups/fellowship.ts'
import { GroupActions } from './groups/group-actions.ts'
import { GroupKeys } from './groups/group-keys.ts'
import type { Groups } from './groups/groups.ts'
import { OpenGroups } from './groups/open-groups.ts'
import { Vouching } from './groups/vouching.ts'
import { LateRecords } from './late-records.ts'
import { Appender } from './ledger/appender.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Meetings } from './meetings.ts'
import { Announcer } from './messages/announcer.ts'
import { Deadlines } from './messages/deadlines.ts'
import { Disappearing } from './messages/disappearing.ts'
import { Exporter } from './messages/exporter.ts'
import { History } from './messages/history.ts'
import { MessageChanger } from './messages/message-changer.ts'
import { Messages } from './messages/messages.ts'
import { ProgressBook } from './messages/progress.ts'
import { Timers } from './messages/timers.ts'
import { Undo } from './messages/undo.ts'
import type { NodeInit } from './node-init.ts'
import { OwnLog } from './own-log.ts'
import { ContactBook } from './people/contact-book.ts'
import type { Self } from './people/identity.ts'
import { People } from './people/people.ts'
import { makeQuota, type Quota } from './quota.ts'
import type { Receipts } from './receipts.ts'
import type { OwnFork } from './renewal.ts'
import type { Replicator } from './replicator.ts'
import { makeSearch, type Search } from './search/search.ts'
import { Sharing } from './sharing.ts'
import type { DialBacks } from './survey/dial-backs.ts'
import { Switchboard } from './switchboard.ts'
import { Talk } from './talk/talk.ts'
import type { Troubles } from './troubles.ts'
import {
  makeDialBacks,
  makeForks,
  makeGroups,
  makeLedger,
  makeMeetings,
  makeReceipts,
  makeReplicator,
  openAwaited,
} from './wiring.ts'

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
  readonly deadlines: Deadlines
  readonly timers: Timers
  readonly book: ContactBook
  readonly groups: Groups
  readonly groupKeys: GroupKeys
  readonly sharing: Sharing
  readonly fellowship: Fellowship
  readonly vouching: Vouching
  readonly groupActions: GroupActions
  readonly openGroups: OpenGroups
  readonly meetings: Meetings
  readonly appender: Appender
  readonly ownLog: OwnLog
  readonly history: History
  readonly announcer: Announcer
  readonly progress: ProgressBook
  readonly acknowledgements: Acknowledgements
  readonly conversations: Conversations
  readonly forks: Forks
  readonly switchboard: Switchboard
  readonly net: Net
  readonly dialBacks: DialBacks
  readonly people: People
  readonly messages: Messages
  readonly changer: MessageChanger
  readonly undo = new Undo(this)
  readonly talk: Talk
  readonly disappearing: Disappearing
  readonly exporter: Exporter
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
    const deadlines = (this.deadlines = new Deadlines({ store, devices, now }))
    this.quota = makeQuota(this)
    const ledger = (this.ledger = makeLedger(this))
    const timers = (this.timers = new Timers({
      store,
      ledger,
      counts: (id, place) => this.groups.counts(id, place),
    }))
    const replicator = (this.replicator = makeReplicator(this, hooks))
    const myName = (): string => self.record.name
    const isOnline = (account: AccountId): boolean => this.meetings.isOnline(account)
    const tell: Announcer['tell'] = (event, cursor) => this.announcer.tell(event, cursor)
    const book = (this.book = new ContactBook({ store, ledger, me, myName, isOnline, tell }))
    const groups = (this.groups = makeGroups(this))
    const heard = { self, book, groups, ledger, replicator }
    const conversations = (this.conversations = new Conversations(heard))
    const sharing = (this.sharing = new Sharing(this))
    const fellowship = (this.fellowship = new Fellowship(this))
    this.vouching = new Vouching(this)
    this.groupActions = new GroupActions(this)
    this.openGroups = new OpenGroups(this)
    const meetings = (this.meetings = makeMeetings(this, hooks))
    const sync = (): SyncState => replicator.current
    const ownLog = (this.ownLog = new OwnLog({ me: device, sync, receipts, conversations, store }))
    const groupKeys = (this.groupKeys = new GroupKeys(this))
    const encode: GroupKeys['encode'] = (...entry) => groupKeys.encode(...entry)
    const writing = { store, signer, ledger, replicator, ownLog, encode, now, uptimeMs }
    const appender = (this.appender = new Appender({ me: device, ...writing }))
    const progress = (this.progress = new ProgressBook({ self, conversations, groups, receipts }))
    const read = { store, ledger, conversations, groups, devices, progress, deadlines }
    const history = (this.history = new History(read))
    const told = { conversations, bus, troubles, receipts, history, progress, devices, log }
    this.announcer = new Announcer(told)
    this.forks = makeForks(this)
    this.acknowledgements = makeAcknowledgements(this)
    this.switchboard = new Switchboard(this)
    const announce = (): ReturnType<NetInit['announce']> => ({ account: me, name: myName() })
    const netInit = { ...init.net, deviceSeed: self.deviceSeed, announce, log }
    const net = (this.net = init.createNet(netInit, this.switchboard.hooks()))
    this.dialBacks = makeDialBacks(this)
    const known = (account: AccountId): void => conversations.open(account)
    const fellows = (): ReturnType<Conversations['fellows']> => conversations.fellows()
    const about = { book, meetings, net, store, me, now, random, peerIdOf }
    const people = (this.people = new People({ ...about, fellowship, known, fellows }))
    const parts = { book, groups, people, sharing, ledger, replicator, receipts, appender, bus }
    const shown = { history, timers, names: conversations }
    const messages = (this.messages = new Messages({ ...parts, ...shown, self }))
    this.changer = new MessageChanger({ appender, conversations, history, messages })
    this.talk = new Talk(this)
    this.disappearing = new Disappearing({ messages, conversations, appender, timers })
    this.exporter = new Exporter({ store, me, ledger, conversations, history, messages })
    this.search = makeSearch(this)
  }

  async load(): Promise<void> {
    await this.receipts.load()
    await this.ledger.load()
    await this.book.load()
    await this.groups.load()
    this.conversations.openAll()
    await this.ledger.settle()
    openAwaited(this, this.ledger.conversationIds())
    await this.timers.load()
    await this.quota.load()
    await this.talk.unread.load()
    this.search.index.start()
    await this.groupKeys.load()
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
    this.talk.typing.stop()
    await this.net.stop()
    await this.meetings.idle()
    await this.fellowship.idle()
    await this.vouching.idle()
    await this.groupKeys.idle()
    await this.forks.idle()
    await this.search.index.end()
    await this.ledger.close()
    await this.acknowledgements.idle()
    // Its failure was logged; peers tell again.
    await this.records.flush().catch(() => {})
    await this.settle()
  }

  private async settle(): Promise<void> {
    const { store, log } = this.init
    try {
      await this.groups.rest()
      if (store.damage.length === 0) await store.settle()
    } catch (error) {
      log.debug({ error: String(error) }, 'the next start looks at every conversation')
    }
  }

  private async goOnline(): Promise<void> {
    await this.quota.start()
    await this.net.start()
    this.people.keepAll()
    this.fellowship.begin()
    this.timer = setInterval(() => {
      this.replicator.tick()
      this.vouching.tick()
      this.appender.retry()
      void this.quota.look()
    }, TICK_MS)
  }
}
