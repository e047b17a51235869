// Cutting logs while others read: the tally goes first, and nobody reads what is neither before
// nor after.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { type LogKey, logKey } from '../../src/core/sync/state.ts'
import { Copies } from '../../src/store/copies.ts'
import { Cuts } from '../../src/store/cuts.ts'

const KEY: LogKey = logKey('a'.repeat(52) as ConversationId, 'b'.repeat(52) as DeviceId)

function cutsOf(): { cuts: Cuts; lasts: Map<LogKey, number>; done: string[] } {
  const done: string[] = []
  const lasts = new Map([[KEY, 5]])
  const tally = {
    cut: (_: unknown, seq: number) => void done.push(`tally ${seq}`),
    reached: (_: unknown, seq: number) => void done.push(`tally ${seq} again`),
    sync: async () => void done.push('synced'),
  }
  return { cuts: new Cuts({ lasts, tally }), lasts, done }
}

test('a crash finds a tally that says no more than is there', async () => {
  const { cuts, lasts, done } = cutsOf()
  await cuts.run(new Map([[KEY, 4]]), async () => void done.push('written'))
  assert.deepEqual(done, ['tally 4', 'synced', 'written'])
  assert.equal(lasts.get(KEY), 4)
})

test('after a write that failed everything is as before', async () => {
  const { cuts, lasts, done } = cutsOf()
  const failing = cuts.run(new Map([[KEY, 4]]), () => Promise.reject(new Error('full')))
  await assert.rejects(failing, /full/)
  assert.equal(done.at(-1), 'tally 5 again')
  assert.equal(lasts.get(KEY), 5)
  assert.equal(await cuts.steady(async () => 'read'), 'read')
})

test('what is read while a log is cut is read again, failed or not', async () => {
  const { cuts } = cutsOf()
  const [written, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const reads: string[] = []
  let isCut = false
  const read = (name: string, fails: boolean) => async () => {
    reads.push(name)
    const was = isCut
    await begun.promise
    if (fails && !was) throw new Error('damaged')
    return was ? 'after' : 'before'
  }
  const early = [cuts.steady(read('a', false)), cuts.steady(read('b', true))]
  const cut = cuts.run(new Map([[KEY, 4]]), async () => {
    await written.promise
    isCut = true
  })
  const late = cuts.steady(read('c', true))
  begun.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(reads, ['a', 'b'], 'who comes meanwhile waits')
  written.resolve()
  await cut
  assert.deepEqual(await Promise.all([...early, late]), ['after', 'after', 'after'])
})

test('nothing is taken back that a copy may have, and no copy is made meanwhile', async () => {
  const copies = new Copies()
  const { mark } = copies
  const order: string[] = []
  const taken = copies.without(mark, async () => {
    await new Promise((resolve) => setImmediate(resolve))
    order.push('taken')
    return true
  })
  const copied = copies.making(async () => {
    order.push('copied')
    assert.equal(copies.mark, undefined)
    assert.equal(await copies.without(mark, async () => true), undefined)
  })
  await Promise.all([taken, copied])
  assert.deepEqual(order, ['taken', 'copied'])
  assert.equal(await copies.without(mark, async () => true), undefined, 'it is older')
  assert.equal(await copies.without(copies.mark, async () => true), true)
})
