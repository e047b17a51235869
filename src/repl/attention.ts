// What deserves the person's attention: how much is not read and where, which conversations are
// muted, and who is typing.
import type { Conversation, Message, Standing } from '../api/shapes.ts'
import { Gathering } from './gathering.ts'
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

/** What is not read in a conversation. */
export interface News {
  readonly unread: number
  readonly mentions: number
}

const NO_NEWS: News = { unread: 0, mentions: 0 }

export class Attention {
  readonly #with: AttentionComponents
  readonly #news = new Map<string, News>()
  readonly #muted = new Map<string, Standing>()
  /** What those who type are called, by conversation and account. */
  readonly #typing = new Map<string, string>()
  #unread = 0
  readonly #gathering = new Gathering(GATHER_MS, () => this.#count())

  constructor(components: AttentionComponents) {
    this.#with = components
  }

  /** Messages in all conversations. */
  get unread(): number {
    return this.#unread
  }

  newsOf(conversation: string): News {
    return this.#news.get(conversation) ?? NO_NEWS
  }

  /** Learns everything anew. */
  take(conversations: readonly Conversation[]): void {
    this.#muted.clear()
    this.#typing.clear()
    this.#news.clear()
    for (const standing of conversations) this.standingIs(standing)
    this.#unread = conversations.reduce((sum, { unread }) => sum + unread, 0)
  }

  standingIs(standing: Standing): void {
    const { conversation, unread, mentions } = standing
    if (unread > 0) this.#news.set(conversation, { unread, mentions })
    else this.#news.delete(conversation)
    if (standing.muted) this.#muted.set(standing.conversation, standing)
    else this.#muted.delete(standing.conversation)
  }

  /** A message of somebody arrived; the node counts for itself, and is asked soon. */
  arrived({ conversation, mentionsYou }: Pick<Message, 'conversation' | 'mentionsYou'>): void {
    const { unread, mentions } = this.newsOf(conversation)
    this.#news.set(conversation, { unread: unread + 1, mentions: mentions + (mentionsYou ? 1 : 0) })
    this.look()
  }

  /** What is in view is read. */
  seen(conversation: string): void {
    this.#news.delete(conversation)
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
    this.#gathering.look()
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
    this.#gathering.stop()
  }

  #standing(conversation: string): Standing | undefined {
    const standing = this.#muted.get(conversation)
    if (!standing || standing.mutedUntil === null) return standing
    return Date.parse(standing.mutedUntil) > this.#with.now().getTime() ? standing : undefined
  }

  async #count(): Promise<void> {
    const { unread } = await this.#with.client().call('status')
    this.#unread = unread
    const counted = [...this.#news.values()].reduce((sum, news) => sum + news.unread, 0)
    if (counted !== unread) {
      for (const standing of await this.#with.client().call('conversations')) {
        this.standingIs(standing)
      }
    }
    this.#with.changed()
  }
}
