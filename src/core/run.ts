// Runs: consecutive entries of one log closed by one signature, the unit of transfer and storage.
//
// The chain binds every entry to its conversation, device and place:
//   h_0 = SHA-256("tidings/log/1" ‖ conversation ‖ device)
//   h_n = SHA-256(h_{n-1} ‖ entry bytes)
// and one Ed25519 signature over ("tidings/run/1" ‖ h_0 ‖ n as 8 bytes ‖ h_n) vouches for all n
// entries, so that a page of hundreds of messages costs one verification (docs/PROTOCOL.md,
// "Runs"). That h_0 is in it too is what makes a run from the middle of a log one of this log for
// everybody: otherwise a run of one conversation could be shown as another history of a second.
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'

import { type ConversationId, type DeviceId, idToBytes, logName } from './id.ts'
import { ENTRY_MEMORY_BYTES, RUN_MEMORY_BYTES } from './limits.ts'

export const HASH_BYTES = 32
export const SIGNATURE_BYTES = 64
/** Of a head's hash, as it goes with a clock: no two branches are found that share it. */
export const MARK_BYTES = 16

const RUN_DOMAIN = Buffer.from('tidings/run/1')
// DER prefixes that turn raw 32-byte Ed25519 keys into what node:crypto imports (RFC 8410).
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** `entries.length` entries from `first` on; `signature` covers the last one. */
export interface Run {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly first: number
  /** The chain's hash before `first`: 32 bytes. */
  readonly prevHash: Uint8Array
  /** Entry bytes as the author wrote them. */
  readonly entries: readonly Uint8Array[]
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** A place in a log and the chain's hash there; `seq` 0 is the empty log. */
export interface Head {
  readonly seq: number
  readonly hash: Uint8Array
}

export function emptyHead(conversation: ConversationId, device: DeviceId): Head {
  return { seq: 0, hash: logName(conversation, device) }
}

export function lastSeq(run: Run): number {
  return run.first + run.entries.length - 1
}

export function runBytes(run: Run): number {
  let bytes = 0
  for (const { byteLength } of run.entries) bytes += byteLength
  return bytes
}

/** What it takes in memory: with small entries far more than they say. */
export function runMemoryBytes(run: Run): number {
  return runBytes(run) + RUN_MEMORY_BYTES + ENTRY_MEMORY_BYTES * run.entries.length
}

/**
 * The chain's hash after the last of these entries: a copy of `prevHash` for none. Digests come as
 * text, one byte a character, since a buffer for each takes longer to make than the digest.
 */
export function chainEnd(prevHash: Uint8Array, entries: readonly Uint8Array[]): Uint8Array {
  let longest = 0
  for (const { byteLength } of entries) longest = Math.max(longest, byteLength)
  const scratch = Buffer.allocUnsafe(HASH_BYTES + longest)
  scratch.set(prevHash)
  let whole = scratch
  for (const entry of entries) {
    const length = HASH_BYTES + entry.byteLength
    if (whole.byteLength !== length) whole = scratch.subarray(0, length)
    scratch.set(entry, HASH_BYTES)
    scratch.write(hash('sha256', whole, 'latin1'), 0, HASH_BYTES, 'latin1')
  }
  const end = Buffer.allocUnsafeSlow(HASH_BYTES)
  scratch.copy(end)
  return end
}

/** The same after each of them. */
export function chainHashes(prevHash: Uint8Array, entries: readonly Uint8Array[]): Uint8Array[] {
  let current = prevHash
  return entries.map((entry) => (current = chainEnd(current, [entry])))
}

/** Tells apart two logs that are equally long. */
export function headMark(head: Head): Uint8Array {
  return head.hash.subarray(0, MARK_BYTES)
}

/** Which log of which device. */
export interface LogName {
  readonly conversation: ConversationId
  readonly device: DeviceId
}

function signedBytes(log: LogName, head: Head): Buffer {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(head.seq))
  return Buffer.concat([RUN_DOMAIN, logName(log.conversation, log.device), number, head.hash])
}

/** Whether the device vouched for the log up to this place. */
export function isSigned(log: LogName, head: Head, signature: Uint8Array): boolean {
  return verifySignature(idToBytes(log.device), signedBytes(log, head), signature)
}

export type Signer = (bytes: Uint8Array) => Uint8Array

/** Of an Ed25519 seed, from which both keys are made. */
export const SEED_BYTES = 32

/** A signer from the 32-byte Ed25519 seed. */
export function signerFromSeed(seed: Uint8Array): Signer {
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return (bytes) => sign(null, bytes, key)
}

/** The 32-byte public key of an Ed25519 seed. */
export function publicKeyFromSeed(seed: Uint8Array): Uint8Array {
  const der = Buffer.concat([PKCS8_PREFIX, seed])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.byteLength)
}

/** Whether the signature over the bytes is by the key. An impossible key verifies nothing. */
export function verifySignature(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  sig: Uint8Array,
): boolean {
  try {
    return verify(null, bytes, publicKeyOf(publicKey), sig)
  } catch {
    return false
  }
}

/** Made once of the keys that come again and again. */
const publicKeys = new Map<string, KeyObject>()
const PUBLIC_KEYS_MAX = 256

function publicKeyOf(bytes: Uint8Array): KeyObject {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const known = publicKeys.get(name)
  if (known) return known
  const der = Buffer.concat([SPKI_PREFIX, bytes])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  if (publicKeys.size >= PUBLIC_KEYS_MAX) publicKeys.clear()
  publicKeys.set(name, key)
  return key
}

/** The run without the entries before a place of it; its signature vouches for it all the same. */
export function cutRun(run: Run, first: number): Run {
  const cut = first - run.first
  if (cut === 0) return run
  const prevHash = chainEnd(run.prevHash, run.entries.slice(0, cut))
  return { ...run, first, prevHash, entries: run.entries.slice(cut) }
}

/** Closes entries written after `head` into a run. */
export function closeRun(
  log: LogName,
  head: Head,
  entries: readonly Uint8Array[],
  signer: Signer,
): { run: Run; head: Head } {
  if (entries.length === 0) throw new TypeError('a run has at least one entry')
  const next: Head = { seq: head.seq + entries.length, hash: chainEnd(head.hash, entries) }
  const { conversation, device } = log
  const signature = signer(signedBytes(log, next))
  const run = { conversation, device, first: head.seq + 1, prevHash: head.hash, entries, signature }
  return { run, head: next }
}

export type RunCheck =
  /** Good: `fresh` holds only what lies past the head, ready to be stored. */
  | { readonly outcome: 'extends'; readonly fresh: Run; readonly head: Head }
  /** Nothing in it lies past the head. */
  | { readonly outcome: 'old' }
  /** It begins after the head's next place: something before it is missing. */
  | { readonly outcome: 'gap' }
  /** Validly signed by the device, but not the log that is held here. */
  | { readonly outcome: 'fork' }
  | { readonly outcome: 'bad_signature' }

/** The chain's end of a run, if its device vouched for it, as far as the run itself can show. */
export function vouchedEnd(run: Run): Uint8Array | undefined {
  const start = run.first === 1 ? emptyHead(run.conversation, run.device).hash : run.prevHash
  if (Buffer.compare(start, run.prevHash) !== 0) return undefined
  const hash = chainEnd(run.prevHash, run.entries)
  return isSigned(run, { seq: lastSeq(run), hash }, run.signature) ? hash : undefined
}

/**
 * Judges a received run against the head of the log held here. The run is checked by itself first
 * (its chain ends in what the device signed), and only then against the head: so a mismatch is
 * proof against the device and not against whoever forwarded the run.
 */
export function checkRun(run: Run, head: Head): RunCheck {
  const last = lastSeq(run)
  if (last < head.seq) return { outcome: 'old' }
  if (run.first > head.seq + 1) return { outcome: 'gap' }
  const end = vouchedEnd(run)
  if (!end) return { outcome: 'bad_signature' }
  const next: Head = { seq: last, hash: end }
  const fresh = cutRun(run, head.seq + 1)
  if (Buffer.compare(fresh.prevHash, head.hash) !== 0) return { outcome: 'fork' }
  if (last === head.seq) return { outcome: 'old' }
  return { outcome: 'extends', fresh, head: next }
}
