// Names for things: 32-byte keys and hashes in their text form, base32hex in lower case without
// padding (RFC 4648 section 7): 52 characters that sort as the bytes do. Inside the program ids are
// these strings, so that they work as map keys; bytes exist only in wire and store.
import { hash } from 'node:crypto'

import { TidingsError } from './errors.ts'
import { LOG_NAMES_MAX } from './limits-store.ts'
import { Lru } from './lru.ts'

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

/** An Ed25519 public key of a person. */
export type AccountId = Id<'account'>
/** An Ed25519 public key of a node; also its libp2p identity and the signer of its logs. */
export type DeviceId = Id<'device'>
/** A 32-byte hash that names a conversation. */
export type ConversationId = Id<'conversation'>
export type AnyId = AccountId | DeviceId | ConversationId

export const ID_BYTES = 32
export const ID_CHARS = 52

/** The characters of ids, in the order of what they stand for. */
export const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuv'
const CHAR_CODES = Uint8Array.from(ID_ALPHABET, (char) => char.charCodeAt(0))
/** By character code; 255 marks what is no base32. */
const VALUES = new Uint8Array(128).fill(255)
CHAR_CODES.forEach((code, value) => (VALUES[code] = value))

export function base32Encode(bytes: Uint8Array): string {
  // Ids are on the path of every frame: characters go into a buffer, not onto a string.
  const chars = Buffer.allocUnsafe(Math.ceil((bytes.byteLength * 8) / 5))
  let bits = 0
  let buffer = 0
  let at = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0x1fff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      chars[at++] = CHAR_CODES[(buffer >> bits) & 31] as number
    }
  }
  if (bits > 0) chars[at] = CHAR_CODES[(buffer << (5 - bits)) & 31] as number
  return chars.toString('latin1')
}

/** Bytes of base32 text, or undefined when a character or the padding bits are wrong. */
export function base32Decode(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let bits = 0
  let buffer = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? 255
    if (value === 255) return undefined
    buffer = ((buffer << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (buffer >> bits) & 0xff
    }
  }
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : undefined
}

/** @throws TypeError when the bytes are not 32 long: a mistake in this program. */
export function idFromBytes<T extends AnyId>(bytes: Uint8Array): T {
  if (bytes.byteLength !== ID_BYTES) throw new TypeError('an id has 32 bytes')
  return base32Encode(bytes) as T
}

export function idToBytes(id: AnyId): Uint8Array {
  const bytes = base32Decode(id)
  if (bytes?.byteLength !== ID_BYTES) throw new TypeError('an id has 52 base32 characters')
  return bytes
}

/** Whether ids may begin with it. */
export function isIdChar(char: string): boolean {
  return char.length === 1 && ID_ALPHABET.includes(char)
}

export function isId(text: string): boolean {
  return text.length === ID_CHARS && base32Decode(text)?.byteLength === ID_BYTES
}

/** The first characters of an id, enough for a person to tell two apart. */
export function shortId(id: AnyId): string {
  return id.slice(0, 8)
}

/** SHA-256 over the concatenation of a domain string and the parts. */
export function domainHash(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return hash('sha256', Buffer.concat([Buffer.from(domain), ...parts]), 'buffer')
}

/** The direct conversation of two accounts: the same for both, whoever computes it. */
export function directConversation(a: AccountId, b: AccountId): ConversationId {
  const pair = [idToBytes(a), idToBytes(b)].toSorted((x, y) => Buffer.compare(x, y))
  return idFromBytes(domainHash('tidings/direct/1', ...pair))
}

const logNames = new Lru<Uint8Array>(LOG_NAMES_MAX)

/**
 * The name of one device's log in one conversation; its bytes are the chain's `h_0`. Not to be
 * changed: it is remembered, being in every signature, and its beginning in most keys of the
 * database.
 */
export function logName(conversation: ConversationId, device: DeviceId): Uint8Array {
  const pair = `${conversation}/${device}`
  const known = logNames.get(pair)
  if (known) return known
  const name = domainHash('tidings/log/1', idToBytes(conversation), idToBytes(device))
  logNames.set(pair, name)
  return name
}

const MESSAGE_ID = /^([0-9a-v]{26})-([1-9][0-9]{0,15})$/
const LOG_ID_BYTES = 16

/** The 26 characters that name a log in a message id: 128 bits, unique on any network. */
export function logTag(conversation: ConversationId, device: DeviceId): string {
  return base32Encode(logName(conversation, device).subarray(0, LOG_ID_BYTES))
}

/** The id of a message, the same on every node: its log and its place in it. */
export function messageId(tag: string, seq: number): string {
  return `${tag}-${seq}`
}

/** @throws TidingsError `bad_input` when the text is not a message id. */
export function parseMessageId(id: string): { tag: string; seq: number } {
  const match = MESSAGE_ID.exec(id)
  const seq = Number(match?.[2])
  if (!match?.[1] || !Number.isSafeInteger(seq)) {
    throw new TidingsError('bad_input', `"${id.slice(0, 80)}" is not a message id`)
  }
  return { tag: match[1], seq }
}
