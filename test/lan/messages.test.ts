// Nothing is lost between hosts: a backlog, writing while apart, clocks that are years off.
import assert from 'node:assert/strict'
import { globSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { Lan, lanMissing } from './harness.ts'
import { assertSameHistory, befriend, ship, until } from './resident.ts'

const skip = lanMissing()
// The library itself: the `faketime` command stays between the test and the node.
const FAKETIME = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0] ?? ''

test(
  '1,000 messages for somebody who is off are there within 3 s of their ready, in order, once',
  { skip },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    await ann.start()
    await bob.start()
    await befriend(ann, bob)
    await bob.stop()
    const texts = Array.from({ length: 1000 }, (_, i) => `message ${i}`)
    for (const text of texts) await ann.send(bob, text)
    await bob.start()
    await until(async () => (await bob.texts(ann)).length === 1000, 'all are there', 3000)
    t.diagnostic(`all there ${Date.now() - bob.readyAtMs} ms after ready`)
    assert.deepEqual(await bob.texts(ann), texts)
    const delivered = async (): Promise<boolean> =>
      (await ann.history(bob)).every(({ state }) => state === 'delivered')
    await until(delivered, 'all are shown as delivered', 3000)
  },
)

test('both write while apart; after they meet both show the same', { skip }, async () => {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = await ship(lan, stack)
  await ann.start()
  await bob.start()
  await befriend(ann, bob)
  bob.host.cut()
  await until(async () => !(await ann.isOnline(bob)) && !(await bob.isOnline(ann)), 'apart', 20_000)
  for (let i = 0; i < 100; i++) {
    await ann.send(bob, `ann ${i}`)
    if (i % 3 === 0) await bob.send(ann, `bob ${i}`)
  }
  bob.host.mend()
  const complete = async (): Promise<boolean> =>
    (await ann.texts(bob)).length === 134 && (await bob.texts(ann)).length === 134
  await until(complete, 'both have all', 5000)
  await assertSameHistory(ann, bob, 134)
})

test(
  'with clocks 10 years apart and jumping back the order follows cause and effect',
  { skip },
  async () => {
    assert.notEqual(FAKETIME, '', 'libfaketime is not installed')
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    const clock = path.join(tmpdir(), `tidings-clock-${process.pid}`)
    stack.defer(() => rmSync(clock, { force: true }))
    const env = {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
    writeFileSync(clock, '-10y')
    await ann.start()
    await bob.start({ env })
    await befriend(ann, bob)
    const said: string[] = []
    for (let i = 0; i < 12; i++) {
      // The clock of bob's host jumps ten years ahead, then back, again and again.
      writeFileSync(clock, ['-10y', '+10y', '-2h', '+0'][i % 4] ?? '+0')
      const [from, to] = i % 2 === 0 ? [ann, bob] : [bob, ann]
      const text = `${i} by ${from.name}`
      const { id } = await from.send(to, text)
      said.push(text)
      await from.client.wait({ id, state: 'delivered', timeoutMs: 5000 })
    }
    assert.deepEqual(await ann.texts(bob), said)
    await assertSameHistory(ann, bob, 12)
    const times = (await bob.history(ann)).map(({ sentAt }) => Date.parse(sentAt))
    const years = (Math.max(...times) - Math.min(...times)) / (365 * 86_400_000)
    assert.ok(years > 9, `the clocks were only ${years.toFixed(1)} years apart`)
  },
)
