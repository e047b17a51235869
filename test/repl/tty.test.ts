import assert from 'node:assert/strict'
import process from 'node:process'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'

import { Tty } from '../../src/repl/terminal/tty.ts'
import { Painter } from '../../src/repl/view/painter.ts'

const TAKEN = '\x1b[?1049h'

function opened() {
  let written = ''
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString()
      done()
    },
  })
  const happened: string[] = []
  const tty = new Tty({ input: new PassThrough(), output }, new Painter(output), {
    onKey: () => undefined,
    onInterrupt: () => happened.push('interrupt'),
    onRedraw: () => undefined,
    onDrain: () => undefined,
    onEnd: () => undefined,
  })
  const takenTimes = (): number => written.split(TAKEN).length - 1
  return { tty, happened, takenTimes }
}

test('an interrupt is for the program that the terminal is lent to', async () => {
  const { tty, happened, takenTimes } = opened()
  await tty.lend(async () => void process.emit('SIGINT', 'SIGINT'))
  assert.deepEqual(happened, [])
  assert.equal(tty.isAway, false)
  assert.equal(takenTimes(), 2)
  process.emit('SIGINT', 'SIGINT')
  assert.deepEqual(happened, ['interrupt'])
  const listeners = process.listenerCount('SIGINT')
  tty.close()
  assert.equal(process.listenerCount('SIGINT'), listeners - 1)
})

test('a terminal that was lent comes back, also after a failure', async () => {
  const { tty, takenTimes } = opened()
  await assert.rejects(
    tty.lend(async () => {
      throw new Error('no editor')
    }),
    /no editor/,
  )
  assert.equal(takenTimes(), 2)
  tty.close()
})

test('a terminal that is closed while it is lent is not taken again', async () => {
  const { tty, takenTimes } = opened()
  await tty.lend(async () => tty.close())
  assert.equal(takenTimes(), 1)
  assert.equal(tty.isAway, true)
})
