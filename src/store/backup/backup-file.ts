// The file of a backup: a header that says how its password makes the key, and a stream of records,
// sealed in chunks (docs/STORAGE.md, "Backups").
//
//   header = "tidings backup <version>\n" ‖ JSON of the wrapped key ‖ "\n" ‖ checksum ‖ "\n"
//   chunk  = AES-256-GCM(BACKUP_CHUNK_BYTES of the stream, fewer in the last) ‖ tag (16 bytes)
//   record = kind (1 byte) ‖ length (4 bytes) ‖ body
//
// The nonce of a chunk is its number and whether it is the last one (the STREAM construction), its
// associated data the header's checksum: what is cut, put in another order or taken from another
// backup does not open. The key is drawn for one file, so numbers are enough of a nonce.
import { createCipheriv, createDecipheriv, hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

import * as v from 'valibot'

import { TidingsError } from '../../core/errors.ts'
import {
  BACKUP_CHUNK_BYTES,
  BACKUP_HEADER_BYTES_MAX,
  BACKUP_RECORD_BYTES_MAX,
} from '../../core/limits.ts'
import { type KeyCost, unwrapKey, wrapKey, wrappedKeySchema } from '../profile/keyring.ts'
import { DATA_KEY_BYTES, type RandomBytes } from '../seal.ts'

const VERSION = 1
const MAGIC = /^tidings backup ([1-9][0-9]{0,8})$/
const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16
const NONCE_BYTES = 12
const NONCE_NUMBER_AT = 7
const NONCE_LAST_AT = 11
const RECORD_HEADER_BYTES = 5

export interface BackupRecord {
  readonly kind: number
  readonly body: Uint8Array
}

export interface BackupComponents {
  readonly random: RandomBytes
  /** @default what a profile's password costs */
  readonly cost?: KeyCost | undefined
}

/** Writes a backup to an open, empty file. */
export class BackupWriter {
  /** So much is written. */
  bytes = 0
  private readonly handle: FileHandle
  private readonly chunks: Chunks
  private readonly buffer = Buffer.alloc(BACKUP_CHUNK_BYTES)
  private filled = 0

  private constructor(handle: FileHandle, chunks: Chunks) {
    this.handle = handle
    this.chunks = chunks
  }

  /** @throws TidingsError `bad_input` for a password that cannot be one */
  static async begin(
    handle: FileHandle,
    password: string,
    { random, cost }: BackupComponents,
  ): Promise<BackupWriter> {
    const key = random(DATA_KEY_BYTES)
    const wrapped = JSON.stringify(await wrapKey(key, password, random, cost))
    const lines = `tidings backup ${VERSION}\n${wrapped}\n`
    const checksum = checksumOf(lines)
    const writer = new BackupWriter(handle, new Chunks(key, checksum))
    await writer.put(Buffer.from(`${lines}${checksum}\n`))
    return writer
  }

  async write({ kind, body }: BackupRecord): Promise<void> {
    if (body.byteLength > BACKUP_RECORD_BYTES_MAX) throw new TypeError('a record is too long')
    const header = Buffer.alloc(RECORD_HEADER_BYTES)
    header.writeUInt8(kind)
    header.writeUInt32BE(body.byteLength, 1)
    await this.append(header)
    await this.append(body)
  }

  /** Closes the stream and syncs the file. */
  async finish(): Promise<void> {
    await this.putChunk(true)
    await this.handle.sync()
  }

  private async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      // Only now, that something follows, it is certain that this chunk is not the last one.
      if (this.filled === BACKUP_CHUNK_BYTES) await this.putChunk(false)
      const part = bytes.subarray(at, at + BACKUP_CHUNK_BYTES - this.filled)
      this.buffer.set(part, this.filled)
      this.filled += part.byteLength
      at += part.byteLength
    }
  }

  private async putChunk(isLast: boolean): Promise<void> {
    const sealed = this.chunks.seal(this.buffer.subarray(0, this.filled), isLast)
    this.filled = 0
    await this.put(sealed)
  }

  private async put(bytes: Buffer): Promise<void> {
    await this.handle.writeFile(bytes)
    this.bytes += bytes.byteLength
  }
}

/** Reads a backup from an open file. */
export class BackupReader {
  private readonly handle: FileHandle
  private readonly chunks: Chunks
  private readonly size: number
  private at: number

  private constructor(handle: FileHandle, chunks: Chunks, at: number, size: number) {
    this.handle = handle
    this.chunks = chunks
    this.at = at
    this.size = size
  }

  /** @throws TidingsError `backup_damaged`, `backup_newer`, `wrong_password` */
  static async begin(handle: FileHandle, password: string): Promise<BackupReader> {
    const { size } = await handle.stat()
    const start = Buffer.alloc(Math.min(size, BACKUP_HEADER_BYTES_MAX))
    await readFully(handle, start, 0)
    const [magic = '', key = '', checksum = ''] = start.toString('latin1').split('\n', 3)
    const version = Number(MAGIC.exec(magic)?.[1])
    if (Number.isNaN(version)) throw damaged('this is no backup of Tidings')
    if (version > VERSION) {
      throw new TidingsError('backup_newer', 'the backup was written by a newer Tidings')
    }
    const lines = `${magic}\n${key}\n`
    if (checksumOf(lines) !== checksum) throw damaged('the beginning of the backup is damaged')
    const end = lines.length + checksum.length + 1
    if (end > size) throw damaged('the backup is cut off')
    const dataKey = await unwrapKey(parseWrapped(key), password)
    return new BackupReader(handle, new Chunks(dataKey, checksum), end, size)
  }

  /** The records in order, each verified. @throws TidingsError `backup_damaged` */
  async *records(): AsyncGenerator<BackupRecord, void> {
    let rest: Buffer = Buffer.alloc(0)
    for await (const chunk of this.opened()) {
      rest = Buffer.concat([rest, chunk])
      let at = 0
      for (;;) {
        if (rest.byteLength - at < RECORD_HEADER_BYTES) break
        const length = rest.readUInt32BE(at + 1)
        if (length > BACKUP_RECORD_BYTES_MAX) throw damaged('a record of the backup is too long')
        const end = at + RECORD_HEADER_BYTES + length
        if (rest.byteLength < end) break
        yield { kind: rest.readUInt8(at), body: rest.subarray(at + RECORD_HEADER_BYTES, end) }
        at = end
      }
      rest = rest.subarray(at)
    }
    if (rest.byteLength > 0) throw damaged('the backup ends within a record')
  }

  private async *opened(): AsyncGenerator<Buffer> {
    const most = BACKUP_CHUNK_BYTES + TAG_BYTES
    do {
      const sealed = Buffer.alloc(Math.min(most, this.size - this.at))
      await readFully(this.handle, sealed, this.at)
      this.at += sealed.byteLength
      yield this.chunks.open(sealed, this.at === this.size)
    } while (this.at < this.size)
  }
}

/** Seals or opens the chunks of one file, one after another. */
class Chunks {
  private readonly key: Uint8Array
  private readonly bound: Buffer
  private number = 0

  constructor(key: Uint8Array, checksum: string) {
    this.key = key
    this.bound = Buffer.from(checksum, 'hex')
  }

  seal(content: Uint8Array, isLast: boolean): Buffer {
    const cipher = createCipheriv(CIPHER, this.key, this.nonce(isLast)).setAAD(this.bound)
    const sealed = cipher.update(content)
    cipher.final()
    return Buffer.concat([sealed, cipher.getAuthTag()])
  }

  open(sealed: Buffer, isLast: boolean): Buffer {
    const tagAt = sealed.byteLength - TAG_BYTES
    if (tagAt < 0) throw damaged('the backup is cut off')
    const options = { authTagLength: TAG_BYTES }
    const decipher = createDecipheriv(CIPHER, this.key, this.nonce(isLast), options)
    decipher.setAAD(this.bound).setAuthTag(sealed.subarray(tagAt))
    const content = decipher.update(sealed.subarray(0, tagAt))
    try {
      decipher.final()
    } catch (cause) {
      const words = 'the backup is damaged or cut off'
      throw new TidingsError('backup_damaged', `${words}: it is not what was written`, { cause })
    }
    return content
  }

  private nonce(isLast: boolean): Buffer {
    const nonce = Buffer.alloc(NONCE_BYTES)
    nonce.writeUInt32BE(this.number++, NONCE_NUMBER_AT)
    nonce.writeUInt8(isLast ? 1 : 0, NONCE_LAST_AT)
    return nonce
  }
}

function checksumOf(lines: string): string {
  return hash('sha256', Buffer.from(lines, 'latin1'), 'hex')
}

function parseWrapped(text: string): v.InferOutput<typeof wrappedKeySchema> {
  try {
    return v.parse(wrappedKeySchema, JSON.parse(text))
  } catch (cause) {
    const words = 'the beginning of the backup is damaged'
    throw new TidingsError('backup_damaged', words, { cause })
  }
}

async function readFully(handle: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let at = 0; at < into.byteLength;) {
    const { bytesRead } = await handle.read(into, at, into.byteLength - at, position + at)
    if (bytesRead === 0) throw damaged('the backup was cut off while it was read')
    at += bytesRead
  }
}

function damaged(words: string): TidingsError {
  return new TidingsError('backup_damaged', words)
}
