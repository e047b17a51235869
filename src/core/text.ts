// Text from other people: which names may be shown as they are, and how any text is made safe for
// a terminal. A stranger chooses these characters; none may move the cursor, turn the line around
// or hide (docs/PROTOCOL.md, "Names").
import { NAME_BYTES_MAX, TOPIC_BYTES_MAX } from './limits.ts'

/**
 * Characters with an effect and no look: C0 and C1 controls, line and paragraph separators, bidi
 * controls, zero-width spaces, fillers, tags. Joiners (U+200C, U+200D) and variation selectors are
 * not among them: scripts and emoji need those. Written out, not by Unicode category, because
 * every node must refuse the same names whatever version of Unicode it knows.
 */
const INVISIBLE =
  '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f' +
  '\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb' +
  '\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}'
/** White space that is not invisible above. */
const SPACE = '\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u2800\\u3000'
const JOINERS = '\\u200c\\u200d\\ufe00-\\ufe0f'

const HAS_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'u')
const SPACE_AT_AN_END = new RegExp(`^[${SPACE}]|[${SPACE}]$`, 'u')
const HAS_LOOK = new RegExp(`[^${SPACE}${JOINERS}]`, 'u')
const HAS_MORE_THAN_BLANKS = new RegExp(`[^${SPACE}${JOINERS}${INVISIBLE}]`, 'u')
// A joiner with a plain neighbour joins nothing and only hides a difference.
const UNSAFE = new RegExp(
  `[${INVISIBLE}]|(?<![^\\u0000-\\u007f])[\\u200c\\u200d]|[\\u200c\\u200d](?![^\\u0000-\\u007f])`,
  'gu',
)

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** Whether a node or a profile may carry the name, in Hello and on every screen. */
export function isDisplayName(name: string): boolean {
  if (name === '' || name.length > NAME_BYTES_MAX) return false
  if (!name.isWellFormed() || Buffer.byteLength(name) > NAME_BYTES_MAX) return false
  return !HAS_INVISIBLE.test(name) && !SPACE_AT_AN_END.test(name) && HAS_LOOK.test(name)
}

/** Whether a group may have it: like a name, but longer, or nothing. */
export function isTopic(topic: string): boolean {
  if (topic.length > TOPIC_BYTES_MAX || !topic.isWellFormed()) return false
  return Buffer.byteLength(topic) <= TOPIC_BYTES_MAX && !HAS_INVISIBLE.test(topic)
}

/** Whether there is nothing to see: a message of blanks and of what does not show. */
export function isBlank(text: string): boolean {
  return !HAS_MORE_THAN_BLANKS.test(text)
}

/**
 * The value as JSON that may be shown on a terminal: what acts on one, or hides, is escaped as JSON
 * escapes it, and means the same to whoever parses it.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (chars) => {
    const units = Array.from({ length: chars.length }, (_, i) => chars.charCodeAt(i))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}

/**
 * The text with every character that acts on a terminal, or hides, shown as an escape such as
 * `\x1b` or `\u{202e}`. With `lines`, line feeds and tabs stay, and CR LF becomes a line feed.
 */
export function printable(text: string, options: { readonly lines?: boolean } = {}): string {
  const lines = options.lines === true
  const whole = (lines ? text.replaceAll('\r\n', '\n') : text).toWellFormed()
  return whole.replace(UNSAFE, (char) => {
    if (lines && (char === '\n' || char === '\t')) return char
    return SHORT_ESCAPES.get(char) ?? escaped(char.codePointAt(0) ?? 0)
  })
}

function escaped(codePoint: number): string {
  const hex = codePoint.toString(16)
  return codePoint <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}

/** Enough of a text to recognise what is meant, on one line. */
export function beginning(text: string, charsMax: number): string {
  const line = text
    .slice(0, 4 * charsMax)
    .replaceAll(/\s+/g, ' ')
    .trim()
  const characters = Array.from(line)
  if (characters.length <= charsMax) return line
  return `${characters.slice(0, charsMax).join('')}…`
}
