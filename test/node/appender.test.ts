// Writing own entries: what they name, and what becomes of those that cannot be written.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TidingsError } from '../../src/core/errors.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { DEPS_MAX } from '../../src/core/limits.ts'
import { emptyHead, type Head, type Run } from '../../src/core/run.ts'
import { Appender, type AppenderInit } from '../../src/node/appender.ts'
import type { OwnLogState } from '../../src/node/own-log.ts'
import { entryDeps } from '../../src/wire/entry.ts'
import { makeKeys } from '../net/peers.ts'
import { newConversation } from './scribe.ts'

const BODY = { kind: 'text', text: 'hello' } as const

class Desk {
  readonly conversation = newConversation()
  readonly keys = makeKeys<DeviceId>()
  readonly runs: Run[] = []
  readonly appender: Appender
  /** How far the logs of others are shown. */
  readonly shown = new Map<DeviceId, number>()
  state: OwnLogState = 'ready'
  fails = false
  private tip: Head = emptyHead(this.conversation, this.keys.id)

  constructor() {
    const ledger = {
      conversation: () =>
        new Map([...this.shown].map(([device, shown]) => [device, { order: { shown } }])),
    }
    const replicator = {
      tip: () => this.tip,
      append: (run: Run, head: Head) => {
        if (this.fails) throw new TidingsError('internal', 'a mistake')
        this.runs.push(run)
        this.tip = head
      },
    }
    this.appender = new Appender({
      me: this.keys.id,
      signer: this.keys.sign,
      ledger,
      replicator,
      ownLog: { state: () => this.state },
      now: () => 1,
      uptimeMs: () => 1,
    } as unknown as AppenderInit)
  }

  /** What is written is on disk at once. */
  send(): Promise<number> {
    setImmediate(() => {
      const run = this.runs.at(-1)
      if (run) this.appender.stored([{ run, head: this.tip, from: undefined }])
    })
    return this.appender.append(this.conversation, BODY)
  }

  deps(index: number): number {
    return entryDeps(this.runs[index]?.entries[0] ?? new Uint8Array()).length
  }
}

test('of more logs than an entry can name, the next entry names the rest', async () => {
  const desk = new Desk()
  for (let i = 0; i < DEPS_MAX + 44; i++) desk.shown.set(makeKeys<DeviceId>().id, 1)
  const logs = desk.shown.size
  for (let named = 0, i = 0; named < logs; i++) {
    await desk.send()
    assert.equal(desk.deps(i), Math.min(DEPS_MAX, logs - named))
    named += desk.deps(i)
  }
  await desk.send()
  assert.equal(desk.deps(desk.runs.length - 1), 0, 'nothing is named twice')
})

test('what cannot be written is refused to whoever sent it, and the next goes on', async () => {
  const desk = new Desk()
  desk.shown.set(makeKeys<DeviceId>().id, 3)
  desk.fails = true
  await assert.rejects(desk.send(), { code: 'internal' })
  desk.fails = false
  assert.equal(await desk.send(), 1)
  assert.equal(desk.deps(0), 1, 'what the refused one named is named again')
})

test('a log that was written twice takes nothing more', async () => {
  const desk = new Desk()
  desk.state = 'forked'
  await assert.rejects(desk.send(), { code: 'database_damaged' })
  assert.equal(desk.runs.length, 0)
})

test('a message that waits for own entries goes out once they are back', async () => {
  const desk = new Desk()
  desk.state = 'behind'
  const sent = desk.appender.append(desk.conversation, BODY)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(desk.runs.length, 0)
  desk.state = 'ready'
  desk.appender.retry()
  await new Promise((resolve) => setImmediate(resolve))
  const run = desk.runs.at(-1)
  assert.ok(run)
  desk.appender.stored([{ run, head: { seq: 1, hash: run.prevHash }, from: undefined }])
  assert.equal(await sent, 1)
})
