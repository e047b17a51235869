// A node without store or network for testing what lies above it: one contact, messages in memory,
// events that come when the test says so.
import { TidingsError } from '../../src/core/errors.ts'
import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { isFound, parseQuery } from '../../src/core/search/query.ts'
import type { GroupView, NodeGroups } from '../../src/node/groups/group-types.ts'
import type {
  Activity,
  ContactDetails,
  SendOptions,
  ContactView,
  Cursor,
  MessageChanges,
  MessageView,
  NodeEvent,
  TidingsNode,
} from '../../src/node/node-types.ts'
import type { FoundView, SearchOptions, SearchResults } from '../../src/node/search/search-types.ts'
import type { NetworkSurvey } from '../../src/node/survey/survey-types.ts'
import type { Standing, TalkNode } from '../../src/node/talk/talk-types.ts'

const ME = 'm'.repeat(52) as AccountId
const BOB = 'b'.repeat(52) as AccountId
const DEVICE = 'd'.repeat(52) as DeviceId
const TALK = 't'.repeat(52) as ConversationId

const CREW: GroupView = {
  conversation: 'g'.repeat(52) as ConversationId,
  name: 'crew',
  topic: '',
  open: false,
  history: 'all',
  state: 'joined',
  role: 'admin',
  members: 2,
  online: 1,
  invitedBy: undefined,
}

const GAP = { reason: 'missing', author: BOB, authorName: 'bob', first: 1, last: 2 } as const
const ARCHIVE = {
  name: 'a',
  conversation: TALK,
  title: 'bob',
  members: [{ account: ME, name: 'alice', own: true }],
  messages: 0,
  lines: 1,
  firstSentAt: null,
  lastSentAt: null,
  exportedAt: '2026-05-04T12:00:00.000Z',
  importedAt: '2026-05-04T12:00:00.000Z',
}

type Listener = (event: NodeEvent) => void | Promise<void>

class FakeTalk implements TalkNode {
  readonly standing: Standing = {
    conversation: TALK,
    name: 'bob',
    account: BOB,
    unread: 0,
    mentions: 0,
    muted: false,
    mutedUntilMs: undefined,
    mutedAll: false,
  }
  readonly #calls: string[]
  #draft = ''

  constructor(calls: string[]) {
    this.#calls = calls
  }

  unread = () => ({ messages: 3, mentions: 1 })

  async mute(conversation: string, how: { forMs?: number; all?: boolean }) {
    this.#calls.push(`mute ${conversation} ${JSON.stringify(how)}`)
    const { forMs, all = false } = how
    const mutedUntilMs = forMs === undefined ? undefined : 1_700_000_000_000 + forMs
    return { ...this.standing, muted: true, mutedAll: all, mutedUntilMs }
  }

  async unmute(conversation: string) {
    this.#calls.push(`unmute ${conversation}`)
    return this.standing
  }

  draft = () => ({ conversation: TALK, text: this.#draft })

  async setDraft(_: string, text: string) {
    this.#draft = text
    return this.draft()
  }

  tellings = () => ({ read: true, typing: true, conversations: [] })

  async setTelling(what: 'read' | 'typing', value: boolean | undefined, conversation?: string) {
    this.#calls.push(`tell ${what} ${value} ${conversation}`)
    return this.tellings()
  }

  typing(conversation: string, isTyping: boolean) {
    this.#calls.push(`typing ${conversation} ${isTyping}`)
  }
}

export class FakeNode implements TidingsNode {
  readonly inTrouble: { where: string; message: string }[] = []
  readonly damage: string[] = []
  network: NetworkSurvey = { interfaces: [], peers: [], sought: [] }
  readonly messages: MessageView[] = []
  readonly calls: string[] = []
  /** Results of searches that were taken. */
  told = 0
  readonly archives: TidingsNode['archives'] = {
    add: async () => ARCHIVE,
    list: () => [ARCHIVE],
    show: async () => ({ archive: ARCHIVE, items: [{ type: 'gap', number: 1, ...GAP }] }),
    remove: async () => ARCHIVE,
  }

  readonly changes: MessageChanges = {
    edit: (id, text) => this.#changeOf(id, { text, edited: true }),
    delete: (id) => this.#changeOf(id, { text: '', deleted: true }),
    undo: async ({ id }) => {
      const undone = this.messages.findLast((message) => id === undefined || message.id === id)
      if (!undone) throw new TidingsError('undo_too_late', 'there is nothing to undo')
      return undone
    },
    react: (id, emoji, { remove = false } = {}) =>
      this.#changeOf(id, { reactions: remove ? [] : [{ emoji, accounts: [ME], mine: true }] }),
    pin: (id) => this.#changeOf(id, { pinned: true }),
    unpin: (id) => this.#changeOf(id, { pinned: false }),
    pins: async () => this.messages.filter(({ pinned }) => pinned),
    edits: async (id) => [{ id, sentAtMs: 1_700_000_000_000, text: 'as it was' }],
  }
  /** How many streams follow now. */
  followers = 0
  stops = 0
  /** Resolved by a test to let `send` go on. */
  gate: Promise<void> = Promise.resolve()
  addresses = ['/ip4/10.0.0.1/tcp/4001/p2p/12D3']
  readonly talk = new FakeTalk(this.calls)
  readonly #listeners = new Set<Listener>()

  async start(): Promise<void> {
    this.calls.push('start')
  }

  async stop(): Promise<void> {
    this.stops++
    await this.gate
  }

  identity() {
    return { account: ME, peerId: '12D3', name: 'alice', addresses: this.addresses }
  }

  async rename(name: string): Promise<void> {
    this.calls.push(`name ${name}`)
  }

  invite(): string {
    return 'tidings:fake'
  }

  nearby() {
    const nothing = { account: undefined, contact: undefined, own: false, imitates: undefined }
    return [{ ...nothing, name: 'carol', peerId: '12D4', addresses: ['/ip4/10.0.0.2/tcp/1'] }]
  }

  async survey(): Promise<NetworkSurvey> {
    return this.network
  }

  activity(): Activity {
    const bob = { account: BOB, name: 'bob' }
    const address = '/ip4/10.0.0.2/tcp/4001'
    const sinceMs = 1_700_000_000_000
    const waiting = { conversation: TALK, name: 'bob', messages: 3, people: 1 }
    return {
      connections: [{ ...bob, contact: 'friend', address, outgoing: true, sinceMs }],
      queue: { messages: 3, people: 1, conversations: [waiting] },
      traffic: { sentBytes: 10, receivedBytes: 20 },
    }
  }

  contacts(): ContactView[] {
    return [this.showContact('bob')]
  }

  async addContact(
    who: string,
    options: { message?: string; alias?: string },
    signal: AbortSignal,
  ): Promise<ContactView> {
    if (who === 'slow') {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    }
    this.calls.push(`add ${who} ${JSON.stringify(options)}`)
    return this.showContact('bob')
  }

  acceptContact = (who: string): Promise<ContactView> => this.#changed(`accept ${who}`)
  rejectContact = (who: string): Promise<ContactView> => this.#changed(`reject ${who}`)
  blockContact = (who: string): Promise<ContactView> => this.#changed(`block ${who}`)
  unblockContact = (who: string): Promise<ContactView> => this.#changed(`unblock ${who}`)
  removeContact = (who: string): Promise<ContactView> => this.#changed(`remove ${who}`)
  renameContact = (who: string, alias: string): Promise<ContactView> =>
    this.#changed(`rename ${who} ${alias}`)

  async verifyContact(who: string, confirm: boolean): Promise<ContactDetails> {
    return { ...this.showContact(who), verified: confirm }
  }

  showContact(who: string): ContactDetails {
    if (who === 'twin') throw new TidingsError('ambiguous_name', 'two are called twin')
    if (who === 'broken') throw new Error('a mistake in this program')
    if (who.replace('@', '') !== 'bob') throw new TidingsError('unknown_name', `no "${who}" here`)
    return {
      account: BOB,
      name: 'bob',
      alias: '',
      state: 'friend',
      online: true,
      lastSeenMs: 0,
      verified: false,
      conversation: TALK,
      request: '',
      imitates: undefined,
      devices: [{ device: DEVICE, peerId: '12D5', online: true }],
      addresses: [],
      safetyNumber: '12345',
    }
  }

  async contactQuota(who: string, limit: number | null | 'default' = 'default') {
    this.calls.push(`quota ${who} ${limit}`)
    const quotaBytes = limit === 'default' ? 1024 : (limit ?? Infinity)
    return { ...this.showContact(who), receivedBytes: 17, quotaBytes }
  }

  readonly groups: NodeGroups = {
    list: () => [CREW],
    members: () => [],
    create: async (name) => ({ ...CREW, name }),
    invite: () => this.#grouped('invite'),
    join: () => this.#grouped('join'),
    leave: () => this.#grouped('leave'),
    remove: () => this.#grouped('remove'),
    promote: () => this.#grouped('promote'),
    demote: () => this.#grouped('demote'),
    change: async (_, info) => ({ ...CREW, ...info }),
    nearby: async () => [],
  }

  async conversations() {
    const last = this.messages.at(-1)
    return [{ ...this.talk.standing, draft: '', lastMessage: last }]
  }

  async send(to: string, text: string, options: SendOptions = {}) {
    this.showContact(to)
    if (text === '') throw new TidingsError('text_empty', 'a message needs a text')
    await this.gate
    const seq = this.messages.length + 1
    const id = `${'i'.repeat(26)}-${seq}`
    const whose = { conversation: TALK, author: ME, authorName: 'alice', own: true }
    const message: MessageView = {
      id,
      ...whose,
      seq,
      sentAtMs: 1_700_000_000_000 + seq,
      kind: 'text',
      text,
      action: options.action === true,
      replyTo: undefined,
      mentions: [],
      mentionsYou: false,
      state: 'queued',
      deliveredTo: 0,
      readBy: 0,
      of: 1,
      timer: undefined,
      goneAtMs: undefined,
      edited: false,
      deleted: false,
      reactions: [],
      pinned: false,
    }
    this.messages.push(message)
    this.emit({ type: 'message', cursor: this.cursor(), message })
    return { id, conversation: TALK, seq, state: 'queued' as const }
  }

  async waitFor(id: string, state: 'delivered' | 'read', signal: AbortSignal) {
    if (state === 'read') return { id, state }
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
    return { id, state }
  }

  async history(conversation: string, options: { limit: number; before?: string }) {
    this.showContact(conversation)
    return this.messages.slice(-options.limit)
  }

  async exportPage(conversation: string) {
    this.showContact(conversation)
    const items = this.messages.map((message) => ({ type: 'message' as const, message }))
    return { conversation: TALK, name: 'bob', members: [], items, next: undefined }
  }

  async disappear(conversation: string, seconds = 0) {
    this.showContact(conversation)
    this.calls.push(`disappear ${conversation} ${seconds}`)
    return { conversation: TALK, seconds, setBy: undefined, setByName: '' }
  }

  async search({ query, limit }: SearchOptions): Promise<SearchResults> {
    const words = parseQuery(query)
    const found = this.messages
      .filter(({ text, deleted }) => !deleted && isFound(words, text))
      .toReversed()
    const told = (): void => void this.told++
    async function* results(signal: AbortSignal): AsyncIterable<FoundView> {
      for (const message of found.slice(0, limit)) {
        if (signal.aborted) return
        told()
        yield { ...message, conversationName: 'bob' }
      }
    }
    return { words, results }
  }

  async markRead(): Promise<void> {
    this.calls.push('read')
  }

  sync() {
    const waitingFor = { device: DEVICE, seq: 2 }
    const counts = { have: 1, shown: 1, known: 3, holders: [BOB], forked: false, heldBack: false }
    const device = { account: ME, name: 'alice', device: DEVICE, waitingFor, ...counts }
    return [{ conversation: TALK, name: 'bob', complete: false, devices: [device] }]
  }

  cursor(): Cursor {
    return `${this.messages.length}.0`
  }

  troubles(): { where: string; message: string }[] {
    return this.inTrouble
  }

  onTrouble(listener: (where: string, message: string) => void): () => void {
    const hear = (event: NodeEvent): void => {
      if (event.type === 'trouble') listener(event.where, event.message)
    }
    this.#listeners.add(hear)
    return () => this.#listeners.delete(hear)
  }

  async follow(
    { since }: { since?: Cursor; conversation?: string },
    listener: Listener,
    signal: AbortSignal,
  ): Promise<void> {
    if (since === 'nonsense') throw new TidingsError('bad_input', '"since" is no cursor')
    this.followers++
    this.#listeners.add(listener)
    if (since !== undefined) {
      for (const message of this.messages.slice(Number.parseInt(since, 10))) {
        if (signal.aborted) break
        await listener({ type: 'message', cursor: `${message.seq}.0`, message })
      }
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve())
    })
    this.#listeners.delete(listener)
    this.followers--
  }

  emit(event: NodeEvent): void {
    for (const listener of this.#listeners) void listener(event)
  }

  async #grouped(call: string): Promise<GroupView> {
    this.calls.push(`group ${call}`)
    return CREW
  }

  async #changeOf(id: string, change: Partial<MessageView>): Promise<MessageView> {
    const at = this.messages.findIndex((message) => message.id === id)
    const message = this.messages[at]
    if (!message) throw new TidingsError('unknown_message', 'there is no such message')
    const now = { ...message, ...change }
    this.messages[at] = now
    return now
  }

  async #changed(call: string): Promise<ContactView> {
    this.calls.push(call)
    return this.showContact(call.split(' ')[1] ?? '')
  }
}
