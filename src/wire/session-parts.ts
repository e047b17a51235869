// The messages that frames are made of: tokens, clocks, runs. Each is written and
// read side by side; the numbers are the fields of tidings.proto.
import type { ConversationClock, ResumeToken } from '../core/frames.ts'
import { type ConversationId, type DeviceId, idToBytes } from '../core/id.ts'
import {
  CLOCK_DEVICES_MAX,
  ENTRY_BYTES_MAX,
  NUMBER_MAX,
  RUN_BYTES_MAX,
  RUN_ENTRIES_MAX,
} from '../core/limits.ts'
import { HASH_BYTES, MARK_BYTES, type Run, runBytes, SIGNATURE_BYTES } from '../core/run.ts'
import { entryDeps } from './entry.ts'
import { readId } from './ids.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const EPOCH_BYTES = 8
/** Keys, lengths and fixed fields around a run's entries; more only costs a copy. */
const RUN_OVERHEAD_BYTES = 256
const ENTRY_OVERHEAD_BYTES = 4

export function writeToken(token: ResumeToken): Writer {
  return new Writer(24).bytes(1, Buffer.from(token.epoch, 'hex')).uint(2, token.position)
}

export function readToken(reader: Reader): ResumeToken {
  let epoch: string | undefined
  let position = 0
  while (reader.next()) {
    if (reader.field === 1) {
      const bytes = reader.once('epoch').bytes(EPOCH_BYTES, EPOCH_BYTES)
      epoch = Buffer.from(bytes).toString('hex')
    } else if (reader.field === 2) position = reader.once('position').uint(0, NUMBER_MAX)
    else reader.skip()
  }
  return { epoch: reader.required(epoch, 'epoch'), position }
}

/** Devices at 0 are left out: absent means 0. */
export function writeClock({ conversation, seqs, marks }: ConversationClock): Writer {
  const writer = new Writer(64 + 64 * seqs.size).bytes(1, idToBytes(conversation))
  for (const [device, seq] of seqs) {
    if (seq === 0) continue
    const mark = marks?.get(device)
    const named = new Writer(64).bytes(1, idToBytes(device)).uint(2, seq)
    writer.message(2, mark ? named.bytes(3, mark) : named)
  }
  return writer
}

export function readClock(reader: Reader): ConversationClock {
  let conversation: ConversationId | undefined
  const seqs = new Map<DeviceId, number>()
  const marks = new Map<DeviceId, Uint8Array>()
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else if (reader.field === 2) {
      const { device, mark } = addSeq(reader.each('seqs'), seqs)
      if (mark) marks.set(device, mark)
    } else reader.skip()
  }
  const clock = { conversation: reader.required(conversation, 'conversation'), seqs }
  return marks.size > 0 ? { ...clock, marks } : clock
}

/** Reads one more place of a clock; each device occurs once. */
export function addSeq(
  reader: Reader,
  seqs: Map<DeviceId, number>,
): { readonly device: DeviceId; readonly mark: Uint8Array | undefined } {
  if (seqs.size === CLOCK_DEVICES_MAX) reader.fail(`are more than ${CLOCK_DEVICES_MAX}`)
  const { device, seq, mark } = readSeq(reader.message('clock'))
  if (seqs.has(device)) reader.fail('name a device twice')
  seqs.set(device, seq)
  return { device, mark }
}

function readSeq(reader: Reader): {
  readonly device: DeviceId
  readonly seq: number
  readonly mark: Uint8Array | undefined
} {
  let device: DeviceId | undefined
  let seq: number | undefined
  let mark: Uint8Array | undefined
  while (reader.next()) {
    if (reader.field === 1) device = readId<DeviceId>(reader, 'device')
    else if (reader.field === 2) seq = reader.once('seq').uint(1, NUMBER_MAX)
    else if (reader.field === 3) mark = reader.once('mark').bytes(MARK_BYTES, MARK_BYTES)
    else reader.skip()
  }
  return { device: reader.required(device, 'device'), seq: reader.required(seq, 'seq'), mark }
}

export function writeRun(run: Run): Writer {
  const overhead = RUN_OVERHEAD_BYTES + ENTRY_OVERHEAD_BYTES * run.entries.length
  const writer = new Writer(overhead + runBytes(run))
    .bytes(1, idToBytes(run.conversation))
    .bytes(2, idToBytes(run.device))
    .uint(3, run.first)
    .bytes(4, run.prevHash)
  for (const entry of run.entries) writer.bytes(5, entry)
  return writer.bytes(6, run.signature)
}

/** Entries are views, and each is checked here: whoever holds a Run holds entries. */
export function readRun(reader: Reader): Run {
  let conversation: ConversationId | undefined
  let device: DeviceId | undefined
  let first: number | undefined
  let prevHash: Uint8Array | undefined
  let signature: Uint8Array | undefined
  const entries: Uint8Array[] = []
  let total = 0
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else if (reader.field === 2) device = readId<DeviceId>(reader, 'device')
    else if (reader.field === 3) first = reader.once('first').uint(1, NUMBER_MAX)
    else if (reader.field === 4) {
      prevHash = reader.once('prev_hash').bytes(HASH_BYTES, HASH_BYTES)
    } else if (reader.field === 5) {
      reader.each('entries')
      // The last entry may go over: a page is full once it holds this much.
      if (total > RUN_BYTES_MAX) reader.fail(`have more than ${RUN_BYTES_MAX} bytes`)
      if (entries.length === RUN_ENTRIES_MAX) reader.fail(`are more than ${RUN_ENTRIES_MAX}`)
      const entry = reader.bytes(1, ENTRY_BYTES_MAX)
      entryDeps(entry)
      total += entry.byteLength
      entries.push(entry)
    } else if (reader.field === 6) {
      signature = reader.once('signature').bytes(SIGNATURE_BYTES, SIGNATURE_BYTES)
    } else reader.skip()
  }
  const run = {
    conversation: reader.required(conversation, 'conversation'),
    device: reader.required(device, 'device'),
    first: reader.required(first, 'first'),
    prevHash: reader.required(prevHash, 'prev_hash'),
    entries,
    signature: reader.required(signature, 'signature'),
  }
  if (entries.length === 0) reader.each('entries').fail('is missing')
  if (run.first > NUMBER_MAX - entries.length + 1) reader.each('first').fail('is too large')
  return run
}
