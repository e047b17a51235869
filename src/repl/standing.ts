// Gathers news of where own messages stand, so that many become one line: the acknowledgements of
// a backlog come page by page, and a conversation's last messages one by one.
import type { MessageState } from '../api/shapes.ts'
import { type Look, paint, sign } from './look.ts'
import { plural } from './notices.ts'

export interface Standing {
  readonly conversation: string
  readonly state: Exclude<MessageState, 'received'>
  readonly count: number
  /** They could not leave at once: the contact was away, or they are from an earlier time. */
  readonly waited: boolean
}

export class Standings {
  readonly #news = new Map<string, Standing>()

  get isEmpty(): boolean {
    return this.#news.size === 0
  }

  add(news: Standing): void {
    const kind = news.waited && news.state === 'delivered' ? 'backlog' : news.state
    const key = `${news.conversation} ${kind}`
    const before = this.#news.get(key)?.count ?? 0
    this.#news.set(key, { ...news, count: before + news.count })
    // Who read a message has it: one line is enough, unless it had been waiting for long.
    if (news.state === 'read') this.#news.delete(`${news.conversation} delivered`)
    if (news.state !== 'queued') this.#news.delete(`${news.conversation} queued`)
  }

  /** Everything gathered, once. */
  take(): Standing[] {
    const all = [...this.#news.values()]
    this.#news.clear()
    return all
  }
}

export function standingNotice(news: Standing, label: string, look: Look): string {
  const { state, count, waited } = news
  const many = count > 1 ? ` (${plural(count, 'message')})` : ''
  const begin = (unicode: string): string => sign(look, `  ${unicode}`, '  ', '')
  switch (state) {
    case 'queued': {
      const words = `${plural(count, 'message')} wait${count === 1 ? 's' : ''} for ${label}`
      return paint(look, 'faint', begin('') + words)
    }
    case 'delivered':
      return waited
        ? `Delivered ${plural(count, 'waiting message')} to ${label}.`
        : paint(look, 'faint', `${begin('✓ ')}delivered to ${label}${many}`)
    case 'read':
      return paint(look, 'faint', `${begin('✓✓ ')}read by ${label}${many}`)
  }
}
