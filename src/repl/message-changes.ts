// Messages that change: the line of one is changed in its place where that is possible, else a line
// says what happened. The answer to a command and the event of the same change come in any order,
// and the second says nothing: what a message looked like last is known by its id.
import type { Message } from '../api/shapes.ts'
import { changeWords } from '../cli/change-text.ts'
import type { Directory } from './directory.ts'
import { clockTime, formatMessage, quoteOf, toShown } from './messages.ts'
import type { EventOf } from './notices.ts'
import type { Partner } from './partner.ts'
import type { Screen } from './screen.ts'
import type { ShownMessages } from './shown-messages.ts'

/** Messages whose look is remembered: more than change on a screen. */
const LOOKS_MAX = 2048

export type Change = Pick<EventOf<'changed'>, 'change' | 'emoji' | 'message'>

export interface MessageChangesComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly shown: ShownMessages
  /** Whose conversation is open. */
  readonly open: () => Partner | undefined
}

export class MessageChanges {
  readonly #with: MessageChangesComponents
  readonly #looks = new Map<string, string>()
  #said = 0

  constructor(components: MessageChangesComponents) {
    this.#with = components
  }

  /** How many changes were said so far. */
  get said(): number {
    return this.#said
  }

  /** A message was shown as it is. */
  seen(message: Message): void {
    const { id } = message
    this.#looks.delete(id)
    this.#looks.set(id, lookOf(message))
    const oldest = this.#looks.size > LOOKS_MAX ? this.#looks.keys().next().value : undefined
    if (oldest !== undefined) this.#looks.delete(oldest)
  }

  /** A message of one's own was taken back; the next one may get its id. */
  undone(id: string): void {
    const { screen, shown } = this.#with
    this.#looks.delete(id)
    shown.forget(id)
    screen.remove(id)
  }

  /** The user changed a message. @returns whether there was anything new to say */
  did(change: Change): boolean {
    return this.#changed(change, 'you', false)
  }

  /** Somebody changed a message. @param isQuiet whether no line is to be said of it */
  happened(event: EventOf<'changed'>, isQuiet: boolean): void {
    const name = this.#with.directory.called(event.by, event.byName)
    this.#changed(event, event.own ? 'you' : name, isQuiet)
  }

  #changed(change: Change, who: string, isQuiet: boolean): boolean {
    const { screen, directory, shown, open } = this.#with
    const { message } = change
    if (this.#looks.get(message.id) === lookOf(message)) return false
    this.seen(message)
    this.#said++
    const isOpen = message.conversation === open()?.conversation
    const now = toShown(message, directory, isOpen, screen.look)
    const line = formatMessage(now, screen.look)
    shown.change(message.id, now)
    if (change.change === 'edited' || change.change === 'deleted') this.#quoteAnew(message)
    if (screen.replace(message.id, now, message.id) || isQuiet) return true
    // Where every conversation has its place, it will be seen there.
    if (screen.hasPlaces && !isOpen && !message.own && who !== 'you') return true
    const words = `${changeWords(change, who)}${isOpen ? '' : this.#where(message)}`
    const time = clockTime(now.sentAt, screen.look)
    screen.print(change.change === 'deleted' ? `${words} of ${time}` : `${words} ${line}`)
    return true
  }

  /** What answers a message shows its beginning: what it says now, and nothing that was deleted. */
  #quoteAnew(message: Message): void {
    const { screen, shown } = this.#with
    const quote = quoteOf(message)
    for (const [id, answer] of shown.answersTo(message.id)) {
      const now = { ...answer, quote }
      shown.change(id, now)
      screen.replace(id, now, id)
    }
  }

  /** ` (@carol)`, ` (#crew)` */
  #where({ conversation }: Message): string {
    const partner = this.#with.directory.partner(conversation)
    if (!partner) return ''
    return ` (${partner.contact ? '@' : ''}${partner.label})`
  }
}

/** What can change of a message. */
function lookOf({ text, deleted, edited, pinned, reactions }: Message): string {
  return JSON.stringify([text, deleted, edited, pinned, reactions])
}
