// Which names look the same to a person: Unicode lets anybody write "Anna" with a Cyrillic letter,
// in full width, with a dot below or a space that is hardly one. Names are not identities, but
// people read them as such, so what imitates is told (docs/SECURITY.md). This is the skeleton of
// Unicode Technical Standard 39, section 4, made a little coarser: case, marks, spaces, signs and
// punctuation do not make a name another one. It says something about names on this screen only, so
// it does not matter that another version of Unicode may see it in another way.
import { CONFUSABLES } from './confusables.ts'

/** Marks that any letter may carry, joiners, selectors; vowel signs of a script are not among. */
const MARKS = /\p{Script=Inherited}/gu
const BETWEEN_WORDS = /[\p{Z}\p{Cc}\p{Cf}]/gu
const NO_LETTER = /[\p{Z}\p{Cc}\p{Cf}\p{P}\p{S}]/gu

const SEEN_AS: ReadonlyMap<string, string> = new Map(
  CONFUSABLES.flatMap(([seen, like]) => [...like].map((char) => [char, seen] as const)),
)

/** Whether two names are one to whoever types them: in any case, composed or not. */
export function isSameName(a: string, b: string): boolean {
  return nameKey(a) === nameKey(b)
}

/** What names that are one in this sense share. */
export function nameKey(name: string): string {
  return fold(name.normalize('NFC'))
}

export function looksLike(a: string, b: string): boolean {
  return shareOne(skeletons(a), skeletons(b))
}

export type Skeletons = readonly [asWritten: string, inLowerCase: string]

export function shareOne(a: Skeletons, b: Skeletons): boolean {
  return a.some((skeleton) => b.includes(skeleton))
}

/**
 * What is left of a name for the eye; names that share one of the two look alike. The first is of
 * the letters as they are (a capital I is an l), the second of the letters in lower case (an i is
 * none). Never empty for a name that may be shown.
 */
export function skeletons(name: string): Skeletons {
  const plain = name.normalize('NFKD').replaceAll(MARKS, '')
  return [lettersOf(seen(plain)), lettersOf(seen(fold(plain)))]
}

function seen(text: string): string {
  return [...text].map((char) => SEEN_AS.get(char) ?? char).join('')
}

/** Letters and digits; of a name that has none, such as one of emoji, all that shows. */
function lettersOf(text: string): string {
  const folded = fold(text)
  return folded.replaceAll(NO_LETTER, '') || folded.replaceAll(BETWEEN_WORDS, '') || text
}

/** Upper case first: it has one form for what has several in lower case. */
function fold(text: string): string {
  return text.toUpperCase().toLowerCase()
}
