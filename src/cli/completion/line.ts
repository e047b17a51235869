// The command line as bash hands it to a completion: text with quotes and backslashes, of which
// bash itself takes only the end for the word. So it is read here, and what is offered is cut and
// quoted to fit where bash puts it.

export interface Typed {
  /** Whole words before the one that is being typed, the program's name among them. */
  readonly before: readonly string[]
  /** What there is of the word, without quotes. */
  readonly partial: string
  /** The quote that is open. */
  readonly quote: '' | '"' | "'"
}

/** @param line up to the cursor */
export function readLine(line: string): Typed {
  const before: string[] = []
  let partial = ''
  let quote: Typed['quote'] = ''
  let isWord = false
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (quote === '' && /\s/.test(char)) {
      if (isWord) before.push(partial)
      partial = ''
      isWord = false
      continue
    }
    isWord = true
    if (char === quote) quote = ''
    else if (quote === '' && (char === '"' || char === "'")) quote = char
    else if (char === '\\' && quote !== "'") {
      const next = line[at + 1] ?? ''
      // Between double quotes a backslash stays where it protects nothing.
      if (quote === '"' && !/["\\$`]/.test(next)) partial += char
      partial += next
      at += 1
    } else partial += char
  }
  return { before, partial, quote }
}

/**
 * What bash has to put in place of what it takes for the word, the text behind the last of its
 * separators (`@`, `=` and others).
 *
 * @param word what is offered; it begins with what was typed
 * @param current what bash takes for the word
 */
export function fitForBash(word: string, { partial, quote }: Typed, current: string): string {
  const behind = readLine(current).partial
  const kept = partial.endsWith(behind) ? partial.length - behind.length : 0
  return quoted(word.slice(kept), quote)
}

function quoted(text: string, quote: Typed['quote']): string {
  if (quote === "'") return text.replaceAll("'", String.raw`'\''`)
  if (quote === '"') return text.replaceAll(/["\\$`]/g, String.raw`\$&`)
  return text.replaceAll(/[^\p{L}\p{M}\p{N}@%+=:,./_-]/gu, String.raw`\$&`)
}
