// Between the engine, sessions and the disk: what goes wrong in one place stays there.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { SyncFrame } from '../../src/core/frames.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
} from '../../src/core/id.ts'
import { UNSTORED_BYTES_MAX } from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { lastSeq, type Run } from '../../src/core/run.ts'
import type { OpenedLog, StoredRun } from '../../src/core/sync/state.ts'
import { Intake } from '../../src/node/intake.ts'
import { Replicator } from '../../src/node/replicator.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { makeKeys } from '../net/peers.ts'
import { openNew } from '../store/samples.ts'
import { newConversation, Scribe } from './scribe.ts'
import { StubSession } from './stub-session.ts'

const ACCOUNT: AccountId = idFromBytes(new Uint8Array(32))
/** A run of this is a page. */
const LONG = ['x'.repeat(32_000), 'x'.repeat(32_000), 'x'.repeat(32_000), 'x'.repeat(32_000)]

interface Under {
  readonly replicator: Replicator
  readonly me: Scribe
  readonly store: LevelStore
  /** What was given to the disk. */
  readonly given: StoredRun[]
}

async function make(t: TestContext, writers: readonly DeviceId[]): Promise<Under> {
  const { store } = await openNew(t)
  const me = new Scribe(newConversation())
  const given: StoredRun[] = []
  const uptimeMs = (): number => performance.now()
  const replicator = new Replicator(
    { self: { device: me.device, mine: new Set([me.device]) }, store, log: silentLogger, uptimeMs },
    {
      store: (run) => given.push(run),
      holds: () => {},
      remember: () => {},
      forked: () => {},
      prove: () => {},
      agreed: () => Promise.resolve(undefined),
      ownFork: () => {},
      counted: () => {},
      ended: () => {},
    },
  )
  const devices = new Map([me.device, ...writers].map((device) => [device, ACCOUNT] as const))
  const opened = { id: me.conversation, devices, logs: new Map(), changedAt: 0 }
  replicator.introduce([opened])
  return { replicator, me, store, given }
}

function join(replicator: Replicator, session: StubSession, conversation: ConversationId): void {
  const shared = new Set([conversation])
  const known = { theirs: new Map(), token: undefined }
  replicator.connected(session, { shared, heard: shared }, known)
}

function runFrame({ run }: StoredRun): SyncFrame {
  return { type: 'run', run }
}

test('an effect that fails costs its session, and no effect behind it', async (t) => {
  const [bad, good] = [new StubSession(), new StubSession()]
  const { replicator, me, given } = await make(t, [bad.device, good.device])
  join(replicator, bad, me.conversation)
  join(replicator, good, me.conversation)
  bad.onSend = () => {
    throw new RangeError('a mistake')
  }
  const run = me.next(['hello'])
  replicator.append(run, me.head)
  assert.equal(given.length, 1)
  replicator.stored(given, 1)
  assert.equal(bad.closedWith, 'internal')
  assert.equal(good.closedWith, undefined)
  assert.ok(good.sent.some((frame) => frame.type === 'run'))
  replicator.tick()
})

test('a conversation that cannot be taken up costs no other one that comes with it', async (t) => {
  class Broken<K, V> extends Map<K, V> {
    override [Symbol.iterator](): MapIterator<[K, V]> {
      throw new RangeError('a mistake')
    }
  }
  const { replicator } = await make(t, [])
  const devices = new Map<DeviceId, AccountId>()
  const all = [new Map(), new Broken<DeviceId, OpenedLog>(), new Map()].map((logs) => {
    return { id: newConversation(), devices, logs, changedAt: 0 }
  })
  replicator.introduce(all)
  const known = all.map(({ id }) => replicator.current.conversations.has(id))
  assert.deepEqual(known, [true, false, true])
})

test('an own entry that does not follow its log is refused to whoever wrote it', async (t) => {
  const { replicator, me } = await make(t, [])
  me.next(['never given'])
  assert.throws(() => replicator.append(me.next(['after it']), me.head), { code: 'internal' })
})

test('frames that come by reading on meet no log of which a write has failed', async (t) => {
  const keys = [makeKeys<DeviceId>(), makeKeys<DeviceId>()] as const
  const session = new StubSession(keys[0])
  const { replicator, me, given } = await make(t, [keys[0].id, keys[1].id])
  const [one, two] = keys.map((each) => new Scribe(me.conversation, each)) as [Scribe, Scribe]
  join(replicator, session, me.conversation)
  while (session.pauses === 0) replicator.frame(session, runFrame(one.brought(LONG)))
  replicator.frame(session, runFrame(two.brought(['short'])))
  const tips: (number | undefined)[] = []
  session.onResume = () => {
    for (const { id } of keys) tips.push(replicator.tip(me.conversation, id)?.seq)
  }
  replicator.storeFailed(given)
  assert.deepEqual(tips, [0, 0])
  assert.equal(session.pauses, 0)
})

test('a peer that comes again has no more room than one that stayed', () => {
  const keys = makeKeys<DeviceId>()
  const scribe = new Scribe(newConversation(), keys)
  let session = new StubSession(keys)
  const intake = new Intake(() => session)
  const taken: StoredRun[] = []
  while (session.pauses === 0) {
    const stored = scribe.brought(LONG)
    taken.push(stored)
    intake.take(stored)
  }
  assert.ok(taken.length * LONG.join('').length <= UNSTORED_BYTES_MAX + 200_000)
  session = new StubSession(keys)
  intake.throttle(keys.id)
  assert.equal(session.pauses, 1, 'the new session waits too')
  intake.release(taken)
  assert.equal(session.pauses, 0)
  intake.release(taken)
  assert.equal(session.pauses, 0, 'released once')
})

test('of what a peer asks for at once one page is read at a time', async (t) => {
  const sessions = [new StubSession(), new StubSession()] as const
  const authors = Array.from({ length: 8 }, () => makeKeys<DeviceId>())
  const all = [...sessions.map(({ device }) => device), ...authors.map(({ id }) => id)]
  const { replicator, me, store, given } = await make(t, all)
  for (const session of sessions) join(replicator, session, me.conversation)
  const scribes = authors.map((keys) => new Scribe(me.conversation, keys))
  for (const scribe of scribes) replicator.frame(sessions[0], runFrame(scribe.brought(['text'])))
  const runs = given.map(({ run }) => run)
  replicator.stored(given, 1)

  let reading = 0
  let most = 0
  const readPage = async (_: ConversationId, device: DeviceId): Promise<Run | undefined> => {
    reading += 1
    most = Math.max(most, reading)
    await new Promise((resolve) => setTimeout(resolve, 2))
    reading -= 1
    return runs.find((run) => run.device === device)
  }
  Object.assign(store, { readPage })
  const [, reader] = sessions
  const { conversation } = me
  for (const { device } of scribes) {
    const range = { conversation, device, first: 1, last: 1, credit: 1000 }
    replicator.frame(reader, { type: 'want', ...range })
  }
  const pages = (): number => reader.sent.filter((frame) => frame.type === 'run').length
  while (pages() < scribes.length) await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal(most, 1)
  assert.ok(reader.sent.every((frame) => frame.type !== 'run' || lastSeq(frame.run) === 1))
})
