// What waits for more of a forked log than is accepted here goes on without it, however it comes to
// light that no more is, and after a start too.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { proveFork } from '../../src/core/fork.ts'
import type { SyncFrame } from '../../src/core/frames.ts'
import type { Run } from '../../src/core/run.ts'
import { friends, partsOf, type Person, until } from './nodes.ts'
import { Scribe } from './scribe.ts'

class Scene {
  private readonly ann: Person
  private readonly bob: Person
  /** Another device of Bob's, and what it wrote: two are here, and two others somewhere else. */
  readonly one: Scribe
  readonly twin: Scribe
  readonly here: readonly Run[]
  readonly there: readonly Run[]
  private readonly answering: Scribe

  constructor(ann: Person, bob: Person) {
    this.ann = ann
    this.bob = bob
    const id = partsOf(ann).book.conversationWith(partsOf(bob).self.account)
    this.one = new Scribe(id)
    this.twin = new Scribe(id, this.one.keys)
    this.answering = new Scribe(id)
    this.here = [this.one.next(['1']), this.one.next(['2'])]
    this.twin.next(['1'])
    this.there = ['another 2', '3', '4'].map((text) => this.twin.next([text]))
  }

  hear(...frames: readonly SyncFrame[]): void {
    const { device } = partsOf(this.bob).self
    const session = [...partsOf(this.ann).sharing.all()].find((each) => each.device === device)
    assert.ok(session)
    for (const frame of frames) partsOf(this.ann).replicator.frame(session, frame)
  }

  /** Bob has two devices more, of which Ann knows. */
  async acquaint(): Promise<void> {
    const { book, conversations } = partsOf(this.ann)
    const { account } = partsOf(this.bob).self
    await book.update(account, (known) => {
      const { devices } = known
      assert.ok(devices)
      const added = [this.one.device, this.answering.device]
      const all = [...devices.devices, ...added].toSorted()
      return { ...known, devices: { ...devices, version: devices.version + 1, devices: all } }
    })
    conversations.open(account)
  }

  /** One that says it saw more of the log than is accepted here. */
  answer(text: string): void {
    const deps = [{ device: this.one.device, seq: 4 }]
    this.hear({ type: 'run', run: this.answering.next([text], deps) })
  }

  async rest(): Promise<void> {
    const { forks, ledger } = partsOf(this.ann)
    await ledger.idle()
    await forks.idle()
    await ledger.idle()
  }

  get state(): unknown {
    const { conversation, device } = this.one
    const log = partsOf(this.ann).ledger.conversation(conversation).get(device)
    return [log?.forked, log?.head.seq]
  }
}

async function scene(t: TestContext): Promise<[Person, Person, Scene]> {
  const [ann, bob] = await friends(t)
  const there = new Scene(ann, bob)
  await there.acquaint()
  there.hear(...there.here.map((run) => ({ type: 'run', run }) as const))
  await there.rest()
  return [ann, bob, there]
}

/** Two answers to what is not accepted are shown, one of them after a start. */
async function goesOn(ann: Person, bob: Person, there: Scene): Promise<void> {
  await there.rest()
  assert.deepEqual(there.state, [true, 2])
  const shows = async (text: string): Promise<boolean> => (await ann.texts(bob)).includes(text)
  await until(() => shows('an answer'), 'the answer is shown', 3000)
  await ann.stop()
  await ann.start()
  await until(() => ann.online(bob) && bob.online(ann), 'they meet again')
  there.answer('a second answer')
  await until(() => shows('a second answer'), 'the second answer is shown', 3000)
}

test('what waits for a log goes on when another history of it is found', async (t) => {
  const [ann, bob, there] = await scene(t)
  there.answer('an answer')
  await there.rest()
  const [, third] = there.there
  assert.ok(third)
  there.hear({ type: 'run', run: third })
  await goesOn(ann, bob, there)
})

test('what waits for a log goes on when a proof ends it at once', async (t) => {
  const [ann, bob, there] = await scene(t)
  there.answer('an answer')
  await there.rest()
  const [, second] = there.here
  const [other] = there.there
  const proof = second && other && proveFork(second, other)
  assert.ok(proof)
  there.hear({ type: 'fork', proof, held: 2 })
  await goesOn(ann, bob, there)
})

test('of a log that is being written as much is accepted as was when it ended', async (t) => {
  const [ann, bob, there] = await scene(t)
  const [, second] = there.here
  const [other] = there.there
  const proof = second && other && proveFork(second, other)
  assert.ok(proof && proof.head.seq < 4)
  const more = [there.one.next(['3']), there.one.next(['4'])]
  const runs = more.map((run) => ({ type: 'run', run }) as const)
  there.hear(...runs, { type: 'fork', proof, held: 2 })
  await there.rest()
  const { conversation, device } = there.one
  const untilHere = (): unknown => {
    const { ledger, replicator } = partsOf(ann)
    const log = replicator.current.conversations.get(conversation)?.logs.get(device)
    return [ledger.conversation(conversation).get(device)?.until, log?.until]
  }
  assert.deepEqual(untilHere(), [4, 4])
  await ann.stop()
  await ann.start()
  await until(() => ann.online(bob) && bob.online(ann), 'they meet again')
  assert.deepEqual(untilHere(), [4, 4])
})

test('what waits for a log goes on when what a proof leaves open does not join', async (t) => {
  const [ann, bob, there] = await scene(t)
  const [, third, fourth] = there.there
  const proof = fourth && proveFork(fourth, there.one.next(['3', '4']))
  assert.equal(proof?.head.seq, 4)
  assert.ok(third)
  there.hear({ type: 'fork', proof, held: 4 })
  await there.rest()
  there.answer('an answer')
  await there.rest()
  there.hear({ type: 'run', run: third })
  await goesOn(ann, bob, there)
})

test('what waits for a log goes on where there is no room for a proof', async (t) => {
  const [ann, bob, there] = await scene(t)
  there.answer('an answer')
  await there.rest()
  partsOf(ann).quota.hasRoom = () => false
  const [, third] = there.there
  assert.ok(third)
  there.hear({ type: 'run', run: third })
  await there.rest()
  const { conversation, device } = there.one
  assert.equal(partsOf(ann).init.store.has('fork', `${conversation}/${device}`), false)
  await goesOn(ann, bob, there)
})
