import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LineSender, type LineSenderInit, type SentLine } from '../../src/cli/line-sender.ts'
import { type ErrorCode, TidingsError } from '../../src/core/errors.ts'
import {
  SEND_LINES_PENDING_BYTES_MAX,
  SEND_LINES_PENDING_MAX,
  TEXT_BYTES_MAX,
} from '../../src/core/limits.ts'

/** A node that answers when it is told to. */
class StandIn {
  readonly given: { to: string; text: string }[] = []
  readonly shown: SentLine[] = []
  readonly refused: string[] = []
  readonly abort = new AbortController()
  readonly sender: LineSender
  faults = 0
  answersItself = true
  readonly #answers: PromiseWithResolvers<void>[] = []
  #failing = new Map<string, ErrorCode>()

  constructor(more: Partial<LineSenderInit> = {}) {
    this.sender = new LineSender({
      to: '@bob',
      oneByOne: false,
      send: (to, text) => this.#send(to, text),
      onSent: async (sent) => void this.shown.push(sent),
      onRefused: ({ message }) => void this.refused.push(message),
      onFault: () => void (this.faults += 1),
      signal: this.abort.signal,
      ...more,
    })
  }

  fail(text: string, code: ErrorCode): void {
    this.#failing.set(text, code)
  }

  /** Answers the oldest request. */
  answer(): void {
    this.#answers.shift()?.resolve()
  }

  async #send(to: string, text: string): Promise<Omit<SentLine, 'line'>> {
    this.given.push({ to, text })
    const seq = this.given.length
    const answer = Promise.withResolvers<void>()
    this.#answers.push(answer)
    if (this.answersItself) this.answer()
    await answer.promise
    const code = this.#failing.get(text)
    if (code) throw new TidingsError(code, `it is ${code}`)
    return { id: `log-${seq}`, conversation: 'conv', seq, state: 'queued' }
  }
}

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('lines go out in order to where the first went; empty ones are none', async () => {
  const node = new StandIn()
  for (const line of ['one', '', '  \t', 'two', 'three']) await node.sender.take(line)
  await node.sender.settled()
  assert.deepEqual(node.given, [
    { to: '@bob', text: 'one' },
    { to: 'conv', text: 'two' },
    { to: 'conv', text: 'three' },
  ])
  assert.deepEqual(
    node.shown.map(({ line, id }) => [line, id]),
    [
      [1, 'log-1'],
      [4, 'log-2'],
      [5, 'log-3'],
    ],
  )
  assert.deepEqual([node.sender.sent, node.sender.refused, node.faults], [3, 0, 0])
})

test('no more is under way than the bounds allow, in messages and in bytes', async () => {
  for (const [text, most] of [
    ['x', SEND_LINES_PENDING_MAX],
    ['x'.repeat(TEXT_BYTES_MAX), SEND_LINES_PENDING_BYTES_MAX / TEXT_BYTES_MAX],
  ] as const) {
    const node = new StandIn()
    await node.sender.take(text)
    await node.sender.settled()
    node.answersItself = false
    let taken = 0
    const taking = (async () => {
      while (taken < most + 10) {
        await node.sender.take(text)
        taken++
      }
    })()
    await turns()
    assert.equal(taken, most)
    for (let i = 0; i < 3; i++) node.answer()
    await turns()
    assert.equal(taken, most + 3)
    node.abort.abort()
    await turns()
    node.answersItself = true
    await taking
    assert.equal(node.given.length, most + 4)
  }
})

test('one by one, a message waits for the one before it', async () => {
  const node = new StandIn({ oneByOne: true })
  await node.sender.take('one')
  await node.sender.settled()
  node.answersItself = false
  await node.sender.take('two')
  const third = node.sender.take('three')
  await turns()
  assert.equal(node.given.length, 2)
  node.answer()
  await third
  assert.equal(node.given.length, 3)
})

test('what is shown holds up what is sent', async () => {
  const gate = Promise.withResolvers<void>()
  const node = new StandIn({ onSent: () => gate.promise })
  await node.sender.take('one')
  const second = node.sender.take('two')
  await turns()
  assert.equal(node.given.length, 1)
  gate.resolve()
  await second
})

test('a bad line is refused by its number, and the others go on', async () => {
  const node = new StandIn()
  node.fail('long', 'text_too_long')
  await node.sender.take('one')
  await node.sender.take(new TidingsError('text_not_utf8', 'line 2 is not UTF-8'))
  await node.sender.take('long')
  await node.sender.take('four')
  await node.sender.settled()
  assert.deepEqual(node.refused, ['line 2 is not UTF-8', 'line 3: it is text_too_long'])
  assert.deepEqual([node.sender.sent, node.sender.refused, node.faults], [2, 2, 0])
})

test('what is no fault of the line ends it, and what is not known is counted', async () => {
  const node = new StandIn()
  await node.sender.take('one')
  await node.sender.settled()
  node.answersItself = false
  for (const text of ['two', 'three', 'four']) await node.sender.take(text)
  node.fail('three', 'no_daemon')
  node.fail('four', 'no_daemon')
  for (let i = 0; i < 3; i++) node.answer()
  await node.sender.settled()
  await node.sender.take('five')
  const { fault, sent, unanswered } = node.sender
  assert.deepEqual([fault?.code, sent, unanswered, node.faults], ['no_daemon', 2, 2, 1])
  assert.equal(node.given.length, 4)
})
