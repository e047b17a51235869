// The conversations on the screen: which one is open, sending, showing what arrives once, and where
// own messages stand. The node's answers and its events come in any order; each message is known
// by its id, and whichever comes second says nothing new.
import type { Message } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import type { Directory } from './directory.ts'
import { MessageChanges } from './message-changes.ts'
import * as messages from './messages.ts'
import type { ShownMessage } from './messages.ts'
import type { StateChange } from './notices.ts'
import type { Partner } from './partner.ts'
import { ReadMarks } from './read-marks.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'
import { ShownMessages } from './shown-messages.ts'
import { type Standing, standingNotice, Standings } from './standing.ts'

/** Messages that opening a conversation shows: a screen of 24 rows with room for what comes. */
const RECENT_MESSAGES = 15
/** News of own messages is gathered for so long before it takes a line. */
const STANDING_GATHER_MS = 250

export interface ChatComponents {
  readonly screen: Screen
  readonly directory: Directory
  /** The node as it is reached now; another one after reattaching. */
  readonly client: () => ReplClient
  readonly now: () => Date
}

export interface SendHow {
  /** Told in the third person. */
  readonly action?: boolean
  /** The message that this one answers. */
  readonly answers?: Message
}

export class Chat {
  readonly #screen: Screen
  readonly #directory: Directory
  readonly #client: () => ReplClient
  readonly #now: () => Date
  readonly #shown = new ShownMessages()
  readonly #standings = new Standings()
  #gathering: NodeJS.Timeout | undefined
  /** What the user does is told under this name. */
  ownName = 'you'
  #open: string | undefined
  /** The day of the last message on the screen. */
  #day: string
  #sends = 0
  readonly #marks: ReadMarks
  readonly changes: MessageChanges
  /** Messages that follow each other, as they were shown last. */
  page: readonly Message[] = []

  constructor({ screen, directory, client, now }: ChatComponents) {
    this.#screen = screen
    this.#directory = directory
    this.#client = client
    this.#now = now
    this.#day = messages.dayName(now(), screen.look)
    this.changes = new MessageChanges({
      screen,
      directory,
      shown: this.#shown,
      open: () => this.open,
    })
    this.#marks = new ReadMarks({
      client,
      open: () => this.open,
      failed: (message) => screen.error(printable(message)),
    })
  }

  get open(): Partner | undefined {
    return this.#open === undefined ? undefined : this.#directory.partner(this.#open)
  }

  close(): void {
    this.#open = undefined
  }

  /** Opens a conversation and shows the newest of it. */
  async enter(partner: Partner): Promise<void> {
    const { conversation, label, about } = partner
    this.#open = conversation
    const recent = await this.#client().call('history', { conversation, limit: RECENT_MESSAGES })
    const { seconds } = await this.#client().call('disappear', { conversation })
    const title = `${label}, ${about}${messages.untilWhen(seconds)}`
    this.#screen.print(messages.headLine(title, this.#screen.look))
    if (recent.length > 0) this.showHistory(recent)
    else this.#screen.print('No messages yet.')
    if (recent.length > 0) await this.#marks.mark(partner)
  }

  /** Prints messages as they stand, whether shown before or not, with a line for each day. */
  showHistory(history: readonly Message[], isPage = true): void {
    if (isPage && history.length > 0) this.page = history
    const { look } = this.#screen
    const lines: string[] = []
    let day = ''
    for (const message of history) {
      const sentAt = new Date(message.sentAt)
      if (messages.dayName(sentAt, look) !== day) lines.push(messages.dayLine(sentAt, look))
      day = messages.dayName(sentAt, look)
      const shown = this.asShown(message, true)
      this.#remember(message.id, shown, message.conversation, true)
      this.changes.seen(message)
      lines.push(messages.formatMessage(shown, look))
    }
    this.#day = day || this.#day
    const last = lines.pop()
    if (lines.length > 0) this.#screen.print(lines.join('\n'))
    if (last !== undefined) this.#screen.print(last, history.at(-1)?.id)
  }

  /**
   * Sends. On a terminal the text is shown at once in place of the typed line, else once accepted.
   *
   * @throws the node's reason for not taking it
   */
  async send(partner: Partner, text: string, { action, answers }: SendHow = {}): Promise<void> {
    const { conversation, to } = partner
    const you = conversation === this.#open ? 'you' : `you to ${partner.label}`
    const who = action === true ? printable(this.ownName) : you
    const quote = answers && messages.quoteOf(answers)
    const message: ShownMessage = {
      sentAt: this.#now(),
      who,
      own: true,
      text,
      quote,
      ...(action === true && { action }),
    }
    const key = `send ${++this.#sends}`
    const expected = this.#shown.expect(conversation, text)
    const isShown = this.#screen.echo(messages.formatMessage(message, this.#screen.look), key)
    try {
      const { id, state } = await this.#client().call('send', {
        to,
        text,
        ...(answers && { reply: answers.id }),
        ...(action === true && { action }),
      })
      const accepted = { ...message, ...(this.#shown.takeEarly(id) ?? { state }) }
      this.#remember(id, accepted, conversation, !partner.online)
      const line = messages.formatMessage(accepted, this.#screen.look)
      if (!isShown) this.#screen.print(line, id)
      else if (!this.#screen.replace(key, line, id)) this.#standsNow(partner, accepted)
    } finally {
      this.#shown.settle(expected)
    }
  }

  /** An accepted message whose line cannot be changed any more. */
  #standsNow({ conversation, online }: Partner, { state }: ShownMessage): void {
    if (state === undefined || state === 'received') return
    // Between two who are online this is over in a moment.
    if (state === 'queued' && online) return
    this.#gather({ conversation, state, count: 1, waited: false })
  }

  /** A message that appeared in the log: somebody's, or one that this profile sent elsewhere. */
  arrived(message: Message): void {
    if (this.#shown.has(message.id)) return
    if (message.own && this.#shown.isExpected(message)) return
    const { look } = this.#screen
    const partner = this.#directory.partner(message.conversation)
    const isOpen = message.conversation === this.#open
    const sentAt = new Date(message.sentAt)
    const day = messages.dayName(sentAt, look)
    if (day !== this.#day) this.#screen.print(messages.dayLine(sentAt, look))
    this.#day = day
    const shown = this.asShown(message, isOpen)
    this.#remember(message.id, shown, message.conversation, partner?.online !== true)
    this.changes.seen(message)
    this.#screen.print(messages.formatMessage(shown, look), message.id)
    if (!message.own && isOpen && partner) void this.#marks.mark(partner)
  }

  /** Own messages reached another state. */
  stateChanged(event: StateChange): void {
    const { conversation, id, count, deliveredTo, readBy, of } = event
    const known = this.#shown.get(id)
    const told = { state: event.state, reach: { deliveredTo, readBy, of } }
    const { now, news } = this.#shown.advance(id, told)
    if (!news) return
    if (known || !this.#shown.expectsIn(conversation)) {
      this.#shown.advanceUpTo(id, conversation, told)
    }
    // The answer to its sending will tell.
    if (!known && this.#shown.expectsIn(conversation)) return
    if (known && count === 1) {
      const line = messages.formatMessage({ ...known.message, ...now }, this.#screen.look)
      if (this.#screen.replace(id, line, id)) return
    }
    // That one more of many has it is news for its own line only.
    if (news === 'reach') return
    // That something was read long after it was written is news in its own conversation only.
    if (event.state === 'read' && !known && conversation !== this.#open) return
    const waited = event.state === 'delivered' && (known?.waits ?? true)
    this.#gather({ conversation, state: event.state, count, waited })
  }

  /** After a time without the node: asks where the messages stand that were on their way. */
  async refreshStates(): Promise<void> {
    const queued = this.#shown.queued
    for (const conversation of new Set(queued.map(([, shown]) => shown.conversation))) {
      const history = await this.#client().call('history', { conversation })
      const moved = history.filter(({ id, state }) => {
        const before = this.#shown.get(id)?.message
        return before?.state === 'queued' && (state === 'delivered' || state === 'read')
      })
      const newest = moved.at(-1)
      if (!newest) continue
      const state = newest.state === 'read' ? 'read' : 'delivered'
      this.stateChanged({ ...newest, state, count: moved.length })
    }
  }

  /** Says what was gathered so far. */
  flush(): void {
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    for (const news of this.#standings.take()) {
      const partner = this.#directory.partner(news.conversation)
      if (!partner) continue
      const key = `standing ${news.conversation}`
      const text = standingNotice(news, partner.label, this.#screen.look)
      if (!this.#screen.replace(key, text, key)) this.#screen.print(text, key)
    }
  }

  #gather(news: Standing): void {
    this.#standings.add(news)
    this.#gathering ??= setTimeout(() => this.flush(), STANDING_GATHER_MS)
  }

  #remember(id: string, message: ShownMessage, conversation: string, waits: boolean): void {
    this.#shown.add(id, { message, conversation, waits })
  }

  /** A message in the words of this screen. */
  asShown(message: Message, isOpen: boolean): ShownMessage {
    return messages.toShown(message, this.#directory, isOpen)
  }
}
