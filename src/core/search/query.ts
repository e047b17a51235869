// What somebody looks for: words, all of which must be in a message, and phrases in quotation
// marks, which must be in it as they are.
import { TidingsError } from '../errors.ts'
import { SEARCH_QUERY_BYTES_MAX, SEARCH_WORDS_MAX } from '../limits.ts'
import { comparable } from './comparable.ts'

/** A phrase, or a word. A phrase that is not closed goes to the end. */
const PART = /["“”„]([^"“”„]*)|([^\s"“”„]+)/g
const MARK = /["“”„]/

/**
 * The words and phrases of a query in their comparable form, each once.
 *
 * @throws TidingsError `query_empty`, `query_too_long`
 */
export function parseQuery(text: string): readonly string[] {
  if (Buffer.byteLength(text) > SEARCH_QUERY_BYTES_MAX) {
    throw tooLong(`at most ${SEARCH_QUERY_BYTES_MAX} bytes of text`)
  }
  const parts = new Set<string>()
  let at = 0
  while (at < text.length) {
    PART.lastIndex = at
    const match = PART.exec(text)
    if (!match) break
    const [, phrase, word] = match
    at = PART.lastIndex
    // The mark that closes a phrase opens none.
    if (phrase !== undefined && MARK.test(text[at] ?? '')) at += 1
    const part = comparable(phrase ?? word ?? '')
    if (part !== '') parts.add(part)
  }
  if (parts.size === 0) throw new TidingsError('query_empty', 'say which words to look for')
  if (parts.size > SEARCH_WORDS_MAX) throw tooLong(`at most ${SEARCH_WORDS_MAX} words`)
  return [...parts]
}

/** @param text in its comparable form */
export function isFound(words: readonly string[], text: string): boolean {
  return words.every((word) => text.includes(word))
}

function tooLong(most: string): TidingsError {
  return new TidingsError('query_too_long', `a search has ${most}`)
}
