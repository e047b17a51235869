// Puts rows on a terminal and remembers them, so that the next time only rows that changed are
// written, and what has moved up is moved by the terminal itself: a link of a few kilobytes a
// second is enough.
import type { Writable } from 'node:stream'

export interface Frame {
  readonly rows: readonly string[]
  /** Rows from the top that move together when something is said. */
  readonly scrolling: number
  /** Where the cursor stands: its row, and what is written there before it. */
  readonly cursorRow: number
  readonly beforeCursor: string
}

const CSI = '\x1b['
/** Terminals that know it show what is between the two at once. */
const BEGIN = `${CSI}?2026h`
const END = `${CSI}?2026l`
/** A row of which too much is written, by another measure of width, ends at the edge. */
const NO_WRAP = `${CSI}?7l`
const WRAP = `${CSI}?7h`
const ENTER = `${CSI}?1049h${NO_WRAP}${CSI}?2004h${CSI}?1004h${CSI}H${CSI}2J`
// Where there is no second screen (the console of Linux), what was said does not stay on the first.
const LEAVE = `${CSI}H${CSI}2J${CSI}?1004l${CSI}?2004l${CSI}?25h${WRAP}${CSI}?1049l`
const RESET = `${CSI}0m`

export class Painter {
  readonly #output: Writable
  #drawn: Frame | undefined
  #isOn = false

  constructor(output: Writable) {
    this.#output = output
  }

  /** What was written before is still on its way: another frame would only wait behind it. */
  get isBusy(): boolean {
    return this.#output.writableNeedDrain
  }

  /** Takes the whole screen; what was on it comes back with `leave`. */
  enter(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#drawn = undefined
    this.#output.write(ENTER)
  }

  leave(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#output.write(LEAVE)
  }

  /** The next frame is written whole. */
  forget(): void {
    this.#drawn = undefined
  }

  draw(frame: Frame): void {
    if (!this.#isOn) return
    const old = this.#drawn
    const typed = old && typedOnly(old, frame)
    if (typed !== undefined) {
      this.#drawn = frame
      if (typed !== '') this.#output.write(typed)
      return
    }
    let moved = old?.rows ?? []
    let out = ''
    const isFresh = old?.rows.length !== frame.rows.length
    if (isFresh) out += `${CSI}2J`
    else {
      const height = Math.max(old.scrolling, frame.scrolling)
      const by = movedBy(old.rows, frame.rows, height)
      out += scrolled(by, height)
      moved = afterScroll(old.rows, by, height)
    }
    for (const [index, row] of frame.rows.entries()) {
      if (!isFresh && moved[index] === row) continue
      out += `${CSI}${index + 1};1H${RESET}${row}${RESET}${CSI}K`
    }
    const cursor =
      out !== '' || old?.beforeCursor !== frame.beforeCursor || old.cursorRow !== frame.cursorRow
    this.#drawn = frame
    if (!cursor) return
    // The terminal itself knows how wide what stands before the cursor is.
    const place = `${CSI}${frame.cursorRow + 1};1H${RESET}${frame.beforeCursor}`
    this.#output.write(`${BEGIN}${out}${place}${END}`)
  }
}

/** What was typed at the end of the line, where nothing else has changed. */
function typedOnly(old: Frame, now: Frame): string | undefined {
  const { cursorRow: row, beforeCursor: before } = old
  if (old.rows.length !== now.rows.length || row !== now.cursorRow) return undefined
  if (old.rows[row] !== before || now.rows[row] !== now.beforeCursor) return undefined
  if (!now.beforeCursor.startsWith(before)) return undefined
  if (!now.rows.every((text, index) => index === row || text === old.rows[index])) return undefined
  const typed = now.beforeCursor.slice(before.length)
  return /^[\x20-\x7e]*$/.test(typed) ? typed : undefined
}

/** By how many rows the upper part has moved up, or (negative) down, so that least is written. */
function movedBy(old: readonly string[], now: readonly string[], height: number): number {
  let best = 0
  let least = changes(old, now, 0, height)
  const most = height >> 1
  for (let by = 1; by <= most && least > 0; by++) {
    for (const moved of [by, -by]) {
      // A row that comes in empty is written too.
      const count = changes(old, now, moved, height) + 1
      if (count < least) [best, least] = [moved, count]
    }
  }
  return best
}

/** Rows of the upper part that have to be written once it has moved. */
function changes(
  old: readonly string[],
  now: readonly string[],
  by: number,
  height: number,
): number {
  let count = 0
  for (let row = 0; row < height; row++) {
    const from = row + by
    const there = from < 0 || from >= height ? '' : old[from]
    if (there !== now[row]) count++
  }
  return count
}

function afterScroll(rows: readonly string[], by: number, height: number): readonly string[] {
  const blank = Array.from({ length: Math.abs(by) }, () => '')
  const rest = rows.slice(height)
  return by > 0
    ? [...rows.slice(by, height), ...blank, ...rest]
    : [...blank, ...rows.slice(0, height + by), ...rest]
}

/** By line feeds at its last row, or their reverse at its first: every terminal knows these. */
function scrolled(by: number, height: number): string {
  if (by === 0) return ''
  const feeds = by > 0 ? `${CSI}${height};1H${'\n'.repeat(by)}` : `${CSI}H${'\x1bM'.repeat(-by)}`
  return `${CSI}1;${height}r${feeds}${CSI}r`
}
