// A line being edited, of one or more rows, and how it came about: each change can be undone and
// done again. A line never holds characters that act on a terminal, and its cursor never stands
// within a character. Pure.
import { stripVTControlCharacters } from 'node:util'

import { REPL_TEXT_CHARS_MAX, REPL_UNDO_CHARS_MAX, REPL_UNDO_STEPS_MAX } from '../../core/limits.ts'
import { borderFrom, characterBefore } from './borders.ts'

/** What is typed or erased character by character is undone by words, all else by itself. */
type Kind = 'typed' | 'erased' | 'whole'

/** A place in a text where `removed` gave way to `inserted`, and where the cursor was. */
interface Change {
  readonly kind: Kind
  readonly at: number
  readonly removed: string
  readonly inserted: string
  readonly cursorBefore: number
  readonly cursorAfter: number
}

export interface Line {
  readonly text: string
  /** In UTF-16 units of the text. */
  readonly cursor: number
  /** Oldest first. */
  readonly undo: readonly Change[]
  /** What was undone last is the last. */
  readonly redo: readonly Change[]
  /** Nothing happened since the last change, so one of its kind goes on with it. */
  readonly isGoingOn: boolean
}

export const EMPTY_LINE: Line = { text: '', cursor: 0, undo: [], redo: [], isGoingOn: false }

/** Characters that act, but for tab and line feed. */
const ACTS = /(?![\t\n])\p{Cc}/gu
const BREAK = /\r\n?|[\u2028\u2029]/g

/** A line as it is at first: there is nothing to undo. */
export function freshLine(text: string): Line {
  const kept = cut(cleaned(text), REPL_TEXT_CHARS_MAX)
  return { ...EMPTY_LINE, text: kept, cursor: kept.length }
}

/** The text without what acts on a terminal, its breaks as line feeds. */
export function cleaned(text: string): string {
  const plain = stripVTControlCharacters(text).replaceAll(BREAK, '\n').replaceAll(ACTS, '')
  return plain.toWellFormed()
}

/**
 * Puts a text, which is `cleaned`, in place of a part of the line, as much of it as there is room
 * for, and the cursor behind it.
 */
export function replaced<Of extends Line>(
  line: Of,
  [from, to]: readonly [from: number, to: number],
  insertion: string,
  kind: Kind = 'whole',
): Of {
  const { text } = line
  const removed = text.slice(from, to)
  const inserted = cut(insertion, REPL_TEXT_CHARS_MAX - text.length + removed.length)
  if (removed === inserted) return line
  const after = text.slice(0, from) + inserted + text.slice(to)
  const cursor = borderFrom(after, from + inserted.length)
  const change = {
    kind,
    at: from,
    removed,
    inserted,
    cursorBefore: line.cursor,
    cursorAfter: cursor,
  }
  const last = line.undo.at(-1)
  const joined = last && line.isGoingOn ? joinedChange(last, change) : undefined
  const undo = joined ? [...line.undo.slice(0, -1), joined] : bounded([...line.undo, change])
  return { ...line, text: after, cursor, undo, redo: [], isGoingOn: kind !== 'whole' }
}

export function undone<Of extends Line>(line: Of): Of {
  const change = line.undo.at(-1)
  if (!change) return line
  const { at, removed, inserted, cursorBefore } = change
  const text = line.text.slice(0, at) + removed + line.text.slice(at + inserted.length)
  const undo = line.undo.slice(0, -1)
  const redo = [...line.redo, change]
  return { ...line, text, cursor: cursorBefore, undo, redo, isGoingOn: false }
}

export function redone<Of extends Line>(line: Of): Of {
  const change = line.redo.at(-1)
  if (!change) return line
  const { at, removed, inserted, cursorAfter } = change
  const text = line.text.slice(0, at) + inserted + line.text.slice(at + removed.length)
  const undo = [...line.undo, change]
  const redo = line.redo.slice(0, -1)
  return { ...line, text, cursor: cursorAfter, undo, redo, isGoingOn: false }
}

/** Both changes as one, up to where another word begins. */
function joinedChange(last: Change, next: Change): Change | undefined {
  if (last.kind !== next.kind || next.kind === 'whole') return undefined
  const { at, removed, inserted, cursorBefore } = last
  const { cursorAfter } = next
  const both = { kind: next.kind, cursorBefore, cursorAfter }
  if (next.kind === 'typed') {
    if (next.at !== at + inserted.length || beginsWord(inserted.slice(-1), next.inserted)) {
      return undefined
    }
    return { ...both, at, removed, inserted: inserted + next.inserted }
  }
  const isBefore = next.at + next.removed.length === at
  if (isBefore && !beginsWord(removed.slice(0, 1), next.removed)) {
    return { ...both, at: next.at, removed: next.removed + removed, inserted: '' }
  }
  if (next.at === at && !beginsWord(removed.slice(-1), next.removed)) {
    return { ...both, at, removed: removed + next.removed, inserted: '' }
  }
  return undefined
}

function beginsWord(before: string, next: string): boolean {
  return /^\s/.test(before) && /^\S/.test(next)
}

function bounded(changes: readonly Change[]): readonly Change[] {
  let chars = 0
  let first = changes.length
  while (first > 0 && changes.length - first < REPL_UNDO_STEPS_MAX) {
    const { removed = '', inserted = '' } = changes[first - 1] ?? {}
    chars += removed.length + inserted.length
    if (chars > REPL_UNDO_CHARS_MAX) break
    first--
  }
  return first === 0 ? changes : changes.slice(first)
}

/** As much as there is room for, cut between characters. */
function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  if (lengthMax <= 0) return ''
  const end = borderFrom(text, lengthMax)
  return text.slice(0, end > lengthMax ? characterBefore(text, end) : end)
}
