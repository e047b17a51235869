// Undo with real processes: from the command line, and with kill -9 in the midst of it. After each
// start a message is whole or gone, nothing looks damaged, and what is sent next arrives.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { assertNothingUncaught, assertWholeLogs, wholeHistory } from '../fire/disk/history.ts'
import { chosenSeed, randomFrom } from '../fire/disk/random.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

const KILLS = 10
/** An undo takes a few milliseconds. */
const MOMENT_MAX_MS = 12

test('tidings undo takes back what nobody has, and says why where it cannot', async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await ann.start('--accept', 'auto')
  const ready = await bob.start('--accept', 'auto')
  await introduce(ann, bob, ready)
  await ann.json('send', ready.account, 'hello', '--wait', 'delivered')
  const late = { exit: 1, code: 'undo_too_late', message: /delete/ }
  await assertRefused(ann, ['undo'], late)
  await bob.json('stop')
  const { id } = await ann.json<{ id: string }>('send', ready.account, 'a slip')
  const undone = await ann.json<{ id: string; text: string }>('undo')
  assert.deepEqual([undone.id, undone.text], [id, 'a slip'])
  await assertRefused(ann, ['undo', id], { exit: 1, code: 'unknown_message' })
  await ann.json('send', ready.account, 'another')
  assert.match((await ann.run(['undo', id])).stdout, /^taken back, nobody got it: another\n$/)
})

test(`kill -9 ${KILLS} times in the midst of undoing`, async (t) => {
  const seed = chosenSeed()
  t.diagnostic(`FIRE_SEED=${seed}`)
  const random = randomFrom(seed)
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  let { child, ready: ownReady } = await ann.foreground('--accept', 'auto')
  const { account } = ownReady
  const ready = await bob.start('--accept', 'auto')
  await introduce(ann, bob, ready)
  await bob.json('stop')
  const kept: string[] = []
  const outcomes = { gone: 0, whole: 0 }
  for (let round = 0; round < KILLS; round++) {
    const client = await ann.connect(t)
    // Sent at once they share a run, which the cut goes through.
    const texts = random() < 0.5 ? [`${round} first`, `${round} slip`] : [`${round} slip`]
    await Promise.all(texts.map((text) => client.send({ to: ready.account, text })))
    const undoing = client.undo({}).catch(() => {})
    await sleep(random() * MOMENT_MAX_MS)
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await Promise.all([gone, undoing])
    await client.close().catch(() => {})
    ;({ child, ready: ownReady } = await ann.foreground('--accept', 'auto'))
    const again = await ann.connect(t)
    const history = await wholeHistory(again, ready.account)
    assertWholeLogs(history, 'ann')
    const now = history.map(({ text }) => text)
    const isGone = !now.includes(`${round} slip`)
    outcomes[isGone ? 'gone' : 'whole'] += 1
    kept.push(...texts.slice(0, isGone ? -1 : undefined))
    assert.deepEqual(now, kept, 'whole or gone, and nothing else')
    assert.deepEqual((await again.status()).damage, [], 'nothing looks damaged')
    await again.send({ to: ready.account, text: `${round} after` })
    kept.push(`${round} after`)
    await again.close()
  }
  t.diagnostic(JSON.stringify(outcomes))
  await bob.start('--accept', 'auto')
  const reader = await bob.connect(t)
  const own = async (): Promise<string[]> => {
    const history = await wholeHistory(reader, account)
    return history.map(({ text }) => text)
  }
  await waitUntil(async () => (await own()).length === kept.length, 'bob has all')
  assert.deepEqual(await own(), kept)
  const reports = [...(await reader.sync({})), ...(await (await ann.connect(t)).sync({}))]
  for (const { complete, devices } of reports) {
    assert.ok(complete && devices.every(({ forked }) => !forked))
  }
  for (const who of [ann, bob]) assertNothingUncaught(who)
})
