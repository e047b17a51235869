// What was said before, read from the node a page at a time: the newest when a conversation comes
// into view, what is above that when one goes back, and what commands ask for.
import type { Message } from '../api/shapes.ts'
import type { Directory } from './directory.ts'
import { sign } from './look.ts'
import type { MessageChanges } from './message-changes.ts'
import * as messages from './messages.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'
import type { Keyed, Screen } from './screen.ts'
import type { ShownMessages } from './shown-messages.ts'

/** Messages that opening a conversation shows on a stream: 24 rows with room for what comes. */
const RECENT_MESSAGES = 15
/** Messages that are read together where one can go back. */
const PAGE_MESSAGES = 100
/** The key of what is shown where nothing was said yet; it goes when something is. */
export function nothingYetIn(conversation: string): string {
  return `nothing yet ${conversation}`
}

function unreadLineIn(conversation: string): string {
  return `not read yet ${conversation}`
}

function nothingYet(label: string): string {
  return `No messages yet. What you type now goes to ${label}.`
}

export interface PagesComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly client: () => ReplClient
  readonly shown: ShownMessages
  readonly changes: MessageChanges
}

export class Pages {
  readonly #with: PagesComponents
  /** Messages that follow each other, as they were shown last. */
  last: readonly Message[] = []
  /** Conversations that hold the line below which nothing is read. */
  readonly #divided = new Set<string>()
  /** By conversation, how many that are not read stand before all that was read from the node. */
  readonly #unreadBefore = new Map<string, number>()

  constructor(components: PagesComponents) {
    this.#with = components
  }

  /** The newest of a conversation, below a line where what is not read begins. */
  async fill({ conversation, label, about }: Partner, unread: number): Promise<void> {
    const { look, hasPlaces } = this.#with.screen
    const limit = hasPlaces ? PAGE_MESSAGES : RECENT_MESSAGES
    const recent = await this.#with.client().call('history', { conversation, limit })
    const { seconds } = await this.#with.client().call('disappear', { conversation })
    const whom = sign(look, label, label, `Conversation with ${label}`)
    const head = messages.headLine(`${whom}, ${about}${messages.untilWhen(seconds)}`, look)
    const mayHaveEarlier = recent.length === limit
    const beginning: Keyed[] = hasPlaces && mayHaveEarlier ? [] : [{ block: head }]
    const blocks: Keyed[] = this.#keyed(recent)
    if (recent.length === 0) {
      blocks.push({ block: nothingYet(label), key: nothingYetIn(conversation) })
    }
    this.#divide(conversation, recent, blocks, { unread, mayHaveEarlier })
    const end = hasPlaces && mayHaveEarlier ? [{ block: head }] : []
    this.#with.screen.fill(conversation, [...beginning, ...blocks, ...end], mayHaveEarlier)
    if (recent.length > 0) this.last = recent
  }

  /** Messages before one, as they are shown; fewer than a page where the conversation begins. */
  async earlier(conversation: string, before: string): Promise<readonly Keyed[]> {
    const page = { conversation, before, limit: PAGE_MESSAGES }
    const history = await this.#with.client().call('history', page)
    const blocks = this.#keyed(history)
    const unread = this.#unreadBefore.get(conversation) ?? 0
    const mayHaveEarlier = history.length === PAGE_MESSAGES
    this.#divide(conversation, history, blocks, { unread, mayHaveEarlier })
    return blocks
  }

  /** A message arrives in a conversation that is not in view: the first stands below a line. */
  unseen({ conversation, own, kind }: Message): void {
    const { screen } = this.#with
    if (own || kind !== 'text' || this.#divided.has(conversation)) return
    const key = unreadLineIn(conversation)
    this.#divided.add(conversation)
    screen.remove(key)
    screen.keep(conversation, this.#unreadLine(), key)
  }

  /** All that is there was read: what arrives next is below a line of its own. */
  seen(conversation: string): void {
    this.#divided.delete(conversation)
  }

  /** Puts a line where what is not read begins, unless that is everything. */
  #divide(
    conversation: string,
    history: readonly Message[],
    blocks: Keyed[],
    { unread, mayHaveEarlier }: { readonly unread: number; readonly mayHaveEarlier: boolean },
  ): void {
    // Only these count as unread: not what says that somebody joined or set a timer.
    const news = history.filter(({ own, kind }) => !own && kind === 'text')
    const before = Math.max(0, unread - news.length)
    this.#unreadBefore.set(conversation, before)
    if (unread === 0) return
    const key = unreadLineIn(conversation)
    const first = news.at(-unread)
    const at = history.findIndex((message) => message === first)
    if (at > 0 || (at === 0 && mayHaveEarlier)) {
      blocks.splice(at, 0, { block: this.#unreadLine(), key })
    } else if (before > 0 && mayHaveEarlier && !this.#with.screen.hasPlaces) {
      blocks.unshift({ block: this.#unreadLine(`: ${unread}; /earlier shows those before these`) })
    }
  }

  #unreadLine(more = ''): string {
    const { look } = this.#with.screen
    const words = sign(look, 'not read yet', 'not read yet', 'Not read yet')
    return messages.headLine(words + more, look)
  }

  #keyed(history: readonly Message[]): Keyed[] {
    return history.map((message) => {
      const shown = this.#asShown(message)
      return { block: shown, key: message.id }
    })
  }

  /** Prints messages as they stand, whether shown before or not. */
  show(history: readonly Message[], isPage = true): void {
    if (isPage && history.length > 0) this.last = history
    for (const message of history) {
      const shown = this.#asShown(message)
      // Where conversations have places, this is a copy of what stands there.
      this.#with.screen.print(shown, this.#with.screen.hasPlaces ? undefined : message.id)
    }
  }

  #asShown(message: Message): messages.ShownMessage {
    const { directory, screen, shown, changes } = this.#with
    const block = messages.toShown(message, directory, true, screen.look)
    shown.add(message.id, { message: block, conversation: message.conversation, waits: true })
    changes.seen(message)
    return block
  }
}
