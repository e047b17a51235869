// Taking back what has not left this device: gone as if it had never been written, or refused.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ErrorCode } from '../../src/core/errors.ts'
import type { Frame } from '../../src/core/frames.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { UNDO_MAX_MS } from '../../src/core/limits.ts'
import { checkRun, emptyHead, type Head, type LogName } from '../../src/core/run.ts'
import type { NodeEvent } from '../../src/node/node-types.ts'
import { decodeEntry, entryDeps } from '../../src/wire/entry.ts'
import { makeKeys } from '../net/peers.ts'
import { friends, partsOf, type Person, until } from './nodes.ts'
import { StubSession } from './stub-session.ts'

const refused = (code: ErrorCode) => ({ code })

function undo(who: Person, id?: string): Promise<string> {
  return who.node.changes.undo(id === undefined ? {} : { id }).then(({ text }) => text)
}

async function send(who: Person, to: Person, text: string): Promise<string> {
  return (await who.node.send(to.account, text)).id
}

/** What follows a node from a cursor, until there is nothing more to tell. */
async function told(who: Person, since: string): Promise<NodeEvent[]> {
  const events: NodeEvent[] = []
  const end = new AbortController()
  const follow = who.node.follow({ since }, (event) => void events.push(event), end.signal)
  await sleep(50)
  end.abort()
  await follow
  return events
}

const wordsOf = (events: readonly NodeEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type === 'message') return [event.message.text]
    return event.type === 'undone' ? [`undone ${event.id}`] : []
  })

async function assertAgreed(a: Person, b: Person): Promise<void> {
  const isSame = async (): Promise<boolean> =>
    (await a.texts(b)).join('\n') === (await b.texts(a)).join('\n')
  await until(isSame, 'both show the same')
  for (const who of [a, b]) {
    const [report] = who.node.sync()
    assert.equal(report?.complete, true)
    assert.deepEqual(
      report?.devices.map(({ forked }) => forked),
      [false, false],
    )
    assert.deepEqual(who.node.damage, [])
    assert.equal(who.events.filter(({ type }) => type === 'fork').length, 0)
  }
}

async function apart(t: TestContext): Promise<[Person, Person]> {
  const [ann, bob] = await friends(t)
  await send(ann, bob, 'before')
  await until(async () => (await bob.texts(ann)).length === 1, 'the first one is there')
  await bob.stop()
  await until(() => !ann.online(bob), 'bob is away')
  return [ann, bob]
}

test('what nobody has is gone, and others see only what is sent instead', async (t) => {
  const [ann, bob] = await apart(t)
  const start = ann.node.cursor()
  const id = await send(ann, bob, 'a slip')
  const between = ann.node.cursor()
  assert.equal(await undo(ann), 'a slip')
  assert.deepEqual(await ann.texts(bob), ['before'])
  await assert.rejects(undo(ann, id), refused('unknown_message'))
  await assert.rejects(undo(ann), refused('undo_too_late'))
  assert.equal(await send(ann, bob, 'as it was meant'), id)
  await until(() => wordsOf(ann.events).includes('as it was meant'), 'the new one is told')
  assert.deepEqual(wordsOf(ann.events), ['before', 'a slip', `undone ${id}`, 'as it was meant'])
  assert.deepEqual(wordsOf(await told(ann, start)), [`undone ${id}`, 'as it was meant'])
  assert.deepEqual(wordsOf(await told(ann, between)), [`undone ${id}`, 'as it was meant'])
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 2, 'it is there')
  assert.deepEqual(await bob.texts(ann), ['before', 'as it was meant'])
  await assertAgreed(ann, bob)
})

test('what was delivered, is old, or was sent before a restart stays', async (t) => {
  let uptimeMs = 0
  const [ann, bob] = await friends(t, { uptimeMs: () => performance.now() + uptimeMs })
  const id = await send(ann, bob, 'hello')
  await until(async () => (await bob.texts(ann)).length === 1, 'it is there')
  await assert.rejects(undo(ann), (error: Error) => /\/delete/.test(error.message))
  await assert.rejects(undo(ann, id), refused('undo_too_late'))
  await assert.rejects(undo(bob, id), refused('not_yours'))
  await bob.stop()
  await until(() => !ann.online(bob), 'bob is away')
  // Nobody is there now, and still it has left.
  await assert.rejects(undo(ann, id), refused('undo_too_late'))
  await send(ann, bob, 'old')
  uptimeMs += UNDO_MAX_MS + 1
  await assert.rejects(undo(ann), refused('undo_too_late'))
  const late = await send(ann, bob, 'before the restart')
  await ann.stop()
  await ann.start()
  await assert.rejects(undo(ann), refused('undo_too_late'))
  await assert.rejects(undo(ann, late), refused('undo_too_late'))
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 3, 'all is there')
  await assertAgreed(ann, bob)
})

test('only the end of a log goes, one message after another', async (t) => {
  const [ann, bob] = await apart(t)
  const ids = await Promise.all(['one', 'two', 'three'].map((text) => send(ann, bob, text)))
  await assert.rejects(undo(ann, ids[1]), refused('undo_too_late'))
  assert.equal(await undo(ann, ids[2]), 'three')
  assert.equal(await undo(ann), 'two')
  await ann.node.changes.react(ids[0] ?? '', '👍')
  // The reaction follows it.
  await assert.rejects(undo(ann), refused('undo_too_late'))
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 2, 'what is left is there')
  await assertAgreed(ann, bob)
})

test('who follows from before hears of each message once where several were undone', async (t) => {
  const [ann, bob] = await friends(t)
  await bob.stop()
  await until(() => !ann.online(bob), 'he is gone')
  const since = ann.node.cursor()
  for (const text of ['one', 'two']) await send(ann, bob, text)
  for (const text of ['two', 'one']) assert.equal(await undo(ann), text)
  for (const text of ['three', 'four']) await send(ann, bob, text)
  const events = await told(ann, since)
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'message' ? [event.message.text] : [event.type])),
    ['undone', 'undone', 'three', 'four'],
  )
})

test('what was sent while a backup was made, or before, is in it and stays', async (t) => {
  const [ann, bob] = await apart(t)
  const { copies } = partsOf(ann).init.store
  await send(ann, bob, 'one')
  await copies.making(async () => {
    await assert.rejects(undo(ann), refused('undo_too_late'))
    await send(ann, bob, 'two')
  })
  await assert.rejects(undo(ann), refused('undo_too_late'))
  await send(ann, bob, 'three')
  assert.equal(await undo(ann), 'three')
})

test('what refers to a message that is undone meanwhile is refused', async (t) => {
  const [ann, bob] = await apart(t)
  const id = await send(ann, bob, 'a slip')
  const undone = undo(ann)
  const outcomes = await Promise.allSettled([
    ann.node.changes.edit(id, 'other words'),
    ann.node.send(bob.account, 'an answer', { reply: id }),
    undone,
  ])
  const isUndone = outcomes[2]?.status === 'fulfilled'
  for (const { status } of outcomes.slice(0, 2)) assert.equal(status === 'rejected', isUndone)
  await send(ann, bob, 'goes on')
  await bob.start()
  await until(async () => (await bob.texts(ann)).includes('goes on'), 'it goes on')
  await assertAgreed(ann, bob)
})

test('what is written instead names what the undone message named', async (t) => {
  const [ann, bob] = await friends(t)
  await send(bob, ann, 'a question')
  await until(async () => (await ann.texts(bob)).length === 1, 'the question is there')
  await bob.stop()
  await until(() => !ann.online(bob), 'bob is away')
  const deps = async (): Promise<number[]> => {
    const { init, self } = partsOf(ann)
    const { conversation } = ann.node.contacts()[0] ?? assert.fail('no contact')
    const run = await init.store.readRun(conversation, self.device, 1)
    return (run?.entries ?? []).flatMap((entry) => entryDeps(entry).map(({ seq }) => seq))
  }
  await send(ann, bob, 'a slip')
  assert.deepEqual(await deps(), [1])
  await undo(ann)
  await send(ann, bob, 'an answer')
  assert.deepEqual(await deps(), [1])
})

test('who waits for a message that is undone is told', async (t) => {
  const [ann, bob] = await apart(t)
  const id = await send(ann, bob, 'a slip')
  const waiting = ann.node.waitFor(id, 'delivered', AbortSignal.timeout(10_000))
  const failed = assert.rejects(waiting, refused('unknown_message'))
  await undo(ann)
  await failed
})

test('a message that disappears leaves no deadline behind', async (t) => {
  const [ann, bob] = await apart(t)
  await ann.node.disappear(bob.account, 1)
  await send(ann, bob, 'a slip')
  await undo(ann)
  await ann.node.disappear(bob.account, 0)
  await send(ann, bob, 'stays')
  await sleep(1100)
  assert.equal((await ann.texts(bob)).at(-1), 'stays')
})

test('what is found by words is gone from there too', async (t) => {
  const [ann, bob] = await apart(t)
  await Promise.all(Array.from({ length: 130 }, (_, i) => send(ann, bob, `word ${i}`)))
  await sleep(700)
  await send(ann, bob, 'aardvark')
  await undo(ann)
  await send(ann, bob, 'zebra')
  const find = async (query: string): Promise<string[]> => {
    const { results } = await ann.node.search({ query, limit: 10 })
    const texts: string[] = []
    for await (const { text } of results(AbortSignal.timeout(5000))) texts.push(text)
    return texts
  }
  assert.deepEqual(await find('aardvark'), [])
  assert.deepEqual(await find('zebra'), ['zebra'])
  assert.deepEqual(await find('word 129'), ['word 129'])
})

test('while a node comes up it is delivered or gone, and no log forks', async (t) => {
  const [ann, bob] = await friends(t)
  const outcomes = { gone: 0, delivered: 0 }
  for (let round = 0; round < 4; round++) {
    await bob.stop()
    await until(() => !ann.online(bob), 'they are apart')
    const text = `slip ${round}`
    await Promise.all([send(ann, bob, `${round}`), send(ann, bob, text)])
    const started = bob.start()
    // As soon as there is a session, or some moments around that.
    const isEarly = randomInt(0, 2) === 0
    if (isEarly) await sleep(randomInt(0, 150))
    else await untilSession(ann)
    const isGone = await undo(ann).then(
      () => true,
      () => false,
    )
    outcomes[isGone ? 'gone' : 'delivered'] += 1
    await started
    await send(ann, bob, `after ${round}`)
    await until(async () => (await bob.texts(ann)).includes(`after ${round}`), 'it is there')
    assert.equal((await bob.texts(ann)).includes(text), !isGone)
  }
  t.diagnostic(JSON.stringify(outcomes))
  await assertAgreed(ann, bob)
})

/** Resolves in the very turn in which somebody is met, or a few after it. */
async function untilSession(who: Person): Promise<void> {
  const { sharing } = partsOf(who)
  const turns = randomInt(0, 12)
  while ([...sharing.all()].length === 0) await new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A peer that comes and goes within the turns of this process, and asks for all it is told of. */
class Visitor {
  readonly session: StubSession
  readonly conversation: ConversationId
  head: Head
  readonly texts = new Map<number, string>()
  private readonly who: Person

  constructor(who: Person, other: Person) {
    const { conversation } = who.node.contacts()[0] ?? assert.fail('no contact')
    this.who = who
    this.conversation = conversation
    this.session = new StubSession({ ...makeKeys<DeviceId>(), id: partsOf(other).self.device })
    this.head = emptyHead(conversation, partsOf(who).self.device)
    this.session.onSend = (frame) => setImmediate(() => this.hear(frame))
  }

  come(): void {
    const { session, head } = this
    const { conversation, device } = this.log
    const shared = new Set([conversation])
    const theirs = new Map([[conversation, new Map([[device, head.seq]])]])
    const known = { theirs, token: undefined }
    partsOf(this.who).replicator.connected(session, { shared, heard: shared }, known)
  }

  go(): void {
    partsOf(this.who).replicator.disconnected(this.session)
  }

  private get log(): LogName {
    return { conversation: this.conversation, device: partsOf(this.who).self.device }
  }

  private hear(frame: Frame): void {
    const { replicator } = partsOf(this.who)
    const { conversation, device } = this.log
    if (frame.type === 'clocks') {
      const last = frame.clocks[0]?.seqs.get(device) ?? 0
      const want = { conversation, device, first: this.head.seq + 1, last, credit: 1 << 20 }
      if (last > this.head.seq) replicator.frame(this.session, { type: 'want', ...want })
    } else if (frame.type === 'run') {
      const check = checkRun(frame.run, this.head)
      assert.ok(check.outcome === 'extends' || check.outcome === 'old', check.outcome)
      if (check.outcome !== 'extends') return
      this.head = check.head
      check.fresh.entries.forEach((entry, i) => {
        const { body } = decodeEntry(entry)
        if (body.kind === 'text') this.texts.set(check.fresh.first + i, body.text)
      })
    }
  }
}

test('at whatever moment a peer comes, it gets one log, and of it nothing undone', async (t) => {
  const [ann, bob] = await apart(t)
  const visitor = new Visitor(ann, bob)
  const outcomes = { gone: 0, stays: 0 }
  for (let round = 0; round < 300; round++) {
    const text = `slip ${round}`
    await Promise.all([send(ann, bob, `${round}`), send(ann, bob, text)])
    const turns = async (most: number): Promise<void> => {
      for (let i = randomInt(0, most); i > 0; i--) await new Promise((r) => setImmediate(r))
    }
    const undone = turns(4).then(() => undo(ann))
    await turns(12)
    visitor.come()
    const isGone = await undone.then(
      () => true,
      () => false,
    )
    outcomes[isGone ? 'gone' : 'stays'] += 1
    await send(ann, bob, `after ${round}`)
    const { replicator, self } = partsOf(ann)
    const head = replicator.tip(visitor.conversation, self.device)
    await until(() => visitor.head.seq === head?.seq, 'the peer has all')
    assert.deepEqual(visitor.head, head)
    assert.equal([...visitor.texts.values()].includes(text), !isGone)
    visitor.go()
  }
  t.diagnostic(JSON.stringify(outcomes))
  assert.ok(outcomes.gone > 20 && outcomes.stays > 20, 'both happen')
  assert.deepEqual(ann.node.damage, [])
  await bob.start()
  await until(async () => (await bob.texts(ann)).includes('after 299'), 'all is there')
  await assertAgreed(ann, bob)
})
