// The order index of one log, as it is kept: chunks of logical times, each with which of its
// entries are changes and no messages, and how many were before it. So messages are counted and
// found by a few reads, however many changes lie between them.
import { ORDER_CHUNK_ENTRIES } from './limits.ts'

/** Which entries are changes. */
export interface ChunkMarks {
  /** Changes among all entries of the log before the chunk. */
  readonly changesBefore: number
  /** Those within it, by their place in it from 0 on, ascending. */
  readonly changes: readonly number[]
}

export interface OrderChunk extends ChunkMarks {
  /** Of the entries `chunk * 64 + 1` onward, as many as are ordered. */
  readonly logicals: readonly number[]
}

export const NO_MARKS: ChunkMarks = { changesBefore: 0, changes: [] }
export const EMPTY_CHUNK: OrderChunk = { ...NO_MARKS, logicals: [] }

/** One chunk of a log, of which at least so many entries must be ordered. */
export type ChunkAt = (chunk: number, least: number) => OrderChunk

export function chunkOf(seq: number): number {
  return Math.floor((seq - 1) / ORDER_CHUNK_ENTRIES)
}

/** The place of an entry in its chunk. */
export function placeIn(seq: number): number {
  return (seq - 1) % ORDER_CHUNK_ENTRIES
}

/** How many of a log's entries up to and with one are messages. */
export function messagesUpTo(seq: number, chunkAt: ChunkAt): number {
  if (seq < 1) return 0
  const within = placeIn(seq)
  const { changesBefore, changes } = chunkAt(chunkOf(seq), within + 1)
  return seq - changesBefore - changes.filter((place) => place <= within).length
}

/** The last message of a log up to and with an entry; 0 for none. */
export function messageAtOrBefore(seq: number, chunkAt: ChunkAt): number {
  if (seq < 1) return 0
  const chunk = chunkOf(seq)
  const found = lastWithin(chunk, placeIn(seq), chunkAt)
  if (found > 0 || chunk === 0) return found
  const before = lastWithin(chunk - 1, ORDER_CHUNK_ENTRIES - 1, chunkAt)
  if (before > 0) return before
  // Nothing but changes for a while: the chunk with the last message is searched by bisection.
  const wanted = messagesUpTo(seq, chunkAt)
  if (wanted === 0) return 0
  let low = 0
  let high = chunk - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (messagesUpTo(middle * ORDER_CHUNK_ENTRIES, chunkAt) < wanted) low = middle
    else high = middle - 1
  }
  return lastWithin(low, ORDER_CHUNK_ENTRIES - 1, chunkAt)
}

/** The first message of a log from an entry on, up to one; past that for none. */
export function messageAtOrAfter(seq: number, last: number, chunkAt: ChunkAt): number {
  const before = messagesUpTo(seq - 1, chunkAt)
  let low = seq
  let high = last + 1
  // Mostly it is the entry itself.
  if (low <= last && messagesUpTo(low, chunkAt) > before) return low
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (messagesUpTo(middle, chunkAt) > before) high = middle
    else low = middle + 1
  }
  return low
}

function lastWithin(chunk: number, from: number, chunkAt: ChunkAt): number {
  const { changes } = chunkAt(chunk, from + 1)
  let at = from
  for (let i = changes.length - 1; i >= 0 && at >= 0; i--) {
    const place = changes[i] ?? 0
    if (place > at) continue
    if (place < at) break
    at -= 1
  }
  return at < 0 ? 0 : chunk * ORDER_CHUNK_ENTRIES + at + 1
}
