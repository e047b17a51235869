// The check that LevelDB puts on everything it writes: these bytes have these checks (RFC 3720,
// appendix B.4, and leveldb, util/crc32c_test.cc).
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { crc32c, maskedCrc32c } from '../../../src/store/repair/crc32c.ts'

test('CRC-32C is that of the standard', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e)
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i))), 0x113fdb5c)
})

test('a part of bytes that begin anywhere has the check of that part', () => {
  const bytes = Buffer.from('..123456789...')
  assert.equal(crc32c(bytes.subarray(1), 1, 10), 0xe3069283)
  assert.equal(crc32c(bytes, 3, 3), 0)
})

test('it is masked as LevelDB masks it', () => {
  const nine = Buffer.from('123456789')
  const rotated = ((0xe3069283 >>> 15) | (0xe3069283 << 17)) >>> 0
  assert.equal(maskedCrc32c(nine, 0, 9), (rotated + 0xa282ead8) % 2 ** 32)
})
