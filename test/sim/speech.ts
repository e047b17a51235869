// What people in the simulation say: every kind of entry that there is, and kinds of a later
// version. Drawn from dice of its own, so that a world without it stays as it was.
import type { Body, ChangeBody, Dep, EntryRef, TextBody } from '../../src/core/entry.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { writeRef } from '../../src/wire/bodies.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { Writer } from '../../src/wire/writer.ts'
import type { Random } from './random.ts'

/** A body of a kind that this version does not know: its field number, and anything. */
export interface StrangeBody {
  readonly kind: 'strange'
  readonly tag: number
  readonly bytes: Uint8Array
}

export type Said = Exclude<Body, { readonly kind: 'unknown' }> | StrangeBody

/** Whom and what one can speak of. */
export interface Topics {
  readonly devices: readonly DeviceId[]
  readonly accounts: readonly AccountId[]
  /** How long messages are shown now; 0 for ever. */
  readonly timer: number
}

// No kind has these numbers; the greatest of them is the last that a body may have.
const STRANGE_TAGS = [30, 42, 500, 1000] as const
const SECONDS = [0, 1, 60, 86_400] as const

export function anything(random: Random, text: string, topics: Topics): Said {
  const roll = random.next()
  if (roll < 0.45 || topics.devices.length === 0) return anyText(random, text, topics)
  if (roll < 0.85) return anyChange(random, text, topics.devices)
  if (roll < 0.92) return { kind: 'timer', seconds: random.pick(SECONDS) }
  const bytes = random.bytes(random.int(0, 40))
  return { kind: 'strange', tag: random.pick(STRANGE_TAGS), bytes }
}

function anyText(random: Random, text: string, { devices, accounts, timer }: Topics): TextBody {
  const mentions = random
    .shuffled(accounts)
    .slice(0, random.int(0, 2))
    .toSorted((a, b) => (a < b ? -1 : 1))
  const [device] = random.shuffled(devices)
  return {
    kind: 'text',
    text,
    ...(random.chance(0.2) && { action: true }),
    ...(random.chance(0.3) && device && { replyTo: anyRef(random, device) }),
    ...(random.chance(0.2) && mentions.length > 0 && { mentions }),
    ...(timer > 0 && { expires: timer }),
  }
}

/** Few messages, so that some are changed often and by several at once. */
function anyRef(random: Random, device: DeviceId): EntryRef {
  return { device, seq: random.int(1, 4) }
}

function anyChange(random: Random, text: string, devices: readonly DeviceId[]): ChangeBody {
  const target = anyRef(random, random.pick(devices))
  const removed = random.chance(0.3)
  const emoji = String.fromCodePoint(0x1f400 + random.int(0, random.chance(0.2) ? 60 : 2))
  const roll = random.next()
  if (roll < 0.45) return { kind: 'edit', target, text }
  if (roll < 0.75) return { kind: 'reaction', target, emoji, removed }
  if (roll < 0.93) return { kind: 'pin', target, removed }
  return { kind: 'delete', target }
}

/** The bytes of what is said. */
export function entryOf(wallTimeMs: number, deps: readonly Dep[], said: Said): Uint8Array {
  if (said.kind !== 'strange') return encodeEntry({ wallTimeMs, deps, body: said })
  const writer = new Writer(64 + said.bytes.byteLength + 48 * deps.length).uint(1, wallTimeMs)
  const ordered = deps.toSorted((a, b) => (a.device < b.device ? -1 : 1))
  for (const dep of ordered) writer.message(2, writeRef(dep))
  return writer.bytes(said.tag, said.bytes).finish()
}
