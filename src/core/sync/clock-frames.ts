// Clocks as frames carry them: a large one in pieces, many in frames that keep the protocol's
// bounds, and joined again where they come.
import type { ConversationClock } from '../frames.ts'
import type { DeviceId } from '../id.ts'
import { CLOCK_DEVICES_MAX, CLOCKS_PER_FRAME_MAX, FRAME_BYTES_MAX } from '../limits.ts'

/** More than the wire form of one conversation's id, or of one device with its number. */
const CLOCK_PART_BYTES = 64
/** Room for token and digest. */
const CLOCKS_BYTES_MAX = FRAME_BYTES_MAX - 1024

/** The clocks as the contents of frames that keep the protocol's bounds. */
export function* framed(clocks: Iterable<ConversationClock>): Iterable<ConversationClock[]> {
  let part: ConversationClock[] = []
  let bytes = 0
  for (const clock of clocks) {
    for (const piece of pieces(clock)) {
      const size = CLOCK_PART_BYTES * (1 + piece.seqs.size)
      if (part.length === CLOCKS_PER_FRAME_MAX || bytes + size > CLOCKS_BYTES_MAX) {
        yield part
        part = []
        bytes = 0
      }
      part.push(piece)
      bytes += size
    }
  }
  if (part.length > 0) yield part
}

/** One clock, split where it names more devices than one part may; nothing of an empty one. */
export function* pieces(clock: ConversationClock): Iterable<ConversationClock> {
  const { conversation, seqs, marks = new Map<DeviceId, Uint8Array>() } = clock
  if (seqs.size <= CLOCK_DEVICES_MAX) {
    if (seqs.size > 0) yield clock
    return
  }
  const all = [...seqs]
  for (let i = 0; i < all.length; i += CLOCK_DEVICES_MAX) {
    const part = new Map(all.slice(i, i + CLOCK_DEVICES_MAX))
    const marked = [...marks].filter(([device]) => part.has(device))
    yield { conversation, seqs: part, marks: new Map(marked) }
  }
}

/**
 * One clock for each conversation, of all pieces that a frame has of it: what a clock costs is
 * spent once, however often somebody names its conversation.
 */
export function* joined(clocks: readonly ConversationClock[]): Iterable<ConversationClock> {
  for (const [conversation, parts] of Map.groupBy(clocks, (clock) => clock.conversation)) {
    const [first] = parts
    if (first && parts.length === 1) {
      yield first
      continue
    }
    const seqs = new Map<DeviceId, number>()
    const marks = new Map<DeviceId, Uint8Array>()
    for (const part of parts) {
      for (const [device, seq] of part.seqs) {
        if (seq < (seqs.get(device) ?? 0)) continue
        seqs.set(device, seq)
        const mark = part.marks?.get(device)
        if (mark) marks.set(device, mark)
        else marks.delete(device)
      }
    }
    yield { conversation, seqs, marks }
  }
}
