// Sizes as people write them.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { formatByteSize, parseByteSize } from '../../src/core/byte-size.ts'
import { isTidingsError } from '../../src/core/errors.ts'

test('sizes are read as people write them', () => {
  const sizes = ['0', '17', '10 b', '1k', '1KiB', '1kB', '1.5 GiB', '2gb', '1TiB']
  const kib = 1024
  const bytes = [0, 17, 10, kib, kib, 1000, 1.5 * kib ** 3, 2e9, kib ** 4]
  assert.deepEqual(sizes.map(parseByteSize), bytes)
})

test('what is no size is refused with words', () => {
  for (const text of ['', 'much', '-1', '1e9', '1 PB', 'GiB', '1,5G', '0x10', '9999999999999T']) {
    assert.throws(
      () => parseByteSize(text),
      (error) => isTidingsError(error, 'bad_input'),
      text,
    )
  }
})

test('a size is shown in the unit that fits, and means the same when it is read again', () => {
  assert.deepEqual([0, 1, 1023, 1024, 1536, 1024 ** 3, 200.5 * 1024 ** 2].map(formatByteSize), [
    '0 bytes',
    '1 bytes',
    '1023 bytes',
    '1 KiB',
    '1.5 KiB',
    '1 GiB',
    '201 MiB',
  ])
  assert.equal(parseByteSize(formatByteSize(1024 ** 3)), 1024 ** 3)
})
