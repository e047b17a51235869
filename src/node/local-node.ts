// The node as front ends see it: the contract of node-types over the parts that node.ts wires.
import type { AccountId, ConversationId } from '../core/id.ts'
import type { InterfaceReport } from '../net/net.ts'
import { encodeInvite } from '../wire/invite.ts'
import { compareCursors, formatCursor, parseCursor } from './cursor.ts'
import { Follower } from './follow.ts'
import type {
  ContactDetails,
  ContactView,
  ConversationView,
  Cursor,
  Identity,
  MessageView,
  NearbyView,
  NodeEvent,
  Sent,
  SyncView,
  TidingsNode,
} from './node-types.ts'
import type { NodeParts } from './node.ts'

export class LocalNode implements TidingsNode {
  readonly damage: readonly string[]
  private readonly parts: NodeParts
  private stopping: Promise<void> | undefined

  constructor(parts: NodeParts) {
    this.parts = parts
    this.damage = parts.init.store.damage
  }

  start(): Promise<void> {
    return this.parts.start()
  }

  stop(): Promise<void> {
    this.stopping ??= this.parts.stop()
    return this.stopping
  }

  identity(): Identity {
    const { self, net } = this.parts
    const { peerId } = net
    return { account: self.account, peerId, name: self.record.name, addresses: net.addresses() }
  }

  invite(): string {
    const { self, net } = this.parts
    const hints = [{ device: self.device, addresses: net.addresses() }]
    return encodeInvite({ account: self.account, name: self.record.name, hints })
  }

  nearby(): NearbyView[] {
    return this.parts.net.nearby().map((node) => this.parts.switchboard.nearbyView(node))
  }

  interfaces(): InterfaceReport[] {
    return this.parts.net.interfaces()
  }

  contacts(): ContactView[] {
    return this.parts.people.list()
  }

  async addContact(
    who: string,
    options: { message?: string; alias?: string },
    signal: AbortSignal,
  ): Promise<ContactView> {
    const { contact, isRepeated } = await this.parts.people.add(who, options, signal)
    // The words of a request are a message too: they open the conversation once it is accepted.
    if (options.message && !isRepeated)
      await this.parts.messages.send(contact.account, options.message)
    return contact
  }

  acceptContact(who: string): Promise<ContactView> {
    return this.parts.people.accept(who)
  }

  rejectContact(who: string): Promise<ContactView> {
    return this.parts.people.reject(who)
  }

  blockContact(who: string): Promise<ContactView> {
    return this.parts.people.block(who)
  }

  unblockContact(who: string): Promise<ContactView> {
    return this.parts.people.unblock(who)
  }

  removeContact(who: string): Promise<ContactView> {
    return this.parts.people.remove(who)
  }

  renameContact(who: string, alias: string): Promise<ContactView> {
    return this.parts.people.rename(who, alias)
  }

  verifyContact(who: string, confirm: boolean): Promise<ContactDetails> {
    return this.parts.people.verify(who, confirm)
  }

  showContact(who: string): ContactDetails {
    return this.parts.people.show(who)
  }

  conversations(): Promise<ConversationView[]> {
    return this.parts.messages.conversations()
  }

  send(to: string, text: string): Promise<Sent> {
    return this.parts.messages.send(to, text)
  }

  waitFor(
    id: string,
    state: 'delivered' | 'read',
    signal: AbortSignal,
  ): Promise<{ id: string; state: MessageView['state'] }> {
    return this.parts.messages.waitFor(id, state, signal)
  }

  history(
    conversation: string,
    options: { limit: number; before?: string },
  ): Promise<MessageView[]> {
    return this.parts.messages.history(conversation, options)
  }

  markRead(conversation: string, upTo?: string): Promise<void> {
    return this.parts.messages.markRead(conversation, upTo)
  }

  sync(conversation?: string): SyncView[] {
    return this.parts.messages.sync(conversation)
  }

  onTrouble(listener: (where: string, message: string) => void): () => void {
    return this.parts.bus.listen(
      ({ event }) => {
        if (event.type === 'trouble') listener(event.where, event.message)
      },
      { only: 'trouble' },
    )
  }

  cursor(): Cursor {
    return formatCursor(this.parts.ledger.newest)
  }

  async follow(
    options: { since?: Cursor; conversation?: string },
    listener: (event: NodeEvent) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { init, bus, book, history, ledger, messages } = this.parts
    let conversation: ConversationId | undefined
    if (options.conversation !== undefined) conversation = messages.resolve(options.conversation)
    const newest = (): typeof ledger.newest => ledger.newest
    // A cursor from beyond the newest event is of a database that was rolled back since.
    let since = options.since === undefined ? ledger.newest : parseCursor(options.since)
    if (compareCursors(since, ledger.newest) > 0) since = ledger.newest
    const contact = (account: AccountId): ContactView | undefined => {
      const record = book.get(account)
      return record && book.view(record)
    }
    const follower = new Follower(
      { store: init.store, bus, history, newest, contact },
      { since, conversation },
      listener,
    )
    await follower.run(signal)
  }
}
