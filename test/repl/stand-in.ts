// Stands in for a daemon: the real control socket and its protocol, with contacts and messages in
// memory in place of a node. A test says what happens on its network.
import { Following, type CallContext } from '../../src/api/handlers/call.ts'
import type { Handlers } from '../../src/api/handlers/methods.ts'
import type { Params } from '../../src/api/methods.ts'
import type { Group } from '../../src/api/shapes-group.ts'
import type { Contact, Event, Message, NearbyNode } from '../../src/api/shapes.ts'
import { TidingsError } from '../../src/core/errors.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { comparable } from '../../src/core/search/comparable.ts'
import { isFound, parseQuery } from '../../src/core/search/query.ts'
import { parseTimeSpan } from '../../src/core/time-span.ts'
import { ControlSocket } from '../../src/daemon/control.ts'
import { accountId, contact, group, message } from './people.ts'

/** An event without its cursor. */
export type News = Event extends infer E ? (E extends Event ? Omit<E, 'cursor'> : never) : never

export const SELF = accountId('self')
/** The conversation of the one group. */
export const CREW = 'g'.repeat(52)
const NO_ARCHIVE = (): never => {
  throw new TidingsError('unknown_archive', 'there is no archive here')
}
const NOW = '2025-06-03T14:02:00.000Z'

export class StandIn {
  readonly contacts = new Map<string, Contact>()
  readonly messages: Message[] = []
  readonly nearby: NearbyNode[] = []
  crew = group('crew', CREW)
  /** Seconds after which messages disappear, by conversation. */
  readonly timers = new Map<string, number>()
  /** Conversations that the REPL marked as read, in order. */
  readonly reads: string[] = []
  /** Conversations whose history was asked for, in order. */
  readonly pages: string[] = []
  readonly drafts = new Map<string, string>()
  /** How often a draft was kept. */
  saves = 0
  /** What the REPL told of typing, in order. */
  readonly typed: string[] = []
  /** Muted conversations, and whether mentions are too. */
  readonly mutes = new Map<string, boolean>()
  readonly standings = new Map<string, { unread: number; mentions: number }>()
  /** In all conversations. */
  unread = 0
  /** What was looked for, in order, and how often that was given up. */
  readonly searches: Params<'search'>[] = []
  abandoned = 0
  readonly #kept: Event[] = []
  readonly #followers = new Set<(event: Event) => Promise<void>>()
  readonly #path: string
  #socket: ControlSocket | undefined

  constructor(path: string, contacts: readonly Contact[] = []) {
    this.#path = path
    for (const contact of contacts) this.contacts.set(contact.account, contact)
  }

  async start(): Promise<void> {
    this.#socket = new ControlSocket(this.#path, this.#handlers(), silentLogger)
    await this.#socket.listen()
  }

  async stop(): Promise<void> {
    this.#socket?.close()
    await this.#socket?.end()
    this.#followers.clear()
  }

  /** How many screens follow. */
  get following(): number {
    return this.#followers.size
  }

  /** Messages are kept for those who come back; other news only reaches those who are there. */
  tell(news: News): void {
    const isKept = news.type === 'message'
    const cursor = String(this.#kept.length + (isKept ? 1 : 0))
    const event: Event = { ...news, cursor }
    if (isKept) this.#kept.push(event)
    for (const follower of this.#followers) void follower(event)
  }

  receive(from: Contact, text: string, more: Partial<Message> = {}): Message {
    const received = message(from, this.messages.length + 1, text, more)
    this.messages.push(received)
    this.tell({ type: 'message', message: received })
    return received
  }

  /** The next `count` own messages reach a state. */
  advance(to: Contact, state: 'delivered' | 'read', count = 1): void {
    const { account, conversation } = to
    const own = this.messages
      .filter((m) => m.own && m.conversation === conversation)
      .filter((m) => m.state === 'queued' || (m.state === 'delivered' && state === 'read'))
      .slice(0, count)
    for (const m of own) this.messages[this.messages.indexOf(m)] = { ...m, state }
    const reach = { deliveredTo: 1, readBy: state === 'read' ? 1 : 0, of: 1 }
    const id = own.at(-1)?.id ?? ''
    this.tell({ type: 'state', conversation, account, state, id, count, ...reach })
  }

  /** Another member of the group has the newest own message there. */
  reachInCrew(state: 'delivered' | 'read', reach: { deliveredTo: number; readBy: number }): void {
    const newest = this.messages.findLast((m) => m.own && m.conversation === CREW)
    const what = { conversation: CREW, account: accountId('bob'), state, count: 1, of: 3 }
    this.tell({ type: 'state', id: newest?.id ?? '', ...what, ...reach })
  }

  /** A message changes, by this user if nobody else is named. */
  changed(
    id: string,
    change: Extract<Event, { type: 'changed' }>['change'],
    what: Partial<Message>,
    { by, emoji = null }: { readonly by?: Contact; readonly emoji?: string | null } = {},
  ): Message {
    const at = this.messages.findIndex((message) => message.id === id)
    const before = this.messages[at]
    if (!before) throw new TidingsError('unknown_message', 'there is no such message')
    const message = { ...before, ...what }
    this.messages[at] = message
    const who = { by: by?.account ?? SELF, byName: by?.name ?? 'ann', own: by === undefined }
    this.tell({ type: 'changed', change, ...who, emoji, message })
    return message
  }

  set(contact: Contact, type: 'contact' | 'request' = 'contact'): Contact {
    this.contacts.set(contact.account, contact)
    this.tell({ type, contact })
    return contact
  }

  /** Also changes it here, as a node would. */
  presence(contact: Contact, online: boolean): void {
    const { account, name } = contact
    this.contacts.set(account, { ...contact, online })
    this.tell({ type: 'presence', account, name, online })
  }

  #standing(conversation: string) {
    const all = this.mutes.get(conversation)
    const mutedAll = all === true
    const { unread, mentions } = this.standings.get(conversation) ?? { unread: 0, mentions: 0 }
    return { unread, mentions, muted: all !== undefined, mutedUntil: null, mutedAll }
  }

  #named(name: string): Contact {
    const found = [...this.contacts.values()].find(({ conversation, account }) =>
      [conversation, account].includes(name),
    )
    return found ?? this.#contact(name)
  }

  #contact(who: string): Contact {
    const found = this.contacts.get(who)
    if (!found) throw new TidingsError('unknown_name', `nobody is known as "${who}"`)
    return found
  }

  #change(who: string, change: Partial<Contact>): Contact {
    return this.set({ ...this.#contact(who), ...change })
  }

  #send({ to, text, reply, action = false }: Params<'send'>): Message {
    const conversation = to === CREW ? CREW : this.#contact(to).conversation
    const answered = this.messages.find(({ id }) => id === reply)
    const replyTo = answered && {
      id: answered.id,
      author: answered.author,
      authorName: answered.authorName,
      text: answered.text,
      deleted: answered.deleted,
    }
    const shownMs = 1000 * (this.timers.get(conversation) ?? 0)
    const disappearsAt = shownMs > 0 ? new Date(Date.now() + shownMs).toISOString() : null
    if (text.includes('REFUSE')) throw new TidingsError('text_too_long', 'the text is too long')
    const sent = message(
      { account: SELF, name: 'ann', conversation },
      this.messages.length + 1,
      text,
      {
        own: true,
        author: SELF,
        sentAt: NOW,
        state: 'queued',
        action,
        disappearsAt,
        replyTo: replyTo ?? null,
      },
    )
    this.messages.push(sent)
    this.tell({ type: 'message', message: sent })
    return sent
  }

  #handlers(): Handlers {
    const identity = { account: SELF, peerId: '12D3KooWself', name: 'ann', addresses: [] }
    const safetyNumber = '12345 67890'
    return {
      whoami: () => identity,
      status: () => ({
        ...identity,
        running: true,
        pid: 1,
        uptimeMs: 60_000,
        peers: 0,
        connections: [],
        nearby: 0,
        unread: this.unread,
        mentions: 0,
        queue: { messages: 0, people: 0, conversations: [] },
        traffic: { sentBytes: 0, receivedBytes: 0 },
        databaseBytes: 1,
        rssBytes: 1,
        apiVersion: 1,
        version: '0.0.0',
        profile: 'default',
        damage: [],
      }),
      stop: () => {
        setImmediate(() => void this.stop())
        return { done: true }
      },
      name: ({ name }) => ({ ...identity, name }),
      invite: () => ({ link: `tidings://add/${SELF}?a=10.0.0.1:4001` }),
      nearby: () => this.nearby,
      'profile.export': ({ file }) => ({ file, bytes: 1, contacts: 0, messages: 0, damage: [] }),
      doctor: () => [
        { check: 'mdns', code: 'trouble', ok: false, detail: 'no answer', fix: 'open port 5353' },
      ],
      sync: () => this.#sync(),
      contacts: () => [...this.contacts.values()],
      ...groupHandlers(),
      'group.list': () => [this.crew],
      'contact.add': ({ who }) => this.#add(who),
      'contact.accept': ({ who }) => this.#change(who, { state: 'friend' }),
      'contact.reject': ({ who }) => this.#change(who, { state: 'removed' }),
      'contact.block': ({ who }) => this.#change(who, { state: 'blocked' }),
      'contact.unblock': ({ who }) => this.#change(who, { state: 'friend' }),
      'contact.remove': ({ who }) => this.#change(who, { state: 'removed' }),
      'contact.rename': ({ who, alias }) => this.#change(who, { alias }),
      'contact.verify': ({ who, confirm }) => ({
        ...(confirm ? this.#change(who, { verified: true }) : this.#contact(who)),
        safetyNumber,
      }),
      'contact.quota': ({ who }) => ({
        ...this.#contact(who),
        receivedBytes: 17,
        quotaBytes: null,
      }),
      'contact.show': ({ who }) => ({
        ...this.#contact(who),
        devices: [],
        addresses: [],
        safetyNumber,
      }),
      conversations: () =>
        [...this.contacts.values()].map((contact) => ({
          conversation: contact.conversation,
          name: contact.name,
          account: contact.account,
          ...this.#standing(contact.conversation),
          draft: this.drafts.get(contact.conversation) ?? '',
          lastMessage: null,
        })),
      send: (params) => {
        const never = new Promise<never>(() => {})
        if (params.text.includes('IGNORE')) return never
        const { id, conversation, seq } = this.#send(params)
        return params.text.includes('CRASH') ? never : { id, conversation, seq, state: 'queued' }
      },
      edit: ({ id, text }) => this.changed(id, 'edited', { text, edited: true }),
      delete: ({ id }) => this.changed(id, 'deleted', { text: '', deleted: true }),
      undo: ({ id, conversation }) => {
        const isMeant = (message: Message): boolean =>
          id === undefined ? message.conversation === conversation : message.id === id
        const at = this.messages.findLastIndex((message) => message.own && isMeant(message))
        const [undone] = at < 0 ? [] : this.messages.splice(at, 1)
        if (!undone) throw new TidingsError('undo_too_late', 'this cannot be undone')
        this.tell({ type: 'undone', conversation: undone.conversation, id: undone.id })
        return undone
      },
      react: ({ id, emoji, remove = false }) => {
        const reactions = remove ? [] : [{ emoji, accounts: [SELF], mine: true }]
        return this.changed(id, remove ? 'unreacted' : 'reacted', { reactions }, { emoji })
      },
      pin: ({ id }) => this.changed(id, 'pinned', { pinned: true }),
      unpin: ({ id }) => this.changed(id, 'unpinned', { pinned: false }),
      pins: () => this.messages.filter(({ pinned }) => pinned),
      edits: ({ id }) => [
        { id, sentAt: NOW, text: 'as it was' },
        { id, sentAt: NOW, text: this.messages.find((m) => m.id === id)?.text ?? '' },
      ],
      wait: ({ id, state }) => ({ id, state }),
      history: ({ conversation, limit, around, before, after }) => {
        this.pages.push(conversation)
        const there = this.messages.filter((m) => [m.conversation, m.author].includes(conversation))
        const begin = there.findIndex(({ id }) => id === after) + 1
        if (begin > 0) return there.slice(begin, begin + limit)
        const end = there.findIndex(({ id }) => id === before)
        const all = end < 0 ? there : there.slice(0, end)
        const at = all.findIndex(({ id }) => id === around)
        return at < 0
          ? all.slice(-limit)
          : all.slice(Math.max(0, at - (limit >> 1))).slice(0, limit)
      },
      disappear: ({ conversation, after }) => this.#disappear(conversation, after),
      export: ({ conversation }) => {
        const messages = this.messages.filter((m) => {
          return [m.conversation, m.author].includes(conversation)
        })
        const items = messages.map((message) => ({ type: 'message' as const, message }))
        return { conversation, name: 'bob', members: [], items, next: null }
      },
      'archive.import': () => NO_ARCHIVE(),
      'archive.list': () => [],
      'archive.show': () => NO_ARCHIVE(),
      'archive.remove': () => NO_ARCHIVE(),
      read: ({ conversation }) => {
        this.reads.push(conversation)
        return { done: true }
      },
      mute: ({ conversation, all = false }) => {
        const { account, name, conversation: id } = this.#named(conversation)
        this.mutes.set(id, all)
        return { conversation: id, account, name, ...this.#standing(id) }
      },
      unmute: ({ conversation }) => {
        const { account, name, conversation: id } = this.#named(conversation)
        this.mutes.delete(id)
        return { conversation: id, account, name, ...this.#standing(id) }
      },
      draft: ({ conversation, text }) => {
        if (text !== undefined) {
          this.drafts.set(conversation, text)
          this.saves += 1
        }
        return { conversation, text: this.drafts.get(conversation) ?? '' }
      },
      tell: () => ({ read: true, typing: true, conversations: [] }),
      typing: ({ conversation, stopped = false }) => {
        this.typed.push(`${stopped ? 'stopped' : 'typing'} ${conversation}`)
        return { done: true }
      },
      search: async (params, { emit, signal }) => {
        this.searches.push(params)
        const words = parseQuery(params.query)
        const found = this.messages.filter(({ text, deleted, conversation, author }) => {
          const isThere = [conversation, author, undefined].includes(params.in)
          return isThere && !deleted && isFound(words, comparable(text))
        })
        const tell = async (): Promise<void> => {
          for (const m of found.toReversed().slice(0, params.limit)) {
            await emit({ ...m, conversationName: 'somebody' })
          }
          // Whoever looks for "forever" waits until they end it.
          if (!words.includes('forever')) return
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          this.abandoned++
        }
        return new Following({ words: [...words] }, tell())
      },
      tail: async ({ since }, context) => this.#follow(since, context),
    }
  }

  #disappear(who: string, after: string | undefined) {
    const found = [...this.contacts.values()].find(({ account, conversation }) => {
      return account === who || conversation === who
    })
    if (who === CREW && after === undefined) {
      return { conversation: CREW, seconds: 0, setBy: null, setByName: '' }
    }
    if (!found) throw new TidingsError('unknown_name', `nobody is known as "${who}"`)
    const { conversation } = found
    if (after !== undefined) {
      this.timers.set(conversation, after === 'off' ? 0 : parseTimeSpan(after))
      const timer = this.timers.get(conversation) ?? 0
      const author = { own: true, author: SELF, authorName: 'ann' }
      this.receive(found, '', { ...author, kind: 'timer', timer, sentAt: NOW })
    }
    const seconds = this.timers.get(conversation) ?? 0
    return { conversation, seconds, setBy: SELF, setByName: 'ann' }
  }

  #add(who: string): Contact {
    const node = this.nearby.find(({ name }) => name === who)
    if (!node?.account) throw new TidingsError('unknown_name', `nobody is known as "${who}"`)
    const { account, name } = node
    return this.set(contact(name, { account, state: 'requested' }))
  }

  #sync() {
    return [...this.contacts.values()].map(({ conversation, name }) => {
      const own = this.messages.filter((m) => m.own && m.conversation === conversation).length
      const device = { device: 'd', waitingFor: null, holders: [], forked: false, heldBack: false }
      const counts = { have: own, shown: own, known: own }
      const devices = [{ ...device, ...counts, account: SELF, name: 'ann' }]
      return { conversation, name, complete: true, devices }
    })
  }

  #follow(since: string | undefined, { signal, emit }: CallContext): Following {
    const cursor = since ?? String(this.#kept.length)
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const follower = (event: Event): Promise<void> => emit(event)
    for (const event of this.#kept.slice(Number(cursor))) void follower(event)
    this.#followers.add(follower)
    void ended.then(() => this.#followers.delete(follower))
    return new Following({ cursor }, ended)
  }
}

/** There is one group, and it stays as it is. */
function groupHandlers() {
  const crew = group('crew', CREW)
  const same = (): Group => crew
  return {
    'group.create': ({ name }: { name: string }): Group => ({ ...crew, name }),
    'group.invite': same,
    'group.join': same,
    'group.leave': same,
    'group.remove': same,
    'group.promote': same,
    'group.demote': same,
    'group.rename': same,
    'group.topic': same,
    'group.open': same,
    'group.members': () => [],
    'group.nearby': () => [],
  }
}
