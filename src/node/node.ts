// The node: joins store and net, runs the sync engine between them, and offers what people do.
// This file only composes; what the parts do is in their own files.
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import { TICK_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { Net, NetHooks, NetInit } from '../net/net.ts'
import type { Store } from '../store/store.ts'
import { Announcer } from './announcer.ts'
import { Appender } from './appender.ts'
import { ContactBook } from './contact-book.ts'
import { isHeld } from './contact-record.ts'
import { Conversations } from './conversations.ts'
import { EventBus } from './event-bus.ts'
import { Forks } from './forks.ts'
import { History } from './history.ts'
import { type Self, takeIdentity } from './identity.ts'
import { LateRecords } from './late-records.ts'
import { Ledger } from './ledger.ts'
import { LocalNode } from './local-node.ts'
import { Meetings } from './meetings.ts'
import { Messages } from './messages.ts'
import type { AcceptPolicy } from './node-types.ts'
import { OwnLog } from './own-log.ts'
import { People } from './people.ts'
import { Receipts } from './receipts.ts'
import { Replicator } from './replicator.ts'
import { Switchboard } from './switchboard.ts'

export interface NodeInit {
  /** Owned by the node from here on: `stop` closes it. */
  readonly store: Store & { readonly damage: readonly string[] }
  /** Display name, for a profile that has no identity yet. */
  readonly name: string
  readonly agent: string
  readonly accept: AcceptPolicy
  readonly net: Omit<NetInit, 'deviceSeed' | 'announce' | 'log'>
  readonly createNet: (init: NetInit, hooks: NetHooks) => Net
  readonly peerIdOf: (device: DeviceId) => string
  readonly log: Logger
  /** Wall time in ms, shown to people: it may jump in either direction. */
  readonly now: () => number
  /** Milliseconds that never go back, for all that waits. */
  readonly uptimeMs: () => number
  readonly random: (bytes: number) => Uint8Array
}

/** Loads identity, contacts and logs; nothing is on the network until `start`. */
export async function createNode(init: NodeInit): Promise<LocalNode> {
  const self = await takeIdentity(init.store, init.name, init.random)
  const parts = new NodeParts(init, self)
  await parts.load()
  return new LocalNode(parts)
}

/** Everything a node consists of. */
export class NodeParts {
  readonly init: NodeInit
  readonly self: Self
  readonly bus: EventBus
  readonly ledger: Ledger
  readonly replicator: Replicator
  readonly records: LateRecords
  readonly receipts: Receipts
  readonly book: ContactBook
  readonly meetings: Meetings
  readonly appender: Appender
  readonly history: History
  readonly announcer: Announcer
  readonly conversations: Conversations
  readonly forks: Forks
  readonly switchboard: Switchboard
  readonly net: Net
  readonly people: People
  readonly messages: Messages
  private timer: NodeJS.Timeout | undefined
  private starting: Promise<void> | undefined

  constructor(init: NodeInit, self: Self) {
    const { store, log, now, uptimeMs, random, peerIdOf } = init
    const { account: me, device, signer } = self
    this.init = init
    this.self = self
    const bus = (this.bus = new EventBus(log))
    this.records = new LateRecords(store, log)
    const receipts = (this.receipts = this.makeReceipts())
    const ledger = (this.ledger = this.makeLedger())
    const replicator = (this.replicator = this.makeReplicator())
    const isOnline = (account: AccountId): boolean => this.meetings.isOnline(account)
    const tell: Announcer['tell'] = (event, cursor) => this.announcer.tell(event, cursor)
    const book = (this.book = new ContactBook({ store, ledger, me, isOnline, tell }))
    const conversations = new Conversations({ self, book, ledger, replicator, store })
    this.conversations = conversations
    const policy = init.accept
    this.meetings = new Meetings(
      { book, policy, log, now },
      {
        mutual: (session) => this.switchboard.mutual(session),
        parted: (session) => this.switchboard.parted(session),
        listens: (at, addresses) => this.people.listens(at, addresses),
        renamed: (account, from, to) => bus.emit({ type: 'renamed', account, from, to }),
      },
    )
    const { meetings } = this
    const isForked = (id: ConversationId): boolean => this.forks.isOwn(id, device)
    const sync = (): Replicator['current'] => replicator.current
    const ownLog = new OwnLog({ me: device, sync, receipts, isForked })
    const writing = { signer, ledger, replicator, ownLog, now, uptimeMs }
    const appender = (this.appender = new Appender({ me: device, ...writing }))
    const progress: Announcer['progress'] = (id) => this.announcer.progress(id)
    const history = (this.history = new History({ store, ledger, conversations, device, progress }))
    this.announcer = new Announcer({ book, bus, receipts, history, device, log })
    this.forks = new Forks({ store, ledger, conversations, bus, log, now })
    this.switchboard = new Switchboard(this)
    const announce = (): ReturnType<NetInit['announce']> => ({
      account: me,
      name: self.record.name,
    })
    const netInit = { ...init.net, deviceSeed: self.deviceSeed, announce, log }
    const net = (this.net = init.createNet(netInit, this.switchboard.hooks()))
    const known = (account: AccountId): void => conversations.open(account)
    const people = new People({ book, meetings, net, store, me, now, random, peerIdOf, known })
    this.people = people
    const parts = { book, people, meetings, ledger, replicator, receipts, appender, history, bus }
    this.messages = new Messages({ ...parts, me: { account: me, device } })
  }

  async load(): Promise<void> {
    await this.ledger.load()
    await this.book.load()
    for (const { account } of this.book.all()) this.conversations.open(account)
    await this.ledger.settle()
  }

  start(): Promise<void> {
    this.starting ??= this.goOnline()
    return this.starting
  }

  /** Whatever fails on the way, the database is closed. */
  async stop(): Promise<void> {
    // What is still starting would go on after it.
    await this.starting?.catch(() => {})
    clearInterval(this.timer)
    this.appender.close()
    try {
      await this.net.stop()
      await this.meetings.idle()
      await this.forks.idle()
      await this.ledger.idle()
      // Its failure was logged; peers tell again.
      await this.records.flush().catch(() => {})
    } finally {
      await this.init.store.close()
    }
  }

  private async goOnline(): Promise<void> {
    await this.net.start()
    this.people.keepAll()
    this.timer = setInterval(() => {
      this.replicator.tick()
      this.appender.retry()
    }, TICK_MS)
  }

  private makeReceipts(): Receipts {
    const me = this.self.device
    return new Receipts({
      records: this.records,
      me,
      ownSeq: (id) => this.ledger.conversation(id).get(me)?.head.seq ?? 0,
      accountOf: (device) => this.book.accountOf(device),
    })
  }

  private makeLedger(): Ledger {
    const { store, log } = this.init
    return new Ledger(store, log, {
      written: (written) => {
        this.replicator.stored(written.runs, written.position)
        this.appender.stored(written.runs)
        this.announcer.written(written)
      },
      failed: (runs, error) => {
        this.replicator.storeFailed(runs)
        this.appender.failed(runs, error)
        this.announcer.trouble('disk', error.message)
      },
      isWanted: ({ from, run }) => from === undefined || this.isHeld(run.conversation),
      dropped: (runs) => this.replicator.storeFailed(runs),
    })
  }

  private isHeld(conversation: ConversationId): boolean {
    const account = this.book.withConversation(conversation)
    const record = account && this.book.get(account)
    return record !== undefined && isHeld(record)
  }

  private makeReplicator(): Replicator {
    const { store, log, uptimeMs } = this.init
    return new Replicator(
      { me: this.self.device, store, log, uptimeMs },
      {
        store: (run) => this.ledger.write(run),
        holds: (peer, conversation, clock) => this.announcer.holds(peer, conversation, clock),
        remember: (peer, token) => this.receipts.setToken(peer, token),
        forked: (run, proof) => this.forks.found(run, proof),
        prove: ({ conversation, device, held }, send) =>
          this.forks.prove(conversation, device, held, send),
        agreed: (run) => this.forks.agreed(run),
        ownFork: ({ conversation, device }) => this.forks.own(conversation, device),
      },
    )
  }
}
