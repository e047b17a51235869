// What is being typed and not sent yet. The node keeps it as a draft of the open conversation, now
// and then while one types and on leaving, and gives it back when the conversation is opened again;
// and those in the conversation are told that one is typing.
import type { Event } from '../api/shapes.ts'
import { isTidingsError, toTidingsError } from '../core/errors.ts'
import { DRAFT_SAVE_MS, TYPING_TELL_MS } from '../core/limits.ts'
import { printable } from '../core/text.ts'
import { lineOf, textOf } from './parse.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'

/** Whoever has not pressed a key for so long has stopped. */
const TYPING_IDLE_MS = 5000
const DRAFT_NOTICE_CHARS = 60

export interface ComposingComponents {
  readonly screen: Screen
  readonly client: () => ReplClient
  readonly open: () => Partner | undefined
}

export class Composing {
  readonly #with: ComposingComponents
  /** What was typed last, by conversation: in the line of the open one, or put aside. */
  readonly #words = new Map<string, string>()
  /** What is kept beside the words, by conversation: it could not come into the line yet. */
  readonly #held = new Map<string, string>()
  /** Conversations of which the node keeps something else. */
  readonly #unsaved = new Set<string>()
  /** By conversation; what the node keeps is among what is held once it resolves. */
  readonly #reads = new Map<string, Promise<void>>()
  /** What stands in the line, and where it was typed. */
  #line: { readonly conversation: string; readonly text: string } | undefined
  #saving: NodeJS.Timeout | undefined
  /** The conversation whose people were told, and when. */
  #told: { readonly conversation: string; readonly atMs: number } | undefined
  #idle: NodeJS.Timeout | undefined
  #hasFailed = false

  constructor(components: ComposingComponents) {
    this.#with = components
  }

  /** The line changed by a key. @returns whether it is kept as a draft */
  edited(line: string): boolean {
    const text = textOf(line)
    const open = this.#with.open()
    this.#line = text && open ? { conversation: open.conversation, text } : undefined
    // While a command is typed, what was typed before it stays as it is.
    const isDraft = text !== undefined && open !== undefined
    if (isDraft) this.#change(open.conversation, text)
    if (isDraft && text !== '') this.#typing(open.conversation)
    else this.#stopTyping()
    return isDraft
  }

  /** The line is handed over: what it says is sent, or was a command. */
  entered(line: string): void {
    this.#line = undefined
    if (textOf(line) === undefined) return
    clearTimeout(this.#idle)
    // The node knows by the message that this is the end.
    this.#told = undefined
    const open = this.#with.open()
    if (!open) return
    this.#words.delete(open.conversation)
    this.#unsaved.delete(open.conversation)
    this.#giveBack(open.conversation, { isQuiet: true })
    if (this.#draft(open.conversation) !== '') this.#unsaved.add(open.conversation)
  }

  /** With a message that is sent the node forgets the draft, what is held as well. */
  async happened(event: Event): Promise<void> {
    if (event.type !== 'message' || !event.message.own) return
    const { conversation } = event.message
    const { screen, open } = this.#with
    const isHere = (): boolean => screen.hasPlaces && open()?.conversation === conversation
    if (!isHere()) return
    await this.#reads.get(conversation)?.catch(() => undefined)
    if (!isHere() || this.#draft(conversation) === '') return
    this.#unsaved.add(conversation)
    await this.#save()
  }

  /** The line was cleared, to be gone on with later. @returns false for what is no draft */
  putAside(line: string): boolean {
    const open = this.#with.open()
    const text = textOf(line)
    this.#line = undefined
    if (open && text) this.notSent(open, text)
    else this.#stopTyping()
    return open !== undefined && Boolean(text)
  }

  /** Words to be gone on with later, or (`again`) at once: the node would not take them. */
  notSent({ conversation }: Pick<Partner, 'conversation'>, text: string, again = false): void {
    const { screen } = this.#with
    this.#stopTyping()
    if (!again || screen.offer(lineOf(text)) || !screen.hasPlaces) this.#change(conversation, text)
    else {
      this.#held.set(conversation, joined(this.#held.get(conversation), text))
      this.#change(conversation, this.#words.get(conversation) ?? '')
      this.#giveBack(conversation)
    }
    void this.#save()
  }

  /** A conversation is being opened: what is typed from here on is beside what was kept there. */
  opening({ conversation }: Pick<Partner, 'conversation'>): void {
    if (this.#unsaved.has(conversation)) {
      this.#held.set(conversation, this.#draft(conversation))
    } else {
      this.#held.delete(conversation)
      this.#reads.delete(conversation)
    }
    this.#words.delete(conversation)
    // Whether it fails is told when it is waited for.
    this.#read(conversation).catch(() => undefined)
    const typed = this.#line
    if (!typed || typed.conversation === conversation) return
    // Typed behind the line that opens this one, however late that comes.
    this.#change(typed.conversation, '')
    this.#change(conversation, typed.text)
    this.#line = { conversation, text: typed.text }
  }

  /** Gives back what was typed there and not sent. */
  async opened({ conversation }: Pick<Partner, 'conversation'>): Promise<void> {
    await this.#read(conversation)
    if (this.#with.open()?.conversation === conversation) this.#giveBack(conversation)
  }

  /** Keeps what is there. Never rejects. */
  async leave(): Promise<void> {
    this.#stopTyping()
    await this.#save()
  }

  /** What the node does not keep, by conversation. */
  get unkept(): [conversation: string, text: string][] {
    return [...this.#unsaved].map((conversation) => [conversation, this.#draft(conversation)])
  }

  /** Without a node there is nobody to tell. */
  lost(): void {
    clearTimeout(this.#idle)
    this.#told = undefined
  }

  #change(conversation: string, text: string): void {
    this.#words.set(conversation, text)
    this.#unsaved.add(conversation)
    this.#saving ??= setTimeout(() => void this.#save(), DRAFT_SAVE_MS)
  }

  /** All that is to be kept of a conversation. */
  #draft(conversation: string): string {
    return joined(this.#held.get(conversation), this.#words.get(conversation))
  }

  /** Once for each opening. What was kept is older than what is here. */
  #read(conversation: string): Promise<void> {
    const known = this.#reads.get(conversation)
    if (known) return known
    const read = this.#with
      .client()
      .call('draft', { conversation })
      .then(({ text }) => {
        if (this.#reads.get(conversation) !== read) return
        this.#held.set(conversation, joined(text, this.#held.get(conversation)))
      })
    this.#reads.set(conversation, read)
    read.catch(() => {
      if (this.#reads.get(conversation) === read) this.#reads.delete(conversation)
    })
    return read
  }

  /** Puts what is held into the line, if nothing is there; else it waits until that is sent. */
  #giveBack(conversation: string, { isQuiet = false } = {}): void {
    const { screen } = this.#with
    const held = this.#held.get(conversation) ?? ''
    const words = this.#words.get(conversation) ?? ''
    const all = this.#draft(conversation)
    if (held === '') return
    const isOffered = held !== words && screen.offer(lineOf(all))
    if (isOffered) this.#words.set(conversation, all)
    if (isOffered || held === words || !screen.hasPlaces) this.#held.delete(conversation)
    if (isOffered || held === words || isQuiet) return
    const shown = printable(held.slice(0, DRAFT_NOTICE_CHARS).replaceAll(/\s+/g, ' '))
    const when = words === '' ? '' : ' (it comes back when your line is sent)'
    screen.say(`Not sent yet: ${shown}${when}`)
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saving)
    this.#saving = undefined
    await Promise.all([...this.#unsaved].map((conversation) => this.#saveOf(conversation)))
  }

  async #saveOf(conversation: string): Promise<void> {
    try {
      // What is kept must be known before anything takes its place.
      await this.#read(conversation)
      if (!this.#unsaved.has(conversation)) return
      const text = this.#draft(conversation)
      await this.#with.client().call('draft', { conversation, text })
      if (this.#draft(conversation) === text) this.#unsaved.delete(conversation)
    } catch (error) {
      // It is there again when the node is.
      if (this.#hasFailed || isTidingsError(error, 'no_daemon')) return
      this.#hasFailed = true
      const { message } = toTidingsError(error)
      this.#with.screen.error(printable(`what you type is not kept: ${message}`))
    }
  }

  #typing(conversation: string): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#stopTyping(), TYPING_IDLE_MS)
    const nowMs = performance.now()
    const isSame = this.#told?.conversation === conversation
    if (isSame && this.#told && nowMs - this.#told.atMs < TYPING_TELL_MS) return
    if (!isSame) this.#stopTyping()
    this.#told = { conversation, atMs: nowMs }
    this.#tell(conversation, false)
  }

  #stopTyping(): void {
    const told = this.#told
    if (!told) return
    clearTimeout(this.#idle)
    this.#told = undefined
    this.#tell(told.conversation, true)
  }

  /** A signal: when it does not get through, nothing is lost. */
  #tell(conversation: string, stopped: boolean): void {
    this.#with
      .client()
      .call('typing', { conversation, stopped })
      .catch(() => undefined)
  }
}

function joined(first: string | undefined = '', second: string | undefined = ''): string {
  return first === '' || second === '' ? first + second : `${first}\n${second}`
}
