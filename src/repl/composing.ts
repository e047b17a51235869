// What is being typed and not sent yet. The node keeps it as a draft of the open conversation, now
// and then while one types and on leaving, and gives it back when the conversation is opened again;
// and those in the conversation are told that one is typing.
import { isTidingsError, toTidingsError } from '../core/errors.ts'
import { DRAFT_SAVE_MS, TYPING_TELL_MS } from '../core/limits.ts'
import { printable } from '../core/text.ts'
import { lineOf, parseLine } from './parse.ts'
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

interface Draft {
  readonly conversation: string
  readonly text: string
}

export class Composing {
  readonly #with: ComposingComponents
  /** Differs from what the node keeps. */
  #unsaved: Draft | undefined
  #saving: NodeJS.Timeout | undefined
  /** The conversation whose people were told, and when. */
  #told: { readonly conversation: string; readonly atMs: number } | undefined
  #idle: NodeJS.Timeout | undefined
  #hasFailed = false

  constructor(components: ComposingComponents) {
    this.#with = components
  }

  /** The line changed by a key. */
  edited(line: string): void {
    const text = textOf(line)
    const open = this.#with.open()
    // While a command is typed, what was typed before it stays as it is.
    if (text === undefined || !open) return this.#stopTyping()
    this.#change({ conversation: open.conversation, text })
    if (text === '') this.#stopTyping()
    else this.#typing(open.conversation)
  }

  /** The line is handed over: what it says is sent, or was a command. */
  entered(line: string): void {
    if (textOf(line) === undefined) return
    clearTimeout(this.#saving)
    this.#saving = undefined
    this.#unsaved = undefined
    clearTimeout(this.#idle)
    // The node knows by the message that this is the end.
    this.#told = undefined
  }

  /** The line was cleared, to be gone on with later. */
  putAside(line: string): void {
    const open = this.#with.open()
    const text = textOf(line)
    if (open && text) this.notSent(open, text)
    else this.#stopTyping()
  }

  /** Words to be gone on with later, or (`again`) at once: the node would not take them. */
  notSent({ conversation }: Pick<Partner, 'conversation'>, text: string, again = false): void {
    if (again) this.#with.screen.offer(lineOf(text))
    this.#stopTyping()
    this.#change({ conversation, text })
    void this.#save()
  }

  /** Gives back what was typed there and not sent. */
  async opened({ conversation }: Pick<Partner, 'conversation'>): Promise<void> {
    const { client, screen } = this.#with
    await this.#save()
    const { text } = await client().call('draft', { conversation })
    if (text === '' || this.#with.open()?.conversation !== conversation) return
    if (screen.offer(lineOf(text))) return
    const shown = printable(text.slice(0, DRAFT_NOTICE_CHARS).replaceAll(/\s+/g, ' '))
    screen.say(`Not sent yet: ${shown}`)
  }

  /** Keeps what is there. Never rejects. */
  async leave(): Promise<void> {
    this.#stopTyping()
    await this.#save()
  }

  /** Without a node there is nobody to tell. */
  lost(): void {
    clearTimeout(this.#idle)
    this.#told = undefined
  }

  #change(draft: Draft): void {
    this.#unsaved = draft
    this.#saving ??= setTimeout(() => void this.#save(), DRAFT_SAVE_MS)
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saving)
    this.#saving = undefined
    const draft = this.#unsaved
    this.#unsaved = undefined
    if (!draft) return
    try {
      await this.#with.client().call('draft', { ...draft })
    } catch (error) {
      // It is there again when the node is; a newer one counts more.
      this.#unsaved ??= draft
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

/** The words of a message; undefined for a command, or words for somebody by name. */
function textOf(line: string): string | undefined {
  const parsed = parseLine(line)
  if (parsed.kind === 'nothing') return ''
  return parsed.kind === 'text' ? parsed.text : undefined
}
