// Writing own entries: what they name, and what becomes of those that cannot be written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Entry } from '../../src/core/entry.ts'
import { TidingsError } from '../../src/core/errors.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { DEPS_MAX, OWN_LOG_WAIT_MS, SENDS_PENDING_MAX } from '../../src/core/limits.ts'
import { closeRun, emptyHead, type Head, type Run } from '../../src/core/run.ts'
import { Appender, type AppenderInit } from '../../src/node/ledger/appender.ts'
import type { OwnLogState } from '../../src/node/own-log.ts'
import { encodeEntry, entryDeps } from '../../src/wire/entry.ts'
import { makeKeys } from '../net/peers.ts'
import { newConversation } from './scribe.ts'

const BODY = { kind: 'text', text: 'hello' } as const

class Desk {
  readonly conversation: ConversationId
  readonly keys = makeKeys<DeviceId>()
  readonly runs: Run[] = []
  readonly appender: Appender
  /** How far the logs of others are shown. */
  readonly shown = new Map<DeviceId, number>()
  state: OwnLogState = 'ready'
  fails = false
  uptimeMs = 1
  /** What a repair set aside, from the beginning of the log on. */
  aside: { readonly run: Run; readonly head: Head } | undefined
  private tip: Head

  constructor(conversation = newConversation()) {
    this.conversation = conversation
    this.tip = emptyHead(conversation, this.keys.id)
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
      store: {
        aside: (_: unknown, __: unknown, { seq }: Head) => (seq === 0 ? this.aside : undefined),
      },
      signer: this.keys.sign,
      ledger,
      replicator,
      ownLog: { state: () => this.state },
      encode: (_: unknown, entry: Entry) => encodeEntry(entry),
      now: () => 1,
      uptimeMs: () => this.uptimeMs,
    } as unknown as AppenderInit)
  }

  written(): void {
    const run = this.runs.at(-1)
    if (run) this.appender.stored([{ run, head: this.tip, from: undefined }])
  }

  /** What is written is on disk at once. */
  async send(): Promise<number> {
    setImmediate(() => this.written())
    return (await this.appender.append(this.conversation, BODY)).seq
  }

  /** The newest entry is taken back. */
  takeBack(): void {
    this.tip = emptyHead(this.conversation, this.keys.id)
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

test('where one of several cannot be made an entry, all of them are answered', async () => {
  const desk = new Desk()
  const bodies = [BODY, { kind: 'text', text: 3 } as unknown as typeof BODY, BODY]
  const sent = bodies.map((body) => desk.appender.append(desk.conversation, body))
  const outcomes = await Promise.allSettled(sent)
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  assert.equal(desk.runs.length, 0)
  assert.equal(await desk.send(), 1)
})

test('a log that was written twice takes nothing more; who waits too long is refused', async () => {
  const desk = new Desk()
  desk.state = 'forked'
  const refused = assert.rejects(desk.send(), { code: 'database_damaged' })
  await sleep(5)
  desk.uptimeMs += OWN_LOG_WAIT_MS
  desk.appender.retry()
  await refused
  assert.equal(desk.runs.length, 0)
})

test('what waits for the next life of the node is taken over by its appender', async () => {
  const before = new Desk()
  before.appender.hold(true)
  const sent = before.send()
  await sleep(5)
  assert.equal(before.runs.length, 0)
  const next = new Desk(before.conversation)
  next.appender.takeOver(before.appender, (place) => place)
  await assert.rejects(before.send(), { code: 'shutting_down' })
  await sleep(5)
  next.written()
  assert.equal(await sent, 1)
  assert.equal(next.runs.length, 1)
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
  assert.equal((await sent).seq, 1)
})

test('what was written, refused or taken over makes room for others', async () => {
  const full = (desk: Desk): Promise<unknown>[] => {
    desk.appender.hold(true)
    const append = () => desk.appender.append(desk.conversation, BODY)
    const waiting = Array.from({ length: SENDS_PENDING_MAX }, append)
    return [...waiting, assert.rejects(append(), { code: 'too_busy' })]
  }
  const written = async (desk: Desk): Promise<void> => {
    for (let runs = -1; desk.runs.length > runs; await sleep(1)) {
      runs = desk.runs.length
      desk.written()
    }
  }
  const desk = new Desk()
  const refused = full(desk).map((each) => each.catch(() => 'refused'))
  desk.fails = true
  desk.appender.hold(false)
  assert.equal((await Promise.all(refused)).filter((each) => each === 'refused').length, 16_384)
  desk.fails = false
  const sent = full(desk)
  desk.appender.hold(false)
  await sleep(1)
  await written(desk)
  await Promise.all(sent)
  const moved = full(desk)
  const next = new Desk(desk.conversation)
  next.appender.takeOver(desk.appender, (place) => place)
  await assert.rejects(next.send(), { code: 'too_busy' })
  await written(next)
  await Promise.all(moved)
  assert.equal(await next.send(), SENDS_PENDING_MAX + 1)
})

test('while what was set aside is written nothing else is, and nobody is answered', async () => {
  const desk = new Desk()
  const { conversation, keys } = desk
  const log = { conversation, device: keys.id }
  const old = encodeEntry({ wallTimeMs: 1, deps: [], body: BODY })
  desk.aside = closeRun(log, emptyHead(conversation, keys.id), [old, old], keys.sign)
  const answered: number[] = []
  const send = async (): Promise<void> => {
    const { seq } = await desk.appender.append(conversation, BODY)
    answered.push(seq)
  }
  const sends = [send()]
  await sleep(1)
  sends.push(send())
  await sleep(1)
  assert.deepEqual(
    desk.runs.map(({ first }) => first),
    [1],
    'only what was set aside',
  )
  desk.written()
  await sleep(1)
  assert.deepEqual(answered, [], 'what is on disk is not theirs')
  assert.equal(desk.runs.at(-1)?.first, 3)
  desk.written()
  await Promise.all(sends)
  assert.deepEqual(answered, [3, 4])
})

test('what an entry would have named that was not written, the next one names', async () => {
  const desk = new Desk()
  desk.shown.set(makeKeys<DeviceId>().id, 7)
  await desk.send()
  const { appender, conversation, keys } = desk
  const target = { device: keys.id, seq: 1 }
  const undone = Promise.withResolvers<unknown>()
  await appender.alone(conversation, async () => {
    const edit = appender.append(conversation, { kind: 'edit', target, text: 'better' })
    edit.catch(undone.resolve)
    await sleep(1)
    desk.takeBack()
  })
  assert.match(String(await undone.promise), /undone/)
  await desk.send()
  assert.equal(desk.deps(1), 1)
})
