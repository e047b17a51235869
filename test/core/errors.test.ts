// The table of error codes, which scripts rely on.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  ERROR_CODES,
  type ErrorCode,
  isTidingsError,
  TidingsError,
  toTidingsError,
} from '../../src/core/errors.ts'

const codes = Object.entries(ERROR_CODES)

test('every error has a JSON-RPC code of its own', () => {
  assert.equal(new Set(codes.map(([, { rpc }]) => rpc)).size, codes.length)
  for (const [code, { rpc }] of codes) {
    // JSON-RPC 2.0 reserves -32768 to -32000; those used here are the ones it defines.
    const isDefined = [-32700, -32600, -32601, -32602, -32603].includes(rpc)
    assert.ok(isDefined || rpc > 0, code)
  }
})

test('exit codes are the documented ones', () => {
  const exits: Record<ErrorCode, number> = Object.fromEntries(
    codes.map(([code, { exit }]) => [code, exit]),
  ) as Record<ErrorCode, number>
  for (const [code, exit] of Object.entries(exits)) {
    assert.ok([1, 2, 3, 4, 5, 130].includes(exit), code)
  }
  assert.equal(exits.bad_input, 2)
  assert.equal(exits.no_daemon, 3)
  assert.equal(exits.wrong_password, 4)
  assert.equal(exits.not_delivered, 5)
  assert.equal(exits.interrupted, 130)
})

test('codes are words for scripts', () => {
  for (const [code] of codes) assert.match(code, /^[a-z0-9]+(_[a-z0-9]+)*$/)
})

test('any thrown value becomes an error with a code, its cause kept', () => {
  const own = new TidingsError('timeout', 'too late')
  assert.equal(toTidingsError(own), own)
  const other = new RangeError('too far')
  const wrapped = toTidingsError(other)
  assert.equal(wrapped.code, 'internal')
  assert.equal(wrapped.message, 'too far')
  assert.equal(wrapped.cause, other)
  assert.equal(toTidingsError('just text').message, 'just text')
})

test('errors are told apart by their code', () => {
  const error: unknown = new TidingsError('timeout', 'too late')
  assert.ok(isTidingsError(error))
  assert.ok(isTidingsError(error, 'timeout'))
  assert.equal(isTidingsError(error, 'internal'), false)
  assert.equal(isTidingsError(new Error('too late')), false)
})
