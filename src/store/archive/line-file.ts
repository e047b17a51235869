// The lines of a file that somebody handed over, one after the other: of bounded length, UTF-8, and
// read a piece at a time however large the file is.
import { type FileHandle, open, stat } from 'node:fs/promises'

import { TidingsError } from '../../core/errors.ts'
import { ARCHIVE_LINE_BYTES_MAX } from '../../core/limits.ts'
import { fileError } from '../whole-file.ts'
import { invalid } from './archive-format.ts'

const LINE_FEED = 0x0a
const PIECE_BYTES = 64 * 1024

export interface Line {
  readonly text: string
  /** From 1. */
  readonly number: number
}

/** @throws TidingsError `file_unusable`, `archive_invalid` with the number of a line */
export async function* linesOf(file: string): AsyncGenerator<Line, void> {
  const handle = await openFile(file)
  try {
    yield* split(handle, file)
  } finally {
    await handle.close()
  }
}

/** @throws TidingsError `file_unusable` */
export async function sizeOf(file: string): Promise<number> {
  const { size } = await stat(file).catch((error: unknown) => {
    throw fileError(error, file)
  })
  return size
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    // Looked at first: opening a pipe would wait for somebody to write to it.
    if (!(await stat(file)).isFile()) throw new TidingsError('file_unusable', `${file} is no file`)
    return await open(file, 'r')
  } catch (error) {
    throw fileError(error, file)
  }
}

async function* split(handle: FileHandle, file: string): AsyncGenerator<Line, void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  let begun: Buffer[] = []
  let bytes = 0
  let number = 1
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES).catch((error: unknown) => {
      throw fileError(error, file)
    })
    if (bytesRead === 0) break
    let at = 0
    while (at < bytesRead) {
      const end = piece.subarray(0, bytesRead).indexOf(LINE_FEED, at)
      const part = piece.subarray(at, end < 0 ? bytesRead : end)
      bytes += part.byteLength
      if (bytes > ARCHIVE_LINE_BYTES_MAX) {
        throw invalid(number, `a line has at most ${ARCHIVE_LINE_BYTES_MAX} bytes`)
      }
      // The next read goes into the same memory.
      begun.push(Buffer.from(part))
      if (end < 0) break
      yield { text: decode(begun, number), number }
      begun = []
      bytes = 0
      number += 1
      at = end + 1
    }
  }
  if (bytes > 0) yield { text: decode(begun, number), number }
}

function decode(parts: readonly Buffer[], number: number): string {
  try {
    // Programs on Windows begin a file with a byte order mark, which is none of its text.
    const ignoreBOM = number > 1
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM }).decode(Buffer.concat(parts))
  } catch (error) {
    throw invalid(number, 'this is not UTF-8', error)
  }
}
