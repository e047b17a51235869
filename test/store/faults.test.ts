// What failed operations on files mean to the user.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { storageError } from '../../src/store/faults.ts'

/** As Node throws it. */
function failed(code: string, words: string): Error {
  return Object.assign(new Error(`${code}: ${words}`), { code })
}

test('a disk that fails is told as that, whoever says so', () => {
  const errors = [
    failed('EIO', "i/o error, rename 'profile.json'"),
    failed('ENXIO', 'no such device or address, open'),
    new Error('cannot open', { cause: new Error('IO error: 000003.log: Input/output error') }),
  ]
  for (const error of errors) assert.equal(storageError(error, 'db').code, 'home_unusable')
})

test('what no disk says is a fault of the program', () => {
  assert.equal(storageError(new Error('End of the log'), 'db').code, 'internal')
})
