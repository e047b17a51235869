// Sending entries: pages for those who asked, pushes for those who are up to date.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { WantFrame } from '../../../src/core/frames.ts'
import { TRANSFER_IDLE_MAX_MS, TRANSFERS_PER_PEER_MAX } from '../../../src/core/limits.ts'
import { conversationId } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe } from './probe.ts'

const { device } = ME

function want(first: number, last: number, credit = 1000): WantFrame {
  return { type: 'want', conversation: CONVERSATION, device, first, last, credit }
}

/** Three entries are here before the peers come; they hold none of them. */
const withThree = (): Probe =>
  new Probe().conversation().write('1', '2').write('3').meet(ANN).meet(BOB)

/** The page that was asked of the disk last, as far as `last`. */
function page(probe: Probe, first: number, last: number): Probe {
  const run = probe.own.run(first, last)
  probe.take({ type: 'page', peer: ANN.device, conversation: CONVERSATION, device, run })
  return probe
}

const reads = (probe: Probe): number[][] =>
  probe.did('read').map(({ first, last }) => [first, last])

test('a want is answered page by page, as far as its credit goes', () => {
  const probe = withThree().hear(ANN, want(1, 3, 2))
  assert.deepEqual(reads(probe), [[1, 3]])
  page(probe, 1, 2)
  assert.deepEqual(probe.sent('run', ANN), [{ type: 'run', run: probe.own.run(1, 2) }])
  assert.deepEqual(reads(probe), [], 'the credit is used up')
  probe.hear(ANN, { type: 'credit', conversation: CONVERSATION, device, credit: 2 })
  assert.deepEqual(reads(probe), [[3, 3]])
  page(probe, 3, 3)
  assert.equal(probe.sent('run', ANN).length, 1)
  assert.equal(probe.state.peers.get(ANN.device)?.transfers.size, 0)
})

test('nothing is read twice: credit that comes during a read waits for it', () => {
  const probe = withThree().hear(ANN, want(1, 3))
  probe.hear(ANN, { type: 'credit', conversation: CONVERSATION, device, credit: 10 })
  assert.deepEqual(reads(probe), [])
})

test('a page that a newer want overtook is read again where that one begins', () => {
  const probe = withThree().hear(ANN, want(1, 3)).hear(ANN, want(3, 3))
  assert.deepEqual(reads(probe), [])
  page(probe, 1, 2)
  assert.deepEqual(probe.sent('run'), [])
  assert.deepEqual(reads(probe), [[3, 3]])
})

test('only what is durable is served', () => {
  const probe = withThree()
  const run = probe.own.write('4')
  probe.take({ type: 'append', run, head: probe.own.head })
  assert.deepEqual(reads(probe.hear(ANN, want(1, 9))), [[1, 3]])
  assert.deepEqual(reads(probe.hear(BOB, want(4, 4))), [])
})

test('what the disk cannot read ends the transfer', () => {
  const probe = withThree().hear(ANN, want(1, 3))
  probe.take({
    type: 'page',
    peer: ANN.device,
    conversation: CONVERSATION,
    device,
    run: undefined,
  })
  assert.deepEqual(probe.effects, [])
  assert.equal(probe.state.peers.get(ANN.device)?.transfers.size, 0)
})

test('a peer that got everything elsewhere leaves no transfer behind', () => {
  const probe = withThree().hear(ANN, want(1, 3, 1))
  page(probe, 1, 2)
  assert.equal(probe.state.peers.get(ANN.device)?.transfers.size, 1)
  probe.hearClock(ANN, [probe.own])
  assert.equal(probe.state.peers.get(ANN.device)?.transfers.size, 0)
})

test('one peer has a bounded number of transfers', () => {
  const probe = new Probe()
  const ids = Array.from({ length: TRANSFERS_PER_PEER_MAX + 1 }, (_, i) => conversationId(`${i}`))
  const head = { seq: 5, hash: new Uint8Array(32), forked: false }
  for (const id of ids) probe.conversation(id, [ME, ANN], new Map([[device, head]]), 1)
  probe.meet(ANN, ids)
  let read = 0
  for (const conversation of ids) {
    read += probe.hear(ANN, { ...want(1, 5), conversation }).did('read').length
  }
  assert.equal(read, TRANSFERS_PER_PEER_MAX)
})

test('a new entry is pushed to those who hold everything before it', () => {
  const probe = withThree().hearClock(ANN, [probe3()]).write('4')
  assert.deepEqual(probe.sent('run', ANN), [{ type: 'run', run: probe.own.run(4, 4) }])
  assert.deepEqual(probe.sent('run', BOB), [])
  assert.deepEqual(probe.sent('clocks', BOB), [
    { type: 'clocks', reset: false, clocks: [probe.own.told] },
  ])
})

test('pushes follow each other without waiting for the clock that confirms them', () => {
  const probe = withThree().hearClock(ANN, [probe3()]).write('4').write('5')
  assert.equal(probe.sent('run', ANN).length, 1)
  assert.equal(probe.sent('clocks', ANN).length, 0)
})

test('a congested peer hears of new entries by clock', () => {
  const probe = withThree().hearClock(ANN, [probe3()])
  probe.take({ type: 'congested', peer: ANN.device, congested: true })
  probe.write('4')
  assert.equal(probe.sent('run', ANN).length, 0)
  assert.equal(probe.sent('clocks', ANN).length, 1)
})

test('a peer that is being served from further back is not pushed to', () => {
  const probe = withThree().hearClock(ANN, [probe3()]).hear(ANN, want(1, 3)).write('4')
  assert.equal(probe.sent('run', ANN).length, 0)
  assert.equal(probe.sent('clocks', ANN).length, 1)
})

test('after a peer told all clocks anew, pushes follow what it told, not what was sent', () => {
  const probe = withThree().hearClock(ANN, [probe3()]).write('4')
  probe.hearClock(ANN, [probe3()], { reset: true }).write('5')
  assert.equal(probe.sent('run', ANN).length, 0)
  assert.equal(probe.sent('clocks', ANN).length, 1)
})

test('a transfer that nobody grants credit for is forgotten, and leaves room for others', () => {
  const probe = withThree().hear(ANN, want(1, 3, 1))
  page(probe, 1, 2)
  const transfers = (): number => probe.state.peers.get(ANN.device)?.transfers.size ?? 0
  probe.wait(TRANSFER_IDLE_MAX_MS - 1)
  assert.equal(transfers(), 1)
  probe.wait(1)
  assert.equal(transfers(), 0)
})

test('nothing leaves before it is durable', () => {
  const probe = withThree().hearClock(ANN, [probe3()])
  const run = probe.own.write('4')
  probe.take({ type: 'append', run, head: probe.own.head })
  assert.deepEqual(
    probe.effects.map(({ type }) => type),
    ['store'],
  )
})

/** The log of this node with its first three entries. */
function probe3(): Probe['own'] {
  const { own } = new Probe()
  own.write('1', '2', '3')
  return own
}
