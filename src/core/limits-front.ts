// The bounds of the front ends: of what is typed and piped into them. See limits.ts.
import { TEXT_BYTES_MAX } from './limits-protocol.ts'

const MIB = 1024 * 1024
const SECOND = 1000

/** Input lines remembered by the REPL. */
export const REPL_HISTORY_LINES_MAX = 1000
/** UTF-16 units of the text being typed: more than a message has, so what is cut is never sent. */
export const REPL_TEXT_CHARS_MAX = 2 * TEXT_BYTES_MAX
/** Steps of typing that can be undone, and UTF-16 units that they keep. */
export const REPL_UNDO_STEPS_MAX = 200
export const REPL_UNDO_CHARS_MAX = 1 * MIB
/** Texts that were cut from the line and can be put back. */
export const REPL_KILLS_MAX = 16
/** Messages typed or piped into the REPL that the node may not have answered yet. */
export const REPL_SENDS_PENDING_MAX = 64
/** A REPL whose daemon went away looks for it again, soon at first. */
export const REPL_REATTACH_MIN_MS = 250
export const REPL_REATTACH_MAX_MS = 5 * SECOND
/** A line piped into the REPL: the longest text, with the name it goes to. */
export const REPL_LINE_BYTES_MAX = 2 * TEXT_BYTES_MAX
/**
 * Messages of `send` that the node may not have answered yet: enough for it to sign and sync them
 * by the thousand; of a long pipe no more than this is in memory.
 */
export const SEND_LINES_PENDING_MAX = 2048
export const SEND_LINES_PENDING_BYTES_MAX = 1 * MIB
/** After Ctrl+C the node has this long to answer what it was given already. */
export const SEND_SETTLE_MAX_MS = 3 * SECOND
/** Lines kept while an editor has the terminal, to be told afterwards: more than anybody reads. */
export const PLAIN_LINES_HELD_MAX = 1000
