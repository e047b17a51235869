// The whole screen, from what is on it: what was said, what Tab found, the row of conversations,
// the line being typed.
import { stringWidth, truncate } from '../../cli/width.ts'
import { lineColumns, type Look, sign } from '../look.ts'
import type { InputLayout, InputRows } from './input-layout.ts'
import type { Frame } from './painter.ts'
import { statusRow, type Tab } from './status-row.ts'
import type { Transcript } from './transcript.ts'

const HITS_ROWS_MAX = 4

export interface Scene {
  readonly transcript: Transcript
  readonly tabs: readonly Tab[]
  readonly passing: string
  readonly layout: InputLayout
  readonly prompt: string
  readonly line: string
  /** In UTF-16 units of the line. */
  readonly cursor: number
  /** What could be meant by what is being typed. */
  readonly hits: readonly string[]
  readonly look: Look
  readonly rowsMax: number
}

export function frameOf(scene: Scene): Frame {
  const { transcript, tabs, look, rowsMax } = scene
  const { input, hits, height } = parts(scene)
  const said = transcript.rows(height, look)
  const gap = Array.from({ length: height - said.length }, () => '')
  const status = statusRow(tabs, happening(scene), look)
  return {
    rows: [...gap, ...said, ...hits, status, ...input.rows].slice(-rowsMax),
    scrolling: height,
    cursorRow: rowsMax - input.rows.length + input.row,
    beforeCursor: input.before,
  }
}

/** What happens just now; while one reads what was before, how to come back to it. */
function happening({ transcript: { isAtEnd, newCount }, passing }: Scene): string {
  if (isAtEnd) return passing
  const back = `PgDn: ${newCount > 0 ? `${newCount.toLocaleString('en')} new` : 'newer'}`
  return passing === '' ? back : `${back}  ${passing}`
}

/** Rows that there are for what was said. */
export function heightOf(scene: Scene): number {
  return Math.max(1, parts(scene).height)
}

function parts(scene: Scene): { input: InputRows; hits: string[]; height: number } {
  const { layout, prompt, look, rowsMax } = scene
  const inputMax = Math.max(1, Math.floor(rowsMax / 3))
  const input = layout.rows(prompt, scene, { columns: lineColumns(look), rowsMax: inputMax })
  const hits = hitRows(scene)
  return { input, hits, height: Math.max(0, rowsMax - input.rows.length - hits.length - 1) }
}

function hitRows({ hits, look, rowsMax }: Scene): string[] {
  const columns = lineColumns(look)
  const rows: string[] = []
  for (const hit of hits.map((each) => each.trim())) {
    const row = rows.at(-1)
    const longer = row === undefined ? hit : `${row}  ${hit}`
    if (row !== undefined && stringWidth(longer) <= columns) rows[rows.length - 1] = longer
    else rows.push(truncate(hit, columns))
  }
  const most = Math.min(HITS_ROWS_MAX, rowsMax >> 1)
  return rows.length <= most ? rows : [...rows.slice(0, most - 1), sign(look, '…', '...')]
}
