// Receipts of a log that another copy of the database wrote to as well: what the other side holds
// in its place is no receipt for it.
import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { test } from 'node:test'

import { friends, until } from './nodes.ts'

const CASES = [
  { theirs: 1, ours: 1, title: 'just as many' },
  { theirs: 2, ours: 1, title: 'more' },
  { theirs: 1, ours: 2, title: 'fewer' },
] as const

for (const { theirs, ours, title } of CASES) {
  test(`other entries in their place, and ${title} of them, are no receipt`, async (t) => {
    const [ann, bob] = await friends(t)
    await ann.stop()
    const copy = `${ann.database}.copy`
    await cp(ann.database, copy, { recursive: true })
    await ann.start()
    for (let i = 1; i <= theirs; i++) await ann.node.send('bob', `a${i}`)
    await until(async () => (await bob.texts(ann)).length === theirs, 'bob has them')
    await ann.stop()
    await bob.stop()
    await rm(ann.database, { recursive: true })
    await cp(copy, ann.database, { recursive: true })
    await ann.start()
    let last = ''
    for (let i = 1; i <= ours; i++) {
      last = (await ann.node.send('bob', `another a${i}`)).id
    }
    ann.events.length = 0
    const delivered = ann.node.waitFor(last, 'delivered', AbortSignal.timeout(20_000))
    await bob.start()
    await delivered
    assert.ok((await bob.texts(ann)).includes(`another a${ours}`), 'bob has it by then')
    await until(async () => (await ann.texts(bob)).length === theirs + ours, 'all is there')
    // Afterwards these places are taken by what the other side holds.
    const before = ann.events.slice(
      0,
      ann.events.findIndex(({ type }) => type === 'fork'),
    )
    assert.deepEqual(
      before.filter(({ type }) => type === 'state'),
      [],
    )
    const isDelivered = async (): Promise<boolean> => {
      const messages = await ann.node.history(bob.account, { limit: 10 })
      return messages.every(({ state }) => state === 'delivered')
    }
    await until(isDelivered, 'all are delivered in the end')
  })
}
