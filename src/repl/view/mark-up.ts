// What shows in the words of a message: links, which stay whole to whoever clicks them however
// they are broken, and code, which keeps its spaces.
import { lineColumns, type Look, paint, sign } from '../look.ts'

export interface Line {
  /** Before each row of it. */
  readonly margin: string
  text: string
  readonly isCode: boolean
}

// The name of who does something stands in its line, painted: colours belong to no link.
const LINK_OR_CODE = /(https?:\/\/)([^\s<>"`\p{Cc}]+)|(`[^`\p{Cc}]+`)/gu
/** What ends a sentence and no link. */
const STOP = /[.,;:!?']/
const BRACKETS: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
])
const FENCE = /^\s*```/
const TAB_COLUMNS = 4

export function markedUp(text: string, look: Look): Line[] {
  const lines: Line[] = []
  let isCode = false
  for (const raw of text.replaceAll('\t', ' '.repeat(TAB_COLUMNS)).split('\n')) {
    if (FENCE.test(raw)) {
      isCode = !isCode
      lines.push({ margin: '', text: paint(look, 'faint', raw.trim()), isCode: false })
    } else if (isCode) {
      const margin = paint(look, 'faint', sign(look, '│ ', '| '))
      lines.push({ margin, text: paint(look, 'code', raw), isCode })
    } else {
      const lead = /^ */.exec(raw)?.[0] ?? ''
      const margin = lead.length < lineColumns(look) / 2 ? lead : ''
      lines.push({ margin, text: inLine(raw.slice(lead.length), look), isCode })
    }
  }
  return lines
}

function inLine(text: string, look: Look): string {
  if (!look.color) return text
  return text.replaceAll(LINK_OR_CODE, (all, scheme?: string, more: string = '') => {
    if (scheme === undefined) return paint(look, 'code', all)
    const length = linkLength(more)
    return length === 0 ? all : linked(scheme + more.slice(0, length), look) + more.slice(length)
  })
}

/** A bracket belongs to the link that it stands behind if the link has the one that opens it. */
function linkLength(text: string): number {
  const opened = new Map<string, number>()
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    const opening = BRACKETS.get(char)
    const open = opened.get(opening ?? char) ?? 0
    if (opening === undefined) {
      opened.set(char, open + 1)
      if (!STOP.test(char)) length = at + 1
    } else if (open > 0) {
      opened.set(opening, open - 1)
      length = at + 1
    }
  }
  return length
}

/** Underlined, and told to terminals that know of links (OSC 8), so that its rows are one. */
function linked(link: string, look: Look): string {
  const shown = paint(look, 'link', link)
  return look.links ? `\x1b]8;;${link}\x1b\\${shown}\x1b]8;;\x1b\\` : shown
}
