// How many entries of a log are messages, and how many of these address the user, so that what is
// unread is told without walking the log. Entries are counted as they are shown, in chunks: each
// says what was counted before it and the kind of each of its entries. Two reads then tell how much
// lies between any two places.
//
// Counting may begin anywhere in a log (`since`): only what is not read yet has to be counted.
import { COUNT_CHUNK_ENTRIES } from './limits.ts'

/** Of an entry: a message that addresses the user, another message, anything else. */
export type EntryKind = '@' | 'm' | '.'

export interface Counts {
  readonly messages: number
  readonly mentions: number
}

/** The entries `chunk * COUNT_CHUNK_ENTRIES + 1` onward, but none before `since`. */
export interface CountChunk extends Counts {
  /** The first entry that was counted; `messages` and `mentions` lie between it and this chunk. */
  readonly since: number
  /** An EntryKind for each entry. */
  readonly kinds: string
}

type CountChunkAt = [index: number, chunk: CountChunk]

export const NOTHING_COUNTED: Counts = { messages: 0, mentions: 0 }

export function chunkOf(seq: number): number {
  return Math.floor((seq - 1) / COUNT_CHUNK_ENTRIES)
}

/** The last entry that a chunk counts. */
export function lastCounted(chunk: CountChunk, index: number): number {
  return firstIn(chunk.since, index) + chunk.kinds.length - 1
}

/** What was counted up to and with an entry of the chunk; undefined when it does not tell. */
export function countsAt(chunk: CountChunk, index: number, seq: number): Counts | undefined {
  if (!reaches(chunk, index, seq)) return undefined
  const first = firstIn(chunk.since, index)
  let { messages, mentions } = chunk
  for (const kind of chunk.kinds.slice(0, seq - first + 1)) {
    if (kind !== '.') messages += 1
    if (kind === '@') mentions += 1
  }
  return { messages, mentions }
}

/**
 * The chunks that hold the entries from `first` on, joined to what was counted before them. Where
 * that is not known, or ends earlier, counting begins anew.
 *
 * @param kept the chunk of that index as it is
 */
export function withKinds(
  first: number,
  kinds: string,
  kept: (index: number) => CountChunk | undefined,
): CountChunkAt[] {
  const chunks: CountChunkAt[] = []
  const last = first + kinds.length - 1
  let previous = before(first, kept)
  const since = previous?.[1].since ?? first
  for (let index = chunkOf(first); index <= chunkOf(last); index++) {
    const start = index * COUNT_CHUNK_ENTRIES + 1
    const from = Math.max(first, start)
    const part = kinds.slice(from - first, start + COUNT_CHUNK_ENTRIES - first)
    previous = [index, withPart(previous, { since, index, from, part })]
    chunks.push(previous)
  }
  return chunks
}

/** The chunk with this part at its end: a new one begins with what was counted before it. */
function withPart(
  previous: CountChunkAt | undefined,
  { since, index, from, part }: { since: number; index: number; from: number; part: string },
): CountChunk {
  if (!previous) return { since, ...NOTHING_COUNTED, kinds: part }
  const [at, chunk] = previous
  if (at === index) {
    return { ...chunk, kinds: chunk.kinds.slice(0, from - firstIn(since, index)) + part }
  }
  return { since, ...(countsAt(chunk, at, from - 1) ?? NOTHING_COUNTED), kinds: part }
}

/** The chunk that counts the entry before `first`. */
function before(
  first: number,
  kept: (index: number) => CountChunk | undefined,
): CountChunkAt | undefined {
  const seq = first - 1
  if (seq === 0) return undefined
  const index = chunkOf(seq)
  const chunk = kept(index)
  return chunk && chunk.since <= seq && reaches(chunk, index, seq) ? [index, chunk] : undefined
}

/** Whether it tells what was counted up to and with an entry. */
function reaches(chunk: CountChunk, index: number, seq: number): boolean {
  return firstIn(chunk.since, index) - 1 <= seq && seq <= lastCounted(chunk, index)
}

function firstIn(since: number, index: number): number {
  return Math.max(since, index * COUNT_CHUNK_ENTRIES + 1)
}
