// Finding messages from this screen: results come one by one, each with a number, and `/jump` shows
// the place of one among its neighbours. `/earlier` and `/later` go on from what was shown last.
import type { Params } from '../api/methods.ts'
import { momentText } from '../api/moments.ts'
import type { Found } from '../api/shapes.ts'
import { TidingsError } from '../core/errors.ts'
import { SEARCH_LIMIT_DEFAULT } from '../core/limits.ts'
import { printable } from '../core/text.ts'
import type { ParamValues } from './arguments.ts'
import type { Chat } from './chat.ts'
import type { Directory } from './directory.ts'
import { paint, sign } from './look.ts'
import { dateName, formatMessage, headLine, type ShownMessage, toShown } from './messages.ts'
import { plural } from './notices.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'

/** Messages that a jump shows: the one that was found in the midst. */
const AROUND_MESSAGES = 11
/** What fits a screen of 24 rows. */
const TURNED_MESSAGES = 20

export interface FindsComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly chat: Pick<Chat, 'pages'>
  readonly client: () => ReplClient
  readonly now: () => Date
}

export class Finds {
  readonly #with: FindsComponents
  /** What the last search found, by its number less one. */
  #found: Found[] = []
  #running: AbortController | undefined

  constructor(components: FindsComponents) {
    this.#with = components
  }

  /** Another search, or the end of the screen, ends one that still goes on. */
  async search({ since, ...params }: Params<'search'>): Promise<void> {
    const { screen, client, now } = this.#with
    this.stop()
    const running = (this.#running = new AbortController())
    const found: Found[] = (this.#found = [])
    const asked: Params<'search'> = {
      ...params,
      ...(since !== undefined && { since: momentText(since, now().getTime()) }),
    }
    const { signal } = running
    for await (const message of client().search(asked, { signal })) {
      found.push(message)
      screen.print(this.#line(message, found.length))
    }
    if (!signal.aborted) screen.say(summary(found.length, params.limit ?? SEARCH_LIMIT_DEFAULT))
  }

  /** @throws TidingsError `bad_input` when there is no result of that number */
  async jump(which: string): Promise<void> {
    const { screen, chat, client } = this.#with
    const found = /^\d+$/.test(which) ? this.#found[Number(which) - 1] : undefined
    if (!found) {
      const words = `there is no result "${which}"; /search numbers what it finds`
      throw new TidingsError('bad_input', words)
    }
    const { conversation, id: around } = found
    const page = { conversation, around, limit: AROUND_MESSAGES }
    const history = await client().call('history', page)
    const word = sign(screen.look, 'around', 'around', 'Around')
    screen.print(headLine(`${word} what ${this.#writing(found)}`, screen.look))
    chat.pages.show(history)
  }

  /** Shows the messages before or after those that were shown last. @throws TidingsError */
  async turn(to: 'earlier' | 'later', { limit = TURNED_MESSAGES }: ParamValues): Promise<void> {
    const { screen, chat, client } = this.#with
    const end = chat.pages.last.at(to === 'earlier' ? 0 : -1)
    if (!end)
      throw new TidingsError('bad_input', 'Nothing was shown yet; @name or #name opens one.')
    const { conversation, id } = end
    const from = to === 'earlier' ? { before: id } : { after: id }
    const history = await client().call('history', { conversation, limit: Number(limit), ...from })
    if (history.length === 0) screen.say(`There are no ${to} messages.`)
    chat.pages.show(history)
  }

  stop(): void {
    this.#running?.abort()
  }

  /** With whom it was said, also where this screen does not know the conversation any more. */
  #asShown(found: Found): ShownMessage {
    const { directory, screen } = this.#with
    const { look } = screen
    if (directory.partner(found.conversation)) return toShown(found, directory, false, look)
    const shown = toShown(found, directory, true, look)
    return { ...shown, who: `${shown.who} (${printable(found.conversationName)})` }
  }

  /** `@bob wrote`, `you wrote to bob`, `bob wrote in #crew` */
  #writing(found: Found): string {
    const { directory, screen } = this.#with
    const { look } = screen
    const partner = directory.partner(found.conversation)
    const { who } = toShown(found, directory, true, look)
    if (partner?.contact)
      return found.own ? `you wrote to ${partner.label}` : `${sign(look, '@', '@', '')}${who} wrote`
    const place = partner?.label ?? printable(found.conversationName)
    return `${found.own ? 'you' : who} wrote in ${place}`
  }

  #line(found: Found, number: number): string {
    const { look } = this.#with.screen
    const day = dateName(new Date(found.sentAt), look)
    const words = sign(look, `[${number}] ${day}`, `[${number}] ${day}`, `Result ${number}, ${day}`)
    return `${paint(look, 'faint', words)} ${formatMessage(this.#asShown(found), look)}`
  }
}

function summary(count: number, limit: number): string {
  if (count === 0) return 'Nothing was found.'
  const jump = '/jump NUMBER shows what was said around one.'
  if (count < limit) return `${plural(count, 'message')} found. ${jump}`
  return `The newest ${count} are shown; --limit shows more. ${jump}`
}
