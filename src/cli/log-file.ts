// Reads the log of a node: the newest lines from the end of the file, and what comes after them.
// The node moves a full file aside (daemon/log) and others may cut it short; a reader notices both
// by looking at the file a few times a second, which works on every file system.
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** How much is read at a time, from the end of the file backwards. */
const STEP_BYTES = 64 * 1024
/** A line without an end is told in pieces of this size. */
const LINE_BYTES_MAX = 1024 * 1024
const LOOK_EVERY_MS = 200
const LINE_FEED = 10

/** A place in a file: what comes after it was not read yet. */
export interface LogPlace {
  readonly file: FileHandle | undefined
  readonly offset: number
}

/**
 * Lines of the file before the place, the newest first. Nothing of the file is kept in memory but
 * what a step holds.
 */
export async function* linesBackwards(file: FileHandle, end: number): AsyncIterable<string> {
  let rest: Buffer[] = []
  for (let to = end; to > 0; to -= STEP_BYTES) {
    const from = Math.max(0, to - STEP_BYTES)
    const block = await readBlock(file, from, to - from)
    let lineEnd = block.length
    for (;;) {
      const at = lineEnd === 0 ? -1 : block.lastIndexOf(LINE_FEED, lineEnd - 1)
      if (at < 0) break
      yield textOf([block.subarray(at + 1, lineEnd), ...rest])
      rest = []
      lineEnd = at
    }
    rest = [block.subarray(0, lineEnd), ...rest]
  }
  yield textOf(rest)
}

/**
 * Where the last whole line ends: what follows is still being written. Last words that have no end
 * and are longer than a step count as one.
 */
export async function endOfLines(file: FileHandle): Promise<number> {
  const { size } = await file.stat()
  const from = Math.max(0, size - STEP_BYTES)
  const at = (await readBlock(file, from, size - from)).lastIndexOf(LINE_FEED)
  return at < 0 ? size : from + at + 1
}

/** Opens a file to read; undefined when there is none. */
export async function openLogFile(name: string): Promise<FileHandle | undefined> {
  try {
    return await open(name, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Lines that come after a place, until the signal aborts. What was still written to a file that was
 * moved aside comes before what is in the new one.
 */
export async function* linesAfter(
  name: string,
  { file, offset }: LogPlace,
  signal: AbortSignal,
): AsyncIterable<string> {
  let follower = file && new Follower(file, offset)
  try {
    while (!signal.aborted) {
      // Looked at first: whatever was written before the file was moved is read after this.
      const isMoved = follower === undefined || (await follower.isMoved(name))
      if (follower) yield* follower.lines()
      if (isMoved) {
        const next = await openLogFile(name)
        if (next) {
          if (follower) yield* follower.end()
          await follower?.close()
          follower = new Follower(next, 0)
          continue
        }
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    await follower?.close()
  }
}

class Follower {
  readonly #file: FileHandle
  #offset: number
  #begun: Buffer = Buffer.alloc(0)

  constructor(file: FileHandle, offset: number) {
    this.#file = file
    this.#offset = offset
  }

  /** Whether another file has the name now, or none. */
  async isMoved(name: string): Promise<boolean> {
    const named = await openLogFile(name)
    if (!named) return true
    try {
      const [here, there] = await Promise.all([this.#file.stat(), named.stat()])
      return here.ino !== there.ino || here.dev !== there.dev
    } finally {
      await named.close()
    }
  }

  /** Whole lines that were not read yet. */
  async *lines(): AsyncIterable<string> {
    const { size } = await this.#file.stat()
    // Somebody cut it short: what is in it now was written since.
    if (size < this.#offset) {
      this.#offset = 0
      this.#begun = Buffer.alloc(0)
    }
    while (this.#offset < size) {
      const block = await readBlock(
        this.#file,
        this.#offset,
        Math.min(STEP_BYTES, size - this.#offset),
      )
      if (block.length === 0) return
      this.#offset += block.length
      yield* this.#split(block)
    }
  }

  /** A last line without an end. */
  *end(): Iterable<string> {
    if (this.#begun.length > 0) yield textOf([this.#begun])
    this.#begun = Buffer.alloc(0)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  *#split(block: Buffer): Iterable<string> {
    let from = 0
    for (;;) {
      const at = block.indexOf(LINE_FEED, from)
      if (at < 0) break
      yield textOf([this.#begun, block.subarray(from, at)])
      this.#begun = Buffer.alloc(0)
      from = at + 1
    }
    this.#begun = Buffer.concat([this.#begun, block.subarray(from)])
    if (this.#begun.length > LINE_BYTES_MAX) yield* this.end()
  }
}

async function readBlock(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  return buffer.subarray(0, bytesRead)
}

function textOf(parts: readonly Buffer[]): string {
  return Buffer.concat(parts).toString('utf8')
}
