// The conversations on the screen: which one is open, sending, showing what arrives once, and where
// own messages stand. The node's answers and its events come in any order; each message is known
// by its id, and whichever comes second says nothing new.
import type { Message } from '../api/shapes.ts'
import { isTidingsError } from '../core/errors.ts'
import { printable } from '../core/text.ts'
import { Absences } from './absences.ts'
import type { Directory } from './directory.ts'
import { MessageChanges } from './message-changes.ts'
import * as messages from './messages.ts'
import type { ShownMessage } from './messages.ts'
import type { StateChange } from './notices.ts'
import { nothingYetIn, Pages } from './pages.ts'
import type { Partner } from './partner.ts'
import { ReadMarks } from './read-marks.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'
import { ShownMessages } from './shown-messages.ts'
import { type Standing, standingNotice, Standings } from './standing.ts'

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
  readonly #with: ChatComponents
  readonly #screen: Screen
  readonly #shown = new ShownMessages()
  readonly #standings = new Standings()
  readonly #absences = new Absences()
  #gathering: NodeJS.Timeout | undefined
  /** What the user does is told under this name. */
  ownName = 'you'
  #open: string | undefined
  #isEmpty = false
  #sends = 0
  readonly #marks: ReadMarks
  readonly changes: MessageChanges
  readonly pages: Pages

  constructor(components: ChatComponents) {
    const { screen, client } = components
    this.#with = components
    this.#screen = screen
    const open = (): Partner | undefined => this.open
    this.changes = new MessageChanges({ ...components, shown: this.#shown, open })
    this.pages = new Pages({ ...components, shown: this.#shown, changes: this.changes })
    this.#marks = new ReadMarks({ client, open, failed: (why) => screen.error(printable(why)) })
  }

  get open(): Partner | undefined {
    return this.#open === undefined ? undefined : this.#with.directory.partner(this.#open)
  }

  close(): void {
    this.#open = undefined
    this.#screen.enter(undefined)
  }

  /** Opens a conversation and shows the newest of it, a line where what is not read begins. */
  async enter(partner: Partner, unread = 0): Promise<void> {
    this.#open = partner.conversation
    this.pages.seen(partner.conversation)
    this.#isEmpty = !this.#screen.enter(partner.conversation)
    await this.fill(unread)
  }

  /** Shows the newest of what is open, unless it is there: the node may have been away. */
  async fill(unread = 0): Promise<void> {
    const { open } = this
    if (open && this.#isEmpty) await this.pages.fill(open, unread)
    if (!open || this.#open !== open.conversation) return
    this.#isEmpty = false
    await this.#marks.mark(open)
  }

  /**
   * Sends. On a terminal the text is shown at once in place of the typed line, else once accepted.
   *
   * @throws the node's reason for not taking it
   */
  async send(partner: Partner, text: string, { action, answers }: SendHow = {}): Promise<void> {
    const { conversation, to } = partner
    const isOpen = conversation === this.#open
    const you = isOpen ? 'you' : `you to ${partner.label}`
    const who = action === true ? printable(this.ownName) : you
    const quote = answers && messages.quoteOf(answers)
    const message: ShownMessage = {
      sentAt: this.#with.now(),
      who,
      own: true,
      text,
      quote,
      answers: answers?.id,
      aside: !isOpen,
      ...(action === true && { action }),
    }
    const key = `send ${++this.#sends}`
    const expected = this.#shown.expect(conversation, text)
    this.#screen.remove(nothingYetIn(conversation))
    const isShown = this.#screen.echo(message, key)
    try {
      const { id, state } = await this.#with.client().call('send', {
        to,
        text,
        ...(answers && { reply: answers.id }),
        ...(action === true && { action }),
      })
      const accepted = { ...message, ...(this.#shown.takeEarly(id) ?? { state }) }
      this.#remember(id, accepted, conversation, !partner.online)
      if (!isShown) this.#screen.print(accepted, id)
      else if (!this.#screen.replace(key, accepted, id)) this.#standsNow(partner, accepted)
      const absence = this.#absences.noticed(partner, accepted.state)
      if (absence !== undefined) this.#screen.say(absence)
      if (!isOpen) this.#screen.keep(conversation, { ...accepted, who: 'you', aside: false }, id)
    } catch (error) {
      this.#screen.remove(key)
      // The node took it, told of it, and was gone before it answered.
      if (!expected.came || !isTidingsError(error, 'no_daemon')) throw error
    } finally {
      this.#shown.settle(expected)
      if (expected.came) this.arrived(expected.came, false)
    }
  }

  /** An accepted message whose line cannot be changed any more. */
  #standsNow({ conversation, online }: Partner, { state }: ShownMessage): void {
    if (state === undefined || state === 'received') return
    // Between two who are online this is over in a moment.
    if (state === 'queued' && online) return
    this.#gather({ conversation, state, count: 1, waited: false })
  }

  /**
   * A message that appeared in the log: somebody's, or one that this profile sent elsewhere.
   *
   * @param isQuiet whether it is not to be pointed out where another conversation is open
   */
  arrived(message: Message, isQuiet: boolean): void {
    const { id, conversation } = message
    const changed = this.#shown.disappears(message)
    if (changed) this.#screen.replace(id, changed, id)
    if (this.#shown.has(id)) return
    if (message.own && this.#shown.isExpected(message)) return
    const partner = this.#with.directory.partner(conversation)
    const isOpen = conversation === this.#open
    const shown = messages.toShown(message, this.#with.directory, true, this.#screen.look)
    this.#remember(message.id, shown, conversation, partner?.online !== true)
    this.changes.seen(message)
    this.#screen.remove(nothingYetIn(conversation))
    if (isOpen) this.#screen.print(shown, message.id)
    else {
      this.pages.unseen(message)
      this.#screen.keep(conversation, shown, message.id)
      if (!isQuiet && this.#isNews(message)) {
        const aside = messages.toShown(message, this.#with.directory, false, this.#screen.look)
        this.#screen.print(aside, message.id)
      }
    }
    if (!message.own && isOpen && partner) void this.#marks.mark(partner)
  }

  /** Where every conversation has its place, of groups only what addresses one is news. */
  #isNews({ conversation, mentionsYou }: Message): boolean {
    if (!this.#screen.hasPlaces || mentionsYou || this.#open === undefined) return true
    return this.#with.directory.partner(conversation)?.contact !== undefined
  }

  /** Own messages reached another state. */
  stateChanged(event: StateChange): void {
    const { conversation, id, count, deliveredTo, readBy, of } = event
    const known = this.#shown.get(id)
    const told = { state: event.state, reach: { deliveredTo, readBy, of } }
    const { now, news } = this.#shown.advance(id, told)
    if (!news) return
    if (known || !this.#shown.expectsIn(conversation)) {
      for (const [earlier, message] of this.#shown.advanceUpTo(id, conversation, told)) {
        this.#screen.replace(earlier, message, earlier)
      }
    }
    // The answer to its sending will tell.
    if (!known && this.#shown.expectsIn(conversation)) return
    const isDrawn = known && this.#screen.replace(id, { ...known.message, ...now }, id)
    const isInView = this.#screen.hasPlaces && conversation === this.#open
    if (isDrawn && (count === 1 || isInView)) return
    // What one did to a group travels like a message, and is none that anybody waits for.
    if (known?.message.event === true) return
    // That one more of many has it is news for its own line only.
    if (news === 'reach') return
    // That something was read long after it was written is news in its own conversation only.
    if (event.state === 'read' && !known && conversation !== this.#open) return
    const waited = event.state === 'delivered' && (known?.waits ?? true)
    this.#gather({ conversation, state: event.state, count, waited })
  }

  /** After a time without the node: asks where the messages stand that not all have read. */
  async refreshStates(): Promise<void> {
    for (const conversation of this.#shown.unread) {
      const history = await this.#with.client().call('history', { conversation })
      const moved = history.filter(({ id, state }) => {
        const before = this.#shown.get(id)?.message
        return before?.state === 'queued' && (state === 'delivered' || state === 'read')
      })
      const newest = moved.at(-1)
      const state = newest?.state === 'read' ? 'read' : 'delivered'
      if (newest) this.stateChanged({ ...newest, state, count: moved.length })
      for (const [id, message] of this.#shown.advanceAll(history)) {
        this.#screen.replace(id, message, id)
      }
    }
  }

  /** Says what was gathered so far. */
  flush(): void {
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    for (const news of this.#standings.take()) {
      const partner = this.#with.directory.partner(news.conversation)
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
}
