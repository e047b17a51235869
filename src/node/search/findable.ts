// What can be found of an entry: the one place where search takes words of an entry. Filters
// are made of this and matches are decided by it, so that both always see the same text.
import type { Entry } from '../../core/entry.ts'
import { comparable } from '../../core/search/comparable.ts'
import { decodeEntry } from '../../wire/entry.ts'

export interface Findable {
  readonly entry: Entry
  /** Those of a text or an edit in their comparable form; else empty. */
  readonly text: string
}

/** @param bytes of the entry as it reads here */
export function findable(bytes: Uint8Array): Findable {
  const entry = decodeEntry(bytes)
  return { entry, text: 'text' in entry.body ? comparable(entry.body.text) : '' }
}
