// Cursors: a durable place in what happened on this node, as `position.index.seq`. Position and
// index name a record of the event log; seq is the entry within it that was handled.
import { TidingsError } from '../core/errors.ts'
import type { Cursor } from './node-types.ts'

export interface CursorParts {
  readonly position: number
  readonly index: number
  readonly seq: number
}

export const CURSOR_START: CursorParts = { position: 0, index: 0, seq: 0 }

export function formatCursor({ position, index, seq }: CursorParts): Cursor {
  return `${position}.${index}.${seq}`
}

/**
 * @param newest what this node could have given out: whoever follows from beyond it would miss all
 * that comes until then
 * @throws TidingsError `bad_input` for anything that no node, or not this one, ever gave out
 */
export function parseCursor(cursor: string, newest?: CursorParts): CursorParts {
  if (cursor === '0') return CURSOR_START
  const match = /^(\d{1,16})\.(\d{1,16})\.(\d{1,16})$/.exec(cursor)
  const [position, index, seq] = (match ?? []).slice(1).map(Number)
  const numbers = [position, index, seq]
  if (position === undefined || index === undefined || seq === undefined) {
    throw new TidingsError('bad_input', `"${cursor.slice(0, 80)}" is not a cursor`)
  }
  if (!numbers.every(Number.isSafeInteger)) {
    throw new TidingsError('bad_input', `"${cursor.slice(0, 80)}" is not a cursor`)
  }
  const parts = { position, index, seq }
  if (newest && compareCursors(parts, newest) > 0) {
    const message =
      `the cursor "${cursor}" lies ahead of this node: it is of another profile, or of one that ` +
      'was put back since; "0" is the beginning'
    throw new TidingsError('bad_input', message)
  }
  return parts
}

export function compareCursors(a: CursorParts, b: CursorParts): number {
  return a.position - b.position || a.index - b.index || a.seq - b.seq
}
