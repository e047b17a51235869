// A filter tells of many messages at once that none of them can hold a word: a Bloom filter over
// the pieces of their words, every one to five characters that follow each other. A word that is
// in one of the messages, be it in the midst of another word, has all its pieces there.
//
// Pieces of three alone are too common: 512 messages of English hold those of every third word
// that none of them has. With pieces of four and five it is one in forty, for words of five
// letters and more. Of scripts that have a sign for each word or syllable pieces of two are enough.
import { SEARCH_FILTER_BYTES_MAX, SEARCH_FILTER_SMALL_BYTES } from '../limits.ts'

/**
 * Changes with everything that a filter depends on: the comparable form of text, the pieces, their
 * places. Filters of another kind are as good as none.
 */
export const FILTER_KIND = 1

const PIECE_UNITS_MAX = 5
/** Ideographs, kana, Hangul, and everything that takes two UTF-16 units. */
const WIDE_MIN = 0x2e80
const WIDE_UNITS_MAX = 2
const SPACE = 0x20
/** Bits set for each piece. */
const PLACES = 2
/** With two places a piece that is not there is taken for one that is 15 times of 100. */
const BITS_PER_PIECE = 4
/**
 * No more bytes than this share of the text, where there is much: the pieces of what never repeats
 * itself, such as keys and numbers, would take as much room as it, and as long to read. Words of
 * six letters and more of which it has none are still known in 99 of 100 chunks.
 */
const UNITS_PER_BYTE = 3
const BITS_MAX = SEARCH_FILTER_BYTES_MAX * 8
const FILTER_BYTES_MIN = 8

/** Gathers messages into a filter. One is enough for many filters, one after the other. */
export class FilterMaker {
  private readonly bytes = new Uint8Array(SEARCH_FILTER_BYTES_MAX)
  private units = 0

  /** @param text in its comparable form */
  add(text: string): void {
    const { bytes } = this
    this.units += text.length
    eachPlace(text, (place) => {
      const at = place >>> 3
      bytes[at] = (bytes[at] as number) | (1 << (place & 7))
    })
  }

  begin(): void {
    this.bytes.fill(0)
    this.units = 0
  }

  /** The filter of what was added since `begin`, as small as it may be. */
  finish(): Uint8Array {
    const set = this.bytes.reduce((sum, byte) => sum + ONES[byte]!, 0)
    // How many pieces there were, from how many bits they left alone.
    const free = Math.max(1, BITS_MAX - set) / BITS_MAX
    const pieces = (-BITS_MAX / PLACES) * Math.log(free)
    const most = Math.max(SEARCH_FILTER_SMALL_BYTES, this.units / UNITS_PER_BYTE)
    return folded(this.bytes, Math.min(most, Math.ceil((pieces * BITS_PER_PIECE) / 8)))
  }
}

/** Asks filters for words. */
export class FilterProbe {
  private readonly places: readonly number[]

  /** @param words in their comparable form */
  constructor(words: readonly string[]) {
    const places = new Set<number>()
    for (const word of words) eachPlace(word, (place) => places.add(place))
    this.places = [...places]
  }

  /** False when no message of the filter holds all words. */
  mayHold(filter: Uint8Array): boolean {
    const bits = filter.byteLength * 8
    return this.places.every((place) => {
      const bit = place % bits
      return ((filter[bit >>> 3] as number) & (1 << (bit & 7))) !== 0
    })
  }
}

/** Whether the bytes have a size that a filter may have. */
export function isFilterSize(lengthBytes: number): boolean {
  return lengthBytes > 0 && SEARCH_FILTER_BYTES_MAX % lengthBytes === 0
}

/**
 * The same filter in fewer bytes, by laying it over itself: a place in it is the former place
 * modulo its size, so that who asks need not know how large it once was.
 */
function folded(bytes: Uint8Array, lengthBytesLeast: number): Uint8Array {
  let lengthBytes = SEARCH_FILTER_BYTES_MAX
  for (let parts = 2; SEARCH_FILTER_BYTES_MAX / parts >= FILTER_BYTES_MIN; parts++) {
    const size = SEARCH_FILTER_BYTES_MAX / parts
    if (size < lengthBytesLeast) break
    if (Number.isInteger(size)) lengthBytes = size
  }
  const filter = new Uint8Array(lengthBytes)
  for (let from = 0, at = 0; from < bytes.byteLength; from++) {
    filter[at] = (filter[at] as number) | (bytes[from] as number)
    at = at + 1 === lengthBytes ? 0 : at + 1
  }
  return filter
}

/** The places of every piece of every word of a text. */
function eachPlace(text: string, take: (place: number) => void): void {
  for (let first = 0; first < text.length; first++) {
    // FNV-1a over the units of the piece, scattered once for each of its places.
    let hash = 0x811c9dc5
    let isWide = false
    for (let units = 1; units <= PIECE_UNITS_MAX; units++) {
      const unit = text.charCodeAt(first + units - 1)
      if (unit === SPACE || first + units > text.length) break
      isWide ||= unit >= WIDE_MIN
      if (isWide && units > WIDE_UNITS_MAX) break
      hash = Math.imul(hash ^ unit, 0x01000193)
      const scattered = scatter(hash)
      take(scattered % BITS_MAX)
      take(scatter(scattered ^ 0x5bd1e995) % BITS_MAX)
    }
  }
}

/** The last step of MurmurHash3: every bit depends on every other. */
function scatter(hash: number): number {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** How many bits of a byte are set. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1
  return ones
})
