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
const LINK_OR_CODE = /(https?:\/\/[^\s<>"`\p{Cc}]*[^\s<>"`\p{Cc}.,;:!?)\]}'])|(`[^`\p{Cc}]+`)/gu
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
  return text.replaceAll(LINK_OR_CODE, (_all, link?: string, code?: string) => {
    return link === undefined ? paint(look, 'code', code ?? '') : linked(link, look)
  })
}

/** Underlined, and told to terminals that know of links (OSC 8), so that its rows are one. */
function linked(link: string, look: Look): string {
  const shown = paint(look, 'link', link)
  return look.links ? `\x1b]8;;${link}\x1b\\${shown}\x1b]8;;\x1b\\` : shown
}
