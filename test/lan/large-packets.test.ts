// A network that swallows large packets without a word, as a tunnel does between two firewalls that
// drop ICMP: people are told what is wrong, and what they are told helps.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { BREAKS_SPAN_MS } from '../../src/core/limits.ts'
import { Lan, lanMissing } from './harness.ts'
import { befriend, ship, until } from './resident.ts'

/** Of a machine that thinks it is 1,500. */
const LIMIT = `table bridge tunnel {
  chain forward { type filter hook forward priority 0;
    ether type ip ip protocol tcp meta length > 1280 drop
  }
}
`
/** Four sessions of 15 s at most, and the dials between them. */
const TOLD_MS = 70_000
/** The session that is stuck is lost, and another one dialed. */
const BACK_MS = 20_000

test(
  'where large packets are lost people are told, and a smaller MTU of one helps',
  { skip: lanMissing() },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    for (const { host } of [ann, bob]) host.smallFrames()
    lan.rules(LIMIT)
    for (const who of [ann, bob]) await who.start({ accept: 'auto' })
    await befriend(ann, bob)
    await ann.send(bob, 'a short one')
    const count = async (): Promise<number> => (await bob.texts(ann)).length
    await until(async () => (await count()) === 1, 'the short one arrives', 5000)

    await ann.send(bob, 'a long one '.repeat(400))
    const trouble = async (): Promise<string> => {
      const [first] = await ann.client.doctor()
      return `${first?.detail} ${first?.fix}`
    }
    const isTold = async (): Promise<boolean> => /bob: it breaks again/.test(await trouble())
    t.diagnostic(`told after ${await until(isTold, 'it is told', TOLD_MS)} ms`)
    assert.match(await trouble(), /mtu 1280/)
    assert.equal(await count(), 1)

    bob.host.packets(1280)
    t.diagnostic(
      `arrived ${await until(async () => (await count()) === 2, 'long', BACK_MS)} ms after`,
    )
    const isOver = async (): Promise<boolean> => !(await isTold())
    await until(isOver, 'the trouble is over', BREAKS_SPAN_MS + BACK_MS)
  },
)
