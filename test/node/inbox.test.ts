// The frames of one session, one after another.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Frame } from '../../src/core/frames.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { Inbox } from '../../src/node/inbox.ts'
import { StubSession } from './stub-session.ts'

const frame = (request: string): Frame => ({ type: 'decline', request })
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a frame that waits holds up those behind it, and reading pauses meanwhile', async () => {
  const session = new StubSession()
  const { promise, resolve } = Promise.withResolvers<void>()
  const taken: Frame[] = []
  const take = (one: Frame): Promise<void> | undefined => {
    taken.push(one)
    return taken.length === 1 ? promise : undefined
  }
  const inbox = new Inbox(session, take, silentLogger)
  inbox.push(frame('a'))
  inbox.push(frame('b'))
  assert.deepEqual([taken.length, session.pauses], [1, 1])
  resolve()
  await turn()
  assert.deepEqual([taken.length, session.pauses], [2, 0])
})

test('a mistake with a frame that had to wait costs the session, not the process', async () => {
  const session = new StubSession()
  const { promise, resolve } = Promise.withResolvers<void>()
  let count = 0
  const take = (): Promise<void> | undefined => {
    count += 1
    if (count === 1) return promise
    throw new Error('a mistake')
  }
  const inbox = new Inbox(session, take, silentLogger)
  inbox.push(frame('a'))
  inbox.push(frame('b'))
  resolve()
  await turn()
  assert.equal(session.closedWith, 'internal')
})
