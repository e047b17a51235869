// The node: joins store and net, runs the sync engine between them, and offers what people do.
// This file only composes; what the parts do is in their own files.
import type { AccountId, DeviceId } from '../core/id.ts'
import { TICK_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { Net, NetHooks, NetInit } from '../net/net.ts'
import type { Store } from '../store/store.ts'
import { Announcer } from './announcer.ts'
import { Appender } from './appender.ts'
import { ContactBook } from './contact-book.ts'
import { Conversations } from './conversations.ts'
import { EventBus } from './event-bus.ts'
import { History } from './history.ts'
import { type Self, takeIdentity } from './identity.ts'
import { Ledger } from './ledger.ts'
import { LocalNode } from './local-node.ts'
import { Meetings } from './meetings.ts'
import { Messages } from './messages.ts'
import type { AcceptPolicy } from './node-types.ts'
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
  readonly receipts: Receipts
  readonly book: ContactBook
  readonly meetings: Meetings
  readonly appender: Appender
  readonly history: History
  readonly announcer: Announcer
  readonly conversations: Conversations
  readonly switchboard: Switchboard
  readonly net: Net
  readonly people: People
  readonly messages: Messages
  private timer: NodeJS.Timeout | undefined

  constructor(init: NodeInit, self: Self) {
    const { store, log, now, random, peerIdOf } = init
    const { account: me, device, signer } = self
    this.init = init
    this.self = self
    const bus = (this.bus = new EventBus(log))
    const receipts = (this.receipts = new Receipts(store, log))
    const ledger = (this.ledger = this.makeLedger())
    const replicator = (this.replicator = this.makeReplicator())
    const isOnline = (account: AccountId): boolean => this.meetings.isOnline(account)
    const book = (this.book = new ContactBook({ store, ledger, bus, me, isOnline }))
    const conversations = new Conversations({ self, book, ledger, replicator })
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
    const appender = (this.appender = new Appender({ me: device, signer, ledger, replicator, now }))
    const progress: Announcer['progress'] = (id) => this.announcer.progress(id)
    const history = (this.history = new History({ store, ledger, conversations, device, progress }))
    this.announcer = new Announcer({ book, bus, receipts, history, device, log })
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

  async start(): Promise<void> {
    await this.net.start()
    this.people.keepAll()
    this.timer = setInterval(() => {
      this.replicator.tick()
      this.appender.retry()
    }, TICK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.appender.close()
    await this.net.stop()
    await this.meetings.idle()
    await this.ledger.idle()
    await this.receipts.close()
    await this.init.store.close()
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
    })
  }

  private makeReplicator(): Replicator {
    const { store, log, uptimeMs } = this.init
    return new Replicator(
      { me: this.self.device, store, log, uptimeMs },
      {
        store: (run) => this.ledger.write(run),
        holds: (peer, conversation, clock) => this.announcer.holds(peer, conversation, clock),
        remember: (peer, token) => this.receipts.setToken(peer, token),
        forked: (run) => this.switchboard.forked(run),
      },
    )
  }
}
