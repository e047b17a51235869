// What can be found of an entry: the one place where search takes the words of a message. Filters
// are made of this and matches are decided by it, so that both always see the same text.
import { comparable } from '../../core/search/comparable.ts'
import { decodeEntry } from '../../wire/entry.ts'

export interface Findable {
  readonly wallTimeMs: number
  /** In its comparable form; empty for what has no words. */
  readonly text: string
}

export function findable(entry: Uint8Array): Findable {
  const { wallTimeMs, body } = decodeEntry(entry)
  return { wallTimeMs, text: body.kind === 'text' ? comparable(body.text) : '' }
}
