// Catching up with 100,000 messages that were sent while one was away, on a real terminal, with the
// node inside the same process: how far it is is told, and one goes on typing meanwhile. It stands
// here to run by itself: it measures.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { connect } from '../../src/api/client.ts'
import { introduce, Person, ROOT } from '../e2e/harness.ts'
import { hasTmux, Window } from '../repl/tmux.ts'

const MESSAGES = 100_000
const SENT_TOGETHER = 500
/** What DESIGN asks of the screen: a key shows within so long. */
const ECHO_MAX_MS = 50
/** Signs that neither the messages nor the escapes of a terminal hold. */
const SIGNS = [...'!$%&*+<{}|~^_#äöüßéèêàâôûçñøåæœ']

async function fill(bob: Person): Promise<void> {
  await using client = await connect({ home: bob.home, profile: bob.name })
  for (let sent = 0; sent < MESSAGES; sent += SENT_TOGETHER) {
    const some = Array.from({ length: SENT_TOGETHER }, (_, i) => `message ${sent + i} of many`)
    await Promise.all(some.map((text) => client.send({ to: '@ann', text })))
  }
}

/** The times from a key to its echo, as the terminal gets it. */
async function echoes(
  window: Window,
  t: TestContext,
  folder: string,
): Promise<() => Promise<number>> {
  const fifo = path.join(folder, 'echo')
  execFileSync('mkfifo', [fifo])
  window.record(fifo)
  const output = createReadStream(fifo, 'utf8')
  t.after(() => output.destroy())
  let awaited = ''
  let heard: (() => void) | undefined
  output.on('data', (chunk) => {
    if (awaited !== '' && String(chunk).includes(awaited)) heard?.()
  })
  let typed = 0
  return async () => {
    const echo = Promise.withResolvers<void>()
    awaited = SIGNS[typed++ % SIGNS.length] ?? ''
    heard = echo.resolve
    const pressedAt = performance.now()
    window.type(awaited)
    await echo.promise
    return performance.now() - pressedAt
  }
}

const skip = hasTmux() ? false : 'tmux is not installed'

test('100,000 messages arrive while one types, and how far it is is told', { skip }, async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  await ann.json('stop')
  await fill(bob)
  await bob.json('stop')

  const env = Object.entries(ann.env).filter(([, value]) => value !== undefined)
  const window = new Window(
    [process.execPath, path.join(ROOT, 'bin/tidings.js'), 'repl'],
    Object.fromEntries(env) as Record<string, string>,
  )
  t.after(() => window.close())
  await window.shows('Tidings, as ann')
  const echo = await echoes(window, t, ann.home)
  const quiet: number[] = []
  for (let i = 0; i < 10; i++) quiet.push(await echo())
  window.press('C-u')
  await bob.start()
  await window.shows(/Catching up with bob: [\d,]+/)
  const busy: number[] = []
  while (!/Caught up/.test(window.text()) && busy.length < 200) {
    busy.push(await echo())
    if (busy.length % SIGNS.length === 0) window.press('C-u')
    await delay(20)
  }
  await window.shows(/Caught up: 100,000 messages/)
  const sorted = busy.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? NaN)
  const quietMs = Math.round(quiet.toSorted((a, b) => a - b)[quiet.length >> 1] ?? NaN)
  t.diagnostic(`key to echo: ${at(0.5)} ms, 9 of 10 within ${at(0.9)} ms; before ${quietMs} ms`)
  assert.ok(busy.length >= 10, 'it was typed meanwhile')
  assert.ok(at(0.5) <= ECHO_MAX_MS, `half of them within ${at(0.5)} ms`)
  window.press('C-u')
  window.type('@bob')
  window.press('Enter')
  await window.shows(/message 99999 of many/)
})
