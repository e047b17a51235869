// The commonest entry, told apart without reading it field by field: a text that names nobody,
// answers nothing, follows nobody else's entry and is shown for ever. A node that catches up looks
// at hundreds of thousands of these a second, several times each.

// As docs/PROTOCOL.md has them, key by key: wall_time_ms, the body of a text, its text.
const WALL_TIME_KEY = 0x08
const BODY_KEY_LOW = 0x82
const BODY_KEY_HIGH = 0x01
const TEXT_KEY = 0x0a
/** A time that takes six bytes lies between 1971 and 2109. */
const WALL_TIME_BYTES = 6
const BODY_KEY_AT = 1 + WALL_TIME_BYTES
const CONTINUED = 0x80

/**
 * Where the text of such an entry begins, which then goes on to the end of the entry; 0 for any
 * other entry, and for rare forms of these. All before the text is checked, and that there is text.
 */
export function plainTextAt(bytes: Uint8Array): number {
  if (bytes[0] !== WALL_TIME_KEY || !hasLength(bytes, 1, WALL_TIME_BYTES)) return 0
  if (bytes[BODY_KEY_AT] !== BODY_KEY_LOW || bytes[BODY_KEY_AT + 1] !== BODY_KEY_HIGH) return 0
  const bodyAt = restAt(bytes, BODY_KEY_AT + 2)
  if (bodyAt === 0 || bytes[bodyAt] !== TEXT_KEY) return 0
  const textAt = restAt(bytes, bodyAt + 1)
  return textAt < bytes.byteLength ? textAt : 0
}

/** Of the entries of a run, asked by one part after the other. */
const plain = new WeakMap<readonly Uint8Array[], boolean>()

/** Whether all entries of a run are such: then nobody needs to look at each. They never change. */
export function arePlain(entries: readonly Uint8Array[]): boolean {
  const known = plain.get(entries)
  if (known !== undefined) return known
  const found = entries.every(isPlain)
  plain.set(entries, found)
  return found
}

function isPlain(entry: Uint8Array): boolean {
  return plainTextAt(entry) > 0
}

/** Whether a number in its shortest form takes so many bytes. */
function hasLength(bytes: Uint8Array, at: number, length: number): boolean {
  const last = at + length - 1
  for (let i = at; i < last; i++) if (((bytes[i] ?? 0) & CONTINUED) === 0) return false
  const byte = bytes[last] ?? 0
  return byte > 0 && byte < CONTINUED
}

/** Where that begins whose length stands here, if it is all the rest; else 0. */
function restAt(bytes: Uint8Array, at: number): number {
  const low = bytes[at] ?? 0
  if (low < CONTINUED) return at + 1 + low === bytes.byteLength ? at + 1 : 0
  const high = bytes[at + 1] ?? 0
  if (high === 0 || high >= CONTINUED) return 0
  const length = low - CONTINUED + high * CONTINUED
  return at + 2 + length === bytes.byteLength ? at + 2 : 0
}

/** Whether all from a place on is ASCII, which needs no closer look. */
export function isAsciiFrom(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.byteLength; at++) {
    if ((bytes[at] as number) >= CONTINUED) return false
  }
  return true
}
