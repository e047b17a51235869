// Entries whose body is in a box, and the same entries as they read: everything but the body stands
// in both alike (docs/PROTOCOL.md, "Groups with keys"). The signed bytes are the closed ones.
import { createCipheriv, createDecipheriv } from 'node:crypto'

import { isTidingsError } from '../core/errors.ts'
import type { KeyChain } from '../core/group/keys.ts'
import { idToBytes } from '../core/id.ts'
import { ENTRY_BYTES_MAX } from '../core/limits.ts'
import type { LogName } from '../core/run.ts'
import { CLOSED_TAG, NONCE_BYTES, readClosed, SEAL_BYTES, writeClosed } from './closed-body.ts'
import { BODY_MAX, BODY_MIN, entryDeps } from './entry.ts'
import { isGroupTag } from './group-bodies.ts'
import { TIMER } from './other-bodies.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const CIPHER = 'aes-256-gcm'
const DOMAIN = Buffer.from('tidings/closed/1')
/** What takes the place of a body that nobody can read: one of an unknown kind. */
const UNREADABLE = new Writer(4).bytes(BODY_MAX, new Uint8Array(0)).finish()

/** The field of an entry that is its body. */
interface BodyField {
  readonly tag: number
  readonly start: number
  readonly end: number
  readonly body: Uint8Array
}

/** What the box of an entry is bound to, and what opens it. */
interface Lock {
  readonly log: LogName
  readonly key: Uint8Array
}

/**
 * The bytes of an entry with its body in a box.
 *
 * @param entry checked, with a body that `isClosable`
 * @param nonce 12 bytes, never used twice
 * @throws TidingsError `protocol_error` when it is too long like that
 */
export function closedEntry(
  entry: Uint8Array,
  epoch: number,
  lock: Lock,
  nonce: Uint8Array,
): Uint8Array {
  const field = bodyField(entry)
  if (!isClosable(field.tag)) throw new TypeError(`a body ${field.tag} stands in the clear`)
  const cipher = createCipheriv(CIPHER, lock.key, nonce)
  cipher.setAAD(boundTo(lock.log))
  const content = cipher.update(entry.subarray(field.start, field.end))
  cipher.final()
  const box = Buffer.concat([nonce, content, cipher.getAuthTag()])
  const body = writeClosed({ kind: 'closed', epoch, box })
  const closed = replaced(entry, field, new Writer(8 + body.byteLength).bytes(CLOSED_TAG, body))
  entryDeps(closed)
  return closed
}

/**
 * The bytes of an entry as it reads. One that is not closed, or from before the first of the keys,
 * is the very same; what the keys should open and do not has a body of an unknown kind.
 *
 * @param entry checked
 */
export function openedEntry(
  entry: Uint8Array,
  log: LogName,
  chains: readonly KeyChain[],
): Uint8Array {
  const field = bodyField(entry)
  if (field.tag !== CLOSED_TAG) return entry
  const { epoch, box } = readClosed(new Reader(field.body, 'body'))
  let isTried = false
  for (const chain of chains) {
    const key = chain.boxKey(epoch)
    if (!key) continue
    isTried = true
    const content = unboxed(box, { log, key })
    if (!content) continue
    const opened = replaced(entry, field, new Writer(content.byteLength).raw(content))
    if (isField(content) && isEntry(opened)) return opened
  }
  return isTried ? replaced(entry, field, new Writer(4).raw(UNREADABLE)) : entry
}

/** Of which key a closed entry is; undefined for another. */
export function epochOf(entry: Uint8Array): number | undefined {
  const { tag, body } = bodyField(entry)
  return tag === CLOSED_TAG ? readClosed(new Reader(body, 'body')).epoch : undefined
}

/** Whether nobody could open the box of an entry, as `openedEntry` gave it. */
export function isUnreadable(opened: Uint8Array): boolean {
  return bodyField(opened).tag === BODY_MAX
}

/** What a group consists of, and how long messages are shown, all members have to read. */
function isClosable(tag: number): boolean {
  return tag !== CLOSED_TAG && tag !== TIMER && !isGroupTag(tag)
}

function bodyField(entry: Uint8Array): BodyField {
  const reader = new Reader(entry, 'entry')
  for (let start = reader.offset; reader.next(); start = reader.offset) {
    const { field: tag } = reader
    if (tag >= BODY_MIN && tag <= BODY_MAX) {
      const body = reader.each('body').bytes(0, ENTRY_BYTES_MAX)
      return { tag, start, end: reader.offset, body }
    }
    reader.skip()
  }
  throw new TypeError('an entry that was not checked')
}

function replaced(entry: Uint8Array, { start, end }: BodyField, field: Writer): Uint8Array {
  return Buffer.concat([entry.subarray(0, start), field.finish(), entry.subarray(end)])
}

/** Whether these bytes are one field, of a body that may be in a box, and nothing else. */
function isField(content: Uint8Array): boolean {
  return isValid(() => {
    const reader = new Reader(content, 'content')
    if (!reader.next()) return false
    const { field } = reader
    reader.each('body').bytes(0, ENTRY_BYTES_MAX)
    reader.finish()
    return field >= BODY_MIN && field <= BODY_MAX && isClosable(field)
  })
}

function isEntry(bytes: Uint8Array): boolean {
  return isValid(() => entryDeps(bytes) !== undefined)
}

function isValid(check: () => boolean): boolean {
  try {
    return check()
  } catch (error) {
    if (isTidingsError(error, 'protocol_error')) return false
    throw error
  }
}

function unboxed(box: Uint8Array, { log, key }: Lock): Uint8Array | undefined {
  const sealAt = box.byteLength - SEAL_BYTES
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), {
    authTagLength: SEAL_BYTES,
  })
  decipher.setAAD(boundTo(log))
  decipher.setAuthTag(box.subarray(sealAt))
  const content = decipher.update(box.subarray(NONCE_BYTES, sealAt))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return content
}

function boundTo({ conversation, device }: LogName): Uint8Array {
  return Buffer.concat([DOMAIN, idToBytes(conversation), idToBytes(device)])
}
