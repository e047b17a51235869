// Where a node's log goes: one file for each profile, readable by its owner alone, kept below a
// bound by moving it aside once it is full. Lines are written at once, so that the last ones before
// a crash are there.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

import pino from 'pino'

import type { LogLevel } from '../api/running.ts'
import { LOG_FILE_BYTES_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'

export interface LogFile {
  readonly log: Logger
  close(): void
}

/** The file is `file`; what it held before is in `file.1`. */
export function openLog(
  file: string,
  level: LogLevel,
  bytesMax: number = LOG_FILE_BYTES_MAX,
): LogFile {
  const rotating = new RotatingFile(file, bytesMax)
  const log = pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    rotating,
  )
  return { log, close: () => rotating.close() }
}

class RotatingFile {
  readonly #file: string
  readonly #bytesMax: number
  #descriptor: number | undefined
  #bytes: number

  constructor(file: string, bytesMax: number) {
    this.#file = file
    this.#bytesMax = bytesMax
    this.#descriptor = openPrivate(file)
    this.#bytes = fstatSync(this.#descriptor).size
  }

  write(line: string): void {
    if (this.#descriptor === undefined) return
    try {
      if (this.#bytes >= this.#bytesMax) this.#descriptor = this.#rotate(this.#descriptor)
      this.#bytes += writeSync(this.#descriptor, line)
    } catch {
      // A full disk must not end the node for want of a log line; its own writes report it.
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #rotate(descriptor: number): number {
    renameSync(this.#file, `${this.#file}.1`)
    let next: number
    try {
      next = openPrivate(this.#file)
    } catch {
      // It goes on where it was, and this is tried again with the next line.
      renameSync(`${this.#file}.1`, this.#file)
      return descriptor
    }
    closeSync(descriptor)
    this.#bytes = 0
    return next
  }
}

function openPrivate(file: string): number {
  return openSync(file, 'a', 0o600)
}
