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
    if (unread > 0) {
      // Only these count as unread: not what says that somebody joined or set a timer.
      const first = recent.filter(({ own, kind }) => !own && kind === 'text').at(-unread)
      const at = recent.findIndex((message) => message === first)
      if (at > 0)
        blocks.splice(at, 0, {
          block: messages.headLine(
            sign(look, 'not read yet', 'not read yet', 'Not read yet'),
            look,
          ),
        })
    }
    const end = hasPlaces && mayHaveEarlier ? [{ block: head }] : []
    this.#with.screen.fill(conversation, [...beginning, ...blocks, ...end], mayHaveEarlier)
    if (recent.length > 0) this.last = recent
  }

  /** Messages before one, as they are shown; fewer than a page where the conversation begins. */
  async earlier(conversation: string, before: string): Promise<readonly Keyed[]> {
    const page = { conversation, before, limit: PAGE_MESSAGES }
    return this.#keyed(await this.#with.client().call('history', page))
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
