// What may stand as a reaction: one emoji, or one other character. Segmenting text properly goes
// by tables that grow with each version of Unicode, and an entry must be valid on every node or
// on none; so the rule is written out here, for code points that are assigned and those that will
// be (docs/PROTOCOL.md, "Entry").
import { EMOJI_BYTES_MAX } from './limits.ts'
import { printable } from './text.ts'

/** What stays with the character before it: accents, variation selectors, skin tones, keycap. */
const EXTENDS = '\\u0300-\\u036f\\u20d0-\\u20ff\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\u{1f3fb}-\\u{1f3ff}'
/** Letters that stand for a flag in pairs, and those that spell one behind a black flag. */
const FLAG_LETTER = '[\\u{1f1e6}-\\u{1f1ff}]'
const TAGS = '[\\u{e0020}-\\u{e007e}]+\\u{e007f}'
/** What others are joined to by U+200D: the blocks in which pictures lie. */
const PICTURE = '[\\u2190-\\u2bff\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1ffff}]'
const SPACE = '\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u2800\\u3000'
const JOINER = '\\u200d'

const JOINED = `${PICTURE}[${EXTENDS}]*(?:${JOINER}${PICTURE}[${EXTENDS}]*)+`
const SINGLE = `[^${SPACE}${EXTENDS}${JOINER}\\u200c\\u{e0000}-\\u{e0fff}][${EXTENDS}]*`
const ONE = new RegExp(
  `^(?:${FLAG_LETTER}{2}|${PICTURE}[${EXTENDS}]*${TAGS}|${JOINED}|${SINGLE})$`,
  'u',
)

/** Whether the text may be the emoji of a reaction. */
export function isEmoji(text: string): boolean {
  if (text.length > EMOJI_BYTES_MAX || !text.isWellFormed()) return false
  if (Buffer.byteLength(text) > EMOJI_BYTES_MAX || !ONE.test(text)) return false
  // The tags of a flag hide nothing there; everything else that hides or acts is refused.
  const bare = text.replace(/[\u{e0020}-\u{e007f}]/gu, '')
  return printable(bare) === bare
}
