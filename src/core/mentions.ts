// Who a text addresses by name: `@` and a name that somebody in the conversation goes by.
import type { AccountId } from './id.ts'
import { MENTIONS_MAX } from './limits.ts'

/** What may stand before the sign and after the name: `bob@example.org` addresses nobody. */
const WORD = /[\p{L}\p{N}\p{M}_]/u

/**
 * The accounts that are addressed, in ascending order, each once. Case does not matter; of several
 * names that fit, the longest counts.
 *
 * @param names what people are called; one account may go by several
 */
export function findMentions(
  text: string,
  names: Iterable<readonly [name: string, account: AccountId]>,
): AccountId[] {
  if (!text.includes('@')) return []
  const folded = fold(text)
  const known = [...names]
    .map(([name, account]) => [fold(name), account] as const)
    .filter(([name]) => name !== '')
    .toSorted(([a], [b]) => b.length - a.length)
  const found = new Set<AccountId>()
  for (let at = folded.indexOf('@'); at >= 0; at = folded.indexOf('@', at + 1)) {
    if (at > 0 && WORD.test(lastCharacter(folded.slice(0, at)))) continue
    const rest = folded.slice(at + 1)
    const hit = known.find(([name]) => rest.startsWith(name) && endsWord(rest, name.length))
    if (hit) found.add(hit[1])
  }
  return [...found].toSorted().slice(0, MENTIONS_MAX)
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

function lastCharacter(text: string): string {
  return Array.from(text.slice(-2)).at(-1) ?? ''
}

function endsWord(text: string, at: number): boolean {
  const next = text.codePointAt(at)
  return next === undefined || !WORD.test(String.fromCodePoint(next))
}
