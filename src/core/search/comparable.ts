// Text as search compares it. What people do not mean when they look for a word makes no
// difference: case, diacritics, width and form of a character, what cannot be seen, how wide a
// space is, which quotation mark or dash a keyboard makes. Two texts are alike when their
// comparable forms are; a word is in a text when its comparable form is part of the text's.

/** Fast, and most of what is written on most networks. */
const PLAIN = /^[\t\n\r -~]*$/

/**
 * Marks above and below letters that stand for themselves, and everything that does not show. The
 * marks of scripts in which they are vowels or tones (Thai, Devanagari) are letters to those who
 * write them and stay, as do the two that make another kana of a kana.
 */
const UNSEEN = new RegExp(
  [
    String.raw`[[\p{Mn}&&[\p{Script=Inherited}\p{Script=Hebrew}`,
    String.raw`\p{Script=Arabic}\p{Script=Syriac}]]`,
    String.raw`--[\u3099\u309a]]|[\u0640\p{Default_Ignorable_Code_Point}]`,
  ].join(''),
  'gv',
)

/** Letters with a stroke and joined letters, which Unicode does not take apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ŧ: 't',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ς: 'σ',
}
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g')

/** @returns the text in its comparable form, which is its own comparable form */
export function comparable(text: string): string {
  if (PLAIN.test(text)) return spaced(text.toLowerCase())
  const bare = text.normalize('NFKD').replace(UNSEEN, '')
  // Down, up and down again: the capital of ß is SS, and ẞ has none but itself.
  const folded = bare.toLowerCase().toUpperCase().toLowerCase()
  const plain = folded
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .replace(/[‘’‚‛′]/g, "'")
    .replace(/[“”„‟″]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
  // Together again: a syllable of Hangul is one character, and so is a voiced kana.
  return spaced(plain.normalize('NFC'))
}

function spaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
