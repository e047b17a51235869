// Changes a frame the way chance, bad memory and bad intentions do.
import type { Random } from '../sim/random.ts'

const CHANGES_MAX = 4
/** Where codecs break: ends of varints, lengths and wire types. */
const EDGES = [0x00, 0x01, 0x07, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x1a, 0x22, 0x42, 0x82]
const HUGE = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)

type Change = (bytes: Buffer, corpus: readonly Uint8Array[], random: Random) => Buffer

const CHANGES: readonly Change[] = [
  (bytes, _, random) => set(bytes, random, (byte) => byte ^ (1 << random.int(0, 7))),
  (bytes, _, random) => set(bytes, random, () => random.pick(EDGES)),
  (bytes, _, random) => set(bytes, random, () => random.int(0, 255)),
  (bytes, _, random) => bytes.subarray(0, random.int(0, bytes.byteLength)),
  (bytes, _, random) => replaced(bytes, random, new Uint8Array()),
  (bytes, _, random) => replaced(bytes, random, HUGE),
  (bytes, _, random) => inserted(bytes, random, random.bytes(random.int(1, 16))),
  // A part twice.
  (bytes, _, random) => inserted(bytes, random, part(bytes, random)),
  // A part of another frame.
  (bytes, corpus, random) => inserted(bytes, random, part(random.pick(corpus), random)),
  (bytes, corpus, random) => replaced(bytes, random, part(random.pick(corpus), random)),
]

/** One to four changes, of which some may cancel each other. */
export function mutate(
  frame: Uint8Array,
  corpus: readonly Uint8Array[],
  random: Random,
): Uint8Array {
  let bytes: Buffer = Buffer.from(frame)
  const count = random.int(1, CHANGES_MAX)
  for (let i = 0; i < count; i++) bytes = random.pick(CHANGES)(bytes, corpus, random)
  return bytes
}

function set(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (bytes.byteLength === 0) return bytes
  const at = random.int(0, bytes.byteLength - 1)
  bytes[at] = change(bytes[at] ?? 0) & 0xff
  return bytes
}

function part(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.int(0, bytes.byteLength)
  return bytes.subarray(from, from + random.int(0, 40))
}

function inserted(bytes: Buffer, random: Random, what: Uint8Array): Buffer {
  const at = random.int(0, bytes.byteLength)
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)])
}

function replaced(bytes: Buffer, random: Random, what: Uint8Array): Buffer {
  const at = random.int(0, bytes.byteLength)
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at + random.int(1, 16))])
}
