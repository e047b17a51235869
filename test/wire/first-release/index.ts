// What the first release wrote and read, frozen: it knew texts, and entries of kinds that it did
// not know. None of this is ever changed to suit the program; where a test that uses it fails, the
// program no longer understands what is on people's networks and disks.
//
// `vectors.json` are the golden vectors of commit 62c0b40, as they were. `session.json` is what a
// node of that commit said in a session, frame by frame: Hello, the answer to a contact request,
// its clocks, and three texts as they were typed. Its account and device, and those of whom it
// talked to, have the seeds `bob.*` and `ann.*` of the vectors. It was recorded with
//
//   git worktree add first 62c0b40
//
// by a node of test/node/nodes.ts there, whose database was given these seeds by `takeIdentity`,
// and a peer of test/fire/foe.ts that kept the bytes that it heard.
import { readFileSync } from 'node:fs'
import path from 'node:path'

export interface Said {
  readonly type: string
  readonly hex: string
}

export const vectors = read('vectors.json') as Readonly<Record<string, string>>
export const session = read('session.json') as readonly Said[]

function read(name: string): unknown {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, name), 'utf8'))
}

/** Kinds of frames that it knew; it skipped all others. */
export const FRAME_FIELD_MAX = 14

/** An entry as it took it. */
export interface FirstEntry {
  readonly wallTimeMs: number
  readonly deps: readonly FirstRef[]
  /** The field number of the body: 16 is a text, all others it kept and showed as unknown. */
  readonly tag: number
  readonly text: FirstText | undefined
}

interface FirstRef {
  readonly device: string
  readonly seq: number
}

interface FirstText {
  readonly text: string
  readonly action: boolean
  readonly replyTo: FirstRef | undefined
  readonly mentions: readonly string[]
}

interface Field {
  readonly field: number
  readonly number: number
  readonly bytes: Buffer
}

/** @throws RangeError where it refused the entry, and with it the run and the session */
export function firstDecode(entry: Uint8Array): FirstEntry {
  let wallTimeMs: number | undefined
  let body: Field | undefined
  const deps: FirstRef[] = []
  refuseUnless(entry.byteLength <= 65_536)
  for (const each of fields(Buffer.from(entry))) {
    const { field } = each
    if (field === 1) {
      refuseUnless(wallTimeMs === undefined && each.number <= 253_402_300_799_999)
      wallTimeMs = numberOf(each)
    } else if (field === 2) {
      const dep = ref(bytesOf(each))
      refuseUnless((deps.at(-1)?.device ?? '') < dep.device && deps.push(dep) <= 256)
    } else if (field >= 16 && field <= 1000) {
      refuseUnless(body === undefined)
      body = { ...each, bytes: bytesOf(each) }
    }
  }
  refuseUnless(body !== undefined)
  const { field: tag, bytes } = body as Field
  return { wallTimeMs: wallTimeMs ?? 0, deps, tag, text: tag === 16 ? text(bytes) : undefined }
}

function text(bytes: Buffer): FirstText {
  let said: Buffer | undefined
  let action: number | undefined
  let replyTo: FirstRef | undefined
  const mentions: string[] = []
  for (const each of fields(bytes)) {
    if (each.field === 1) {
      refuseUnless(said === undefined)
      said = bytesOf(each)
    } else if (each.field === 2) {
      refuseUnless(action === undefined && numberOf(each) <= 1)
      action = each.number
    } else if (each.field === 3) {
      refuseUnless(replyTo === undefined)
      replyTo = ref(bytesOf(each))
    } else if (each.field === 4) {
      const account = id(bytesOf(each))
      refuseUnless((mentions.at(-1) ?? '') < account && mentions.push(account) <= 64)
    }
  }
  refuseUnless(said !== undefined && said.length > 0 && said.length <= 32_768)
  const words = new TextDecoder('utf-8', { fatal: true }).decode(said)
  return { text: words, action: action === 1, replyTo, mentions }
}

function ref(bytes: Buffer): FirstRef {
  let device: string | undefined
  let seq: number | undefined
  for (const each of fields(bytes)) {
    if (each.field === 1) device = id(bytesOf(each))
    else if (each.field === 2) seq = numberOf(each)
  }
  refuseUnless(device !== undefined && seq !== undefined && seq > 0)
  return { device: device ?? '', seq: seq ?? 0 }
}

function id(bytes: Buffer): string {
  refuseUnless(bytes.length === 32)
  return bytes.toString('hex')
}

/** The fields of a message, one after another. */
function* fields(bytes: Buffer): Iterable<Field> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? refuse()
      value += (byte & 0x7f) * scale
      refuseUnless(Number.isSafeInteger(value))
      if (byte >= 0x80) continue
      refuseUnless(byte > 0 || scale === 1)
      return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const wire = key % 8
    const field = (key - wire) / 8
    refuseUnless(field > 0)
    if (wire === 0) yield { field, number: varint(), bytes: NOT_BYTES }
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : wire === 5 ? 4 : refuse()
      refuseUnless(at + length <= bytes.length)
      at += length
      yield { field, number: NaN, bytes: bytes.subarray(at - length, at) }
    }
  }
}

const NOT_BYTES = Buffer.alloc(0)

function numberOf({ number }: Field): number {
  refuseUnless(!Number.isNaN(number))
  return number
}

function bytesOf({ bytes }: Field): Buffer {
  refuseUnless(bytes !== NOT_BYTES)
  return bytes
}

function refuseUnless(isSo: boolean): void {
  if (!isSo) refuse()
}

function refuse(): never {
  throw new RangeError('the first release refuses this')
}
