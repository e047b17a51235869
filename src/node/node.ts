// The node as front ends see it: the contract of node-types over the parts that node.ts wires.
import type { Archives } from '../store/archive/archives.ts'
import { encodeInvite } from '../wire/invite.ts'
import { type Activity, activityOf } from './activity.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import { followLives } from './follow-lives.ts'
import type { NodeGroups } from './groups/group-types.ts'
import { nodeGroups } from './groups/node-groups.ts'
import { Lives } from './lives.ts'
import type { DisappearView } from './messages/disappearing.ts'
import type { ExportOptions, ExportPage } from './messages/exporter.ts'
import { changesIn } from './messages/message-changer.ts'
import type { HistoryOptions } from './messages/pages.ts'
import type { NodeInit } from './node-init.ts'
import type {
  ContactDetails,
  ContactQuota,
  ContactView,
  Cursor,
  Identity,
  MessageChanges,
  MessageView,
  NearbyView,
  NodeEvent,
  SendOptions,
  Sent,
  TidingsNode,
} from './node-types.ts'
import type { NodeParts } from './parts.ts'
import { assertName, assertRequestText } from './people/contact-record.ts'
import type { SearchOptions, SearchResults } from './search/search-types.ts'
import type { NetworkSurvey } from './survey/survey-types.ts'
import { surveyNetwork } from './survey/survey.ts'
import type { SyncView } from './sync-view.ts'
import { LocalTalk } from './talk/local-talk.ts'
import type { ConversationView } from './talk/talk-types.ts'
import type { Trouble } from './troubles.ts'

/** Loads identity, contacts and logs; nothing is on the network until `start`. */
export async function createNode(init: NodeInit): Promise<LocalNode> {
  return new LocalNode(await Lives.load(init))
}

export class LocalNode implements TidingsNode {
  readonly damage: readonly string[]
  readonly groups: NodeGroups
  readonly changes: MessageChanges
  readonly archives: Archives
  readonly talk: LocalTalk
  private readonly lives: Lives
  private stopping: Promise<void> | undefined
  private surveying: Promise<NetworkSurvey> | undefined

  constructor(lives: Lives) {
    this.lives = lives
    this.groups = nodeGroups(lives)
    this.changes = changesIn(lives)
    this.talk = new LocalTalk(lives)
    this.damage = lives.current.init.store.damage
    this.archives = lives.archives
  }

  start(): Promise<void> {
    return this.lives.start()
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.lives.stop())
  }

  private get parts(): NodeParts {
    return this.lives.current
  }

  async rename(name: string): Promise<void> {
    assertName(name)
    if (name !== this.parts.self.record.name) await this.lives.rename(name)
  }

  identity(): Identity {
    const { self, net } = this.parts
    const { account, record } = self
    return { account, peerId: net.peerId, name: record.name, addresses: net.addresses() }
  }

  invite(): string {
    const { account, name, addresses } = this.identity()
    return encodeInvite({ account, name, hints: [{ device: this.parts.self.device, addresses }] })
  }

  nearby(): NearbyView[] {
    return this.parts.net.nearby().map((node) => this.parts.switchboard.nearbyView(node))
  }

  survey(): Promise<NetworkSurvey> {
    // Contacts answer one who asks at a time.
    const over = (): void => void (this.surveying = undefined)
    return (this.surveying ??= surveyNetwork(this.parts).finally(over))
  }

  activity(): Activity {
    return activityOf(this.parts, this.lives.traffic())
  }

  contacts(): ContactView[] {
    return this.parts.people.list()
  }

  async addContact(
    who: string,
    options: { message?: string; alias?: string },
    signal: AbortSignal,
  ): Promise<ContactView> {
    assertRequestText(options.message ?? '')
    return this.lives.once(async ({ people, messages }) => {
      const { contact, isRepeated } = await people.add(who, options, signal)
      // The words of a request are a message too: they open the conversation once it is accepted.
      const isSaid = isRepeated && messages.hasWritten(contact.conversation)
      if (options.message && !isSaid) await messages.send(contact.account, options.message)
      return contact
    })
  }

  acceptContact(who: string): Promise<ContactView> {
    return this.lives.once(({ people }) => people.accept(who))
  }

  rejectContact(who: string): Promise<ContactView> {
    return this.lives.once(({ people }) => people.reject(who))
  }

  blockContact(who: string): Promise<ContactView> {
    return this.lives.once(({ people }) => people.block(who))
  }

  unblockContact(who: string): Promise<ContactView> {
    return this.lives.once(({ people }) => people.unblock(who))
  }

  removeContact(who: string): Promise<ContactView> {
    return this.lives.once(({ people }) => people.remove(who))
  }

  renameContact(who: string, alias: string): Promise<ContactView> {
    return this.lives.once(({ people }) => people.rename(who, alias))
  }

  verifyContact(who: string, confirm: boolean): Promise<ContactDetails> {
    return this.lives.once(({ people }) => people.verify(who, confirm))
  }

  showContact(who: string): ContactDetails {
    return this.parts.people.show(who)
  }

  contactQuota(who: string, limit?: number | null | 'default'): Promise<ContactQuota> {
    return this.lives.once(async ({ people, quota, book }) => {
      const { account } = people.find(who)
      if (limit === 'default') await quota.setLimit(account, undefined)
      else if (limit !== undefined) await quota.setLimit(account, limit)
      return { ...book.view(people.find(account)), ...quota.of(account) }
    })
  }

  conversations(): Promise<ConversationView[]> {
    return this.parts.talk.conversations()
  }

  send(to: string, text: string, options: SendOptions = {}): Promise<Sent> {
    const since = this.lives.moves.count
    return this.lives.once(({ messages, talk, undo }) =>
      messages.send(to, text, this.lives.moves.named(options, since)).then((sent) => {
        undo.note(sent)
        return talk.sent(sent.conversation)?.then(() => sent) ?? sent
      }),
    )
  }

  async waitFor(
    id: string,
    state: 'delivered' | 'read',
    signal: AbortSignal,
  ): Promise<{ id: string; state: MessageView['state'] }> {
    const place = this.parts.messages.own(id)
    const message = { conversation: place.id, device: place.device, seq: place.seq }
    return this.lives.each(signal, (until) => {
      const { history, messages } = this.parts
      const now = this.lives.moves.placeNow(message)
      const here = history.messageId(now.conversation, now.device, now.seq)
      return messages.waitFor(here, state, until)
    })
  }

  history(conversation: string, options: HistoryOptions): Promise<MessageView[]> {
    return this.parts.messages.history(conversation, options)
  }

  search(options: SearchOptions): Promise<SearchResults> {
    return this.parts.search.find(options)
  }

  exportPage(conversation: string, options: ExportOptions): Promise<ExportPage> {
    return this.parts.exporter.page(conversation, options)
  }

  disappear(conversation: string, seconds?: number): Promise<DisappearView> {
    return this.lives.once(async ({ disappearing }) => {
      if (seconds === undefined) return disappearing.view(conversation)
      return disappearing.set(conversation, seconds)
    })
  }

  markRead(conversation: string, upTo?: string): Promise<void> {
    return this.lives.once(({ messages, talk }) =>
      talk.reading.mark(messages.resolve(conversation), upTo),
    )
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

  troubles(): Trouble[] {
    return this.lives.troubles.all()
  }

  cursor(): Cursor {
    return formatCursor(this.parts.ledger.newest)
  }

  async follow(
    { since: cursor, conversation: name }: { since?: Cursor; conversation?: string },
    listener: (event: NodeEvent) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { ledger, messages } = this.parts
    const conversation = name === undefined ? undefined : messages.resolve(name)
    const since = cursor === undefined ? undefined : parseCursor(cursor, ledger.newest)
    await followLives(this.lives, { since, conversation }, listener, signal)
  }
}
