// Copies of a database: yesterday's is put back and written to, or the same profile is started on
// two machines. What was accepted on either side survives, both people are told, and all agree.
import assert from 'node:assert/strict'
import { cp, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { connect } from '../../src/api/client.ts'
import type { Message } from '../../src/api/shapes.ts'
import { introduce, Person, waitUntil } from '../e2e/harness.ts'
import { tell } from './table.ts'

interface Pair {
  readonly ann: Person
  readonly bob: Person
}

export function copiesTests(rounds: number): void {
  test('an older copy of a profile is put back and written to', async (t) => {
    const pair = await meet(t)
    const started = performance.now()
    for (let round = 0; round < rounds; round++) await rollBack(pair, round)
    const result = await judged(t, [pair.ann, pair.bob], `${rounds} of ${rounds} healed`, started)
    tell(t, { fault: 'an older copy put back and written to', dose: `${rounds} times`, result })
  })

  test('one profile runs on two machines at once', async (t) => {
    const { ann, bob } = await meet(t)
    const started = performance.now()
    const twins = [ann]
    for (let round = 0; round < rounds; round++) twins.push(await clone(ann, round))
    await Promise.all(twins.map((twin) => twin.start()))
    const texts: string[] = []
    for (let i = 0; i < 5; i++) {
      for (const [at, twin] of twins.entries()) {
        await twin.json('send', 'bob', `machine ${at} message ${i}`)
        texts.push(`machine ${at} message ${i}`)
      }
    }
    await agree(twins, bob, texts)
    for (const twin of twins) await twin.json('send', 'bob', `still here, ${twins.indexOf(twin)}`)
    await bob.json('send', 'ann', 'I hear you all')
    const more = twins.map((_, at) => `still here, ${at}`)
    await agree(twins, bob, [...texts, ...more, 'I hear you all'])
    const devices = new Set(await Promise.all(twins.map(peerId)))
    assert.equal(devices.size, twins.length, 'each is a device of its own')
    const result = await judged(t, [...twins, bob], `${twins.length} devices, all agree`, started)
    tell(t, { fault: 'one profile on several machines', dose: `${twins.length} machines`, result })
  })
}

async function meet(t: TestContext): Promise<Pair> {
  const ann = await Person.create(t, 'ann')
  const bob = await Person.create(t, 'bob')
  const ready = await bob.start('--accept', 'auto')
  await ann.start()
  await introduce(ann, bob, ready)
  return { ann, bob }
}

async function rollBack({ ann, bob }: Pair, round: number): Promise<void> {
  const send = (text: string): Promise<unknown> =>
    ann.json('send', 'bob', `${round} ${text}`, '--wait', 'delivered', '--timeout', '20')
  await send('before the copy')
  await ann.json('stop')
  const database = path.join(ann.home, 'profiles', 'ann', 'db')
  const copy = path.join(ann.home, 'copy')
  await cp(database, copy, { recursive: true })
  await ann.start()
  await send('after the copy')
  await ann.json('stop')
  await bob.json('stop')
  await rm(database, { recursive: true })
  await cp(copy, database, { recursive: true })
  await rm(copy, { recursive: true })
  await ann.start()
  const before = await peerId(ann)
  await using client = await connect({ home: ann.home, profile: 'ann' })
  const told: string[] = []
  const following = (async () => {
    for await (const event of client.tail()) {
      if (event.type === 'message') told.push(event.message.text)
    }
  })()
  following.catch(() => {})
  const texts = [`${round} before the copy`, `${round} after the copy`]
  for (let i = 0; i < 3; i++) {
    await ann.json('send', 'bob', `${round} another ${i}`)
    texts.push(`${round} another ${i}`)
  }
  await bob.start()
  await agree([ann], bob, texts, (text) => text.startsWith(`${round} `))
  await waitUntil(async () => (await peerId(ann)) !== before, 'ann goes on as a new device')
  // Whoever follows goes on following, across the change.
  for (const text of texts.slice(1)) {
    await waitUntil(() => told.includes(text), `${text} was told`)
  }
}

/** The same profile in another home. */
async function clone(ann: Person, number: number): Promise<Person> {
  if (number === 0) await ann.json('stop')
  const twin = ann.beside('ann', `machine-${number}`)
  const keep = (from: string): boolean => !from.includes('/machine-') && !from.endsWith('.sock')
  await cp(path.join(ann.home, 'profiles'), path.join(twin.home, 'profiles'), { recursive: true })
  await cp(path.join(ann.home, 'config.toml'), path.join(twin.home, 'config.toml'), {
    filter: keep,
  })
  return twin
}

/** All hold the same messages in the same order, each once, and know whose they are. */
async function agree(
  mine: readonly Person[],
  bob: Person,
  texts: readonly string[],
  isMeant: (text: string) => boolean = () => true,
): Promise<void> {
  const wanted = texts.toSorted().join('\n')
  const read = async (who: Person, other: string): Promise<Message[]> => {
    const messages = await who.json<Message[]>('history', other, '--limit', '1000')
    return messages.filter(({ text }) => isMeant(text))
  }
  const has = async (who: Person, other: string): Promise<boolean> =>
    (await read(who, other))
      .map(({ text }) => text)
      .toSorted()
      .join('\n') === wanted
  await waitUntil(() => has(bob, 'ann'), 'bob has everything once', 40_000)
  const atBob = await read(bob, 'ann')
  for (const one of mine) {
    await waitUntil(() => has(one, 'bob'), 'each machine has everything once', 40_000)
    const here = await read(one, 'bob')
    assert.deepEqual(here.map(placeOf), atBob.map(placeOf))
    assert.deepEqual(
      here.map(({ own }) => own),
      atBob.map(({ own }) => !own),
    )
  }
}

const placeOf = ({ id, author, text }: Message): string => `${id} ${author} ${text}`

async function peerId(who: Person): Promise<string> {
  return (await who.json<{ peerId: string }>('whoami')).peerId
}

/** No process failed on the way, and the forks were told on both sides. */
async function judged(
  t: TestContext,
  people: readonly Person[],
  result: string,
  started: number,
): Promise<string> {
  const names = new Set<string>()
  for (const person of people) {
    const { log } = await person.json<{ log: string }>('paths')
    const lines = await readFile(log, 'utf8')
    assert.doesNotMatch(lines, /uncaught|unhandled|a mistake/i)
    if (/a device has signed two different logs|another copy of this profile/.test(lines)) {
      names.add(person.name)
    }
  }
  assert.deepEqual([...names].toSorted(), ['ann', 'bob'], 'both people are told')
  t.diagnostic(`${Math.round(performance.now() - started)} ms`)
  return result
}
