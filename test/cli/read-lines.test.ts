import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { test } from 'node:test'

import { readLines } from '../../src/cli/read-lines.ts'

const MAX = { lineBytesMax: 8 }

async function linesOf(...chunks: (string | number[])[]): Promise<string[]> {
  const input = Readable.from(chunks.map((chunk) => Buffer.from(chunk as string)))
  const lines = []
  for await (const line of readLines(input, MAX)) {
    lines.push(typeof line === 'string' ? line : `! ${line.code}: ${line.message}`)
  }
  return lines
}

test('lines end with LF or CR LF, wherever the pieces of the stream do', async () => {
  assert.deepEqual(await linesOf('one\ntwo\r\n\nfour'), ['one', 'two', '', 'four'])
  assert.deepEqual(await linesOf('o', 'ne\r', '\nt', 'wo', '\n'), ['one', 'two'])
  assert.deepEqual(await linesOf(), [])
  assert.deepEqual(await linesOf('a\rb\n'), ['a\rb'])
  // A character that is cut in two by the pieces.
  assert.deepEqual(await linesOf([0xc3], [0xbc, 0x0a]), ['ü'])
})

test('a line that is no text, or too long, is an error with its number, in its place', async () => {
  const tooLong = '! text_too_long: line 2 is longer than 8 bytes'
  assert.deepEqual(await linesOf('12345678\n123456789\n12345678\r\n'), [
    '12345678',
    tooLong,
    '12345678',
  ])
  assert.deepEqual(await linesOf('a\n', 'x'.repeat(9), 'x'.repeat(9000), '\nb'), [
    'a',
    tooLong,
    'b',
  ])
  assert.deepEqual(await linesOf([0x61, 0x0a, 0xff, 0x0a, 0x62]), [
    'a',
    '! text_not_utf8: line 2 is not UTF-8',
    'b',
  ])
  assert.deepEqual(await linesOf('xü'.slice(0, 1), [0xc3]), [
    '! text_not_utf8: line 1 is not UTF-8',
  ])
})

test('a byte order mark at the beginning is no text; later it is', async () => {
  assert.deepEqual(await linesOf('\ufeffa\n\ufeffb\n'), ['a', '\ufeffb'])
})

test('nothing is read before the lines that are there were taken', async () => {
  const input = new PassThrough({ highWaterMark: 16 })
  const lines = readLines(input, MAX)
  let written = 0
  const feed = (): void => {
    while (written < 1000 && input.write('abc\n')) written++
  }
  input.on('drain', feed)
  feed()
  for (let i = 0; i < 5; i++) assert.equal((await lines.next()).value, 'abc')
  assert.ok(written < 50, `${written} lines were read for 5`)
  await lines.return(undefined)
})
