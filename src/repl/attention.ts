// What deserves the person's attention: how much is not read, which conversations are muted, and
// who is typing.
import type { Conversation, Message, Standing } from '../api/shapes.ts'
import { type Look, paint, sign } from './look.ts'
import type { EventOf } from './notices.ts'
import type { ReplClient } from './repl-client.ts'

/** News comes in bursts; the node is asked once for each. */
const GATHER_MS = 300
/** More names than these do not fit a line. */
const TYPING_NAMES_MAX = 3

export interface AttentionComponents {
  readonly client: () => ReplClient
  readonly now: () => Date
  /** How much is not read is something else now. */
  readonly changed: () => void
}

export class Attention {
  readonly #with: AttentionComponents
  readonly #muted = new Map<string, Standing>()
  /** What those who type are called, by conversation and account. */
  readonly #typing = new Map<string, string>()
  #unread = 0
  #timer: NodeJS.Timeout | undefined

  constructor(components: AttentionComponents) {
    this.#with = components
  }

  /** Messages in all conversations. */
  get unread(): number {
    return this.#unread
  }

  /** Learns everything anew. */
  take(conversations: readonly Conversation[]): void {
    this.#muted.clear()
    this.#typing.clear()
    for (const standing of conversations) this.standingIs(standing)
    this.#unread = conversations.reduce((sum, { unread }) => sum + unread, 0)
  }

  standingIs(standing: Standing): void {
    if (standing.muted) this.#muted.set(standing.conversation, standing)
    else this.#muted.delete(standing.conversation)
  }

  isMuted(conversation: string): boolean {
    return this.#standing(conversation) !== undefined
  }

  /** Whether a message is not to be pointed out. */
  isQuiet({ conversation, mentionsYou }: Pick<Message, 'conversation' | 'mentionsYou'>): boolean {
    const standing = this.#standing(conversation)
    return standing !== undefined && (standing.mutedAll || !mentionsYou)
  }

  /** Something happened that may change how much is not read. Failures wait for the next time. */
  look(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#count().catch(() => undefined)
    }, GATHER_MS)
  }

  typingIs({ conversation, account, typing }: EventOf<'typing'>, label: string): void {
    const key = `${conversation}/${account}`
    if (typing) this.#typing.set(key, label)
    else this.#typing.delete(key)
  }

  /** Nobody is known to type. */
  lost(): void {
    this.#typing.clear()
  }

  /** `ann is typing…`, or nothing. */
  typingLine(look: Look): string {
    const names = [...new Set(this.#typing.values())].slice(0, TYPING_NAMES_MAX)
    if (names.length === 0) return ''
    const dots = sign(look, '…', '...')
    return paint(
      look,
      'faint',
      `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} typing${dots}`,
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #standing(conversation: string): Standing | undefined {
    const standing = this.#muted.get(conversation)
    if (!standing || standing.mutedUntil === null) return standing
    return Date.parse(standing.mutedUntil) > this.#with.now().getTime() ? standing : undefined
  }

  async #count(): Promise<void> {
    const { unread } = await this.#with.client().call('status')
    if (unread === this.#unread) return
    this.#unread = unread
    this.#with.changed()
  }
}
