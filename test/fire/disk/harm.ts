// What a disk does to files: an end that is gone, a bit that is another one, a file that is gone.
import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Random } from './random.ts'
import { filesLike, newestLog } from './specimen.ts'

const BLOCK_BYTES = 32 * 1024
const HEADER_BYTES = 7
/** Types of a fragment with which a record ends. */
const FULL = 1
const LAST = 4

/** Where the records of a write-ahead log end (leveldb, doc/log_format.md). */
export function recordEnds(file: string): number[] {
  const bytes = readFileSync(file)
  const ends: number[] = []
  let at = 0
  while (at + HEADER_BYTES <= bytes.byteLength) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES)
    if (left < HEADER_BYTES) {
      at += left
      continue
    }
    const [length, type] = [bytes.readUInt16LE(at + 4), bytes[at + 6]]
    if (type === 0) break
    at += HEADER_BYTES + length
    if (type === FULL || type === LAST) ends.push(at)
  }
  return ends
}

/** Lengths to cut a log to: ends of records, others, nothing, and all but one byte. */
export function cutsOf(file: string, count: number, random: Random): number[] {
  const ends = recordEnds(file).slice(0, -1)
  const { size } = statSync(file)
  assert.ok(ends.length > count / 2, 'too few records')
  const cuts = [0, size - 1]
  while (cuts.length < count) {
    const end = ends[Math.floor(random() * ends.length)] ?? 0
    cuts.push(cuts.length % 2 === 0 ? end : Math.floor(random() * size))
  }
  return cuts
}

export function cutLog(directory: string, length: number): void {
  truncateSync(newestLog(directory), length)
}

/** Flips one bit of one of these files; where it was. */
export function flipBit(directory: string, like: RegExp, random: Random): string {
  const files = filesLike(directory, like)
  const sizes = files.map((file) => statSync(file).size)
  // Every byte of them is as likely.
  let at = Math.floor(random() * sizes.reduce((sum, size) => sum + size, 0))
  let index = 0
  while (at >= (sizes[index] ?? Infinity)) at -= sizes[index++] ?? 0
  const file = files[index]
  assert.ok(file)
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  // A copy may share its tables with the original.
  writeFileSync(`${file}.new`, bytes)
  renameSync(`${file}.new`, file)
  return `${path.basename(file)} at ${at}`
}

/** Flips one bit of the largest file of these, so far into it. */
export function flipAt(directory: string, like: RegExp, part: number): void {
  const files = filesLike(directory, like).map((file) => ({ file, size: statSync(file).size }))
  const largest = files.toSorted((a, b) => b.size - a.size)[0]
  assert.ok(largest)
  const bytes = readFileSync(largest.file)
  const at = Math.floor(part * largest.size)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(largest.file, bytes)
}

export function remove(directory: string, like: RegExp, random: Random): string {
  const files = filesLike(directory, like)
  const file = files[Math.floor(random() * files.length)]
  assert.ok(file)
  rmSync(file)
  return path.basename(file)
}
