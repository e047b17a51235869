// Where characters, words and lines of a text begin and end: characters as a reader counts them,
// words as Unicode tells them (UAX 29). Places are UTF-16 units, lines end with a line feed. Each
// question costs microseconds, also in the midst of a long text.
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })
const words = new Intl.Segmenter('en', { granularity: 'word' })

/** Emoji are no words to Unicode, but one erases them by themselves. */
const SIGN = /[\p{Extended_Pictographic}\p{Regional_Indicator}]/u
const SPACE = /\s/

/** The end of the character that begins there. */
export function characterAfter(text: string, at: number): number {
  if (at >= text.length) return text.length
  if (isPlain(text, at) && (at + 1 === text.length || isPlain(text, at + 1))) return at + 1
  const found = characters.segment(text).containing(at)
  return found ? found.index + found.segment.length : text.length
}

/** The beginning of the character that ends there. */
export function characterBefore(text: string, at: number): number {
  if (at <= 1) return 0
  if (isPlain(text, at - 1) && isPlain(text, at - 2)) return at - 1
  return characters.segment(text).containing(at - 1)?.index ?? 0
}

/** The nearest place from there on that is not within a character. */
export function borderFrom(text: string, at: number): number {
  const begin = borderUpTo(text, at)
  return begin === at ? at : characterAfter(text, begin)
}

/** The nearest place up to there that is not within a character. */
function borderUpTo(text: string, at: number): number {
  if (at <= 0) return 0
  if (at >= text.length) return text.length
  if (isPlain(text, at) && isPlain(text, at - 1)) return at
  return characters.segment(text).containing(at)?.index ?? at
}

/** The beginning of the word before a place; of the text, if there is none. */
export function wordBefore(text: string, at: number): number {
  const segments = words.segment(text)
  for (let end = at; end > 0;) {
    const found = segments.containing(end - 1)
    if (!found) break
    if (isWord(found)) return borderUpTo(text, found.index)
    end = found.index
  }
  return 0
}

/** The end of the word behind a place; of the text, if there is none. */
export function wordAfter(text: string, at: number): number {
  const segments = words.segment(text)
  for (let begin = at; begin < text.length;) {
    const found = segments.containing(begin)
    if (!found) break
    begin = found.index + found.segment.length
    if (isWord(found)) return borderFrom(text, begin)
  }
  return text.length
}

/** The beginning of what stands before a place without white space in it. */
export function chunkBefore(text: string, at: number): number {
  let begin = text.slice(0, at).trimEnd().length
  while (begin > 0 && !SPACE.test(text.charAt(begin - 1))) begin--
  return borderUpTo(text, begin)
}

export function lineBegin(text: string, at: number): number {
  return at <= 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
}

/** Before the line feed. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function isWord({ isWordLike, segment }: Intl.SegmentData): boolean {
  return isWordLike === true || SIGN.test(segment)
}

/** ASCII joins with nothing but what follows it. */
function isPlain(text: string, at: number): boolean {
  return text.charCodeAt(at) < 0x7f
}
