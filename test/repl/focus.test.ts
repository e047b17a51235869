// What a terminal tells of its focus, among the keys that it sends.
import assert from 'node:assert/strict'
import { emitKeypressEvents } from 'node:readline'
import { PassThrough } from 'node:stream'
import { test, type TestContext } from 'node:test'

import { Focus } from '../../src/repl/focus.ts'

function terminal(t: TestContext) {
  const input = new PassThrough()
  emitKeypressEvents(input)
  const focus = new Focus(input)
  t.after(() => focus.end())
  const typed = async (keys: string): Promise<void> => {
    input.write(keys)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { focus, typed }
}

test('whether somebody looks is unknown until the terminal tells', async (t) => {
  const { focus, typed } = terminal(t)
  assert.equal(focus.presence, 'unknown')
  await typed('some words\r')
  assert.equal(focus.presence, 'unknown')
  await typed('\x1b[O')
  assert.equal(focus.presence, 'away')
  await typed('a\x1b[Ib')
  assert.equal(focus.presence, 'here')
})

test('what is told after the end changes nothing', async (t) => {
  const { focus, typed } = terminal(t)
  focus.end()
  await typed('\x1b[O')
  assert.equal(focus.presence, 'unknown')
})
