// Forks of the own log: a restored or copied database wrote to it too. Where the two histories part
// is searched for, and reported once.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { proveFork } from '../../../src/core/fork.ts'
import type { ForkFrame } from '../../../src/core/frames.ts'
import { FETCH_STALL_MS } from '../../../src/core/limits.ts'
import type { Run } from '../../../src/core/run.ts'
import { step } from '../../../src/core/sync/engine.ts'
import { initialState } from '../../../src/core/sync/state.ts'
import { author, type Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, EPOCH, ME, Probe } from './probe.ts'

/**
 * This node after `common` entries went to peers, who then got `theirs` from another copy of its
 * database while it wrote `mine`.
 */
function parted(common: number, theirs: number, mine: number): { probe: Probe; copy: Log } {
  const probe = new Probe().conversation()
  const texts = (what: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${what} ${i}`)
  for (const text of texts('common', common)) probe.write(text)
  const copy = probe.own.copy(common)
  for (const text of texts('theirs', theirs)) copy.write(text)
  for (const text of texts('mine', mine)) probe.write(text)
  return { probe, copy }
}

/** What the disk says of a run of the own log. */
function agreed(own: Log, run: Run, other: Log): number | undefined {
  let place: number | undefined
  for (let seq = run.first - 1; seq < run.first + run.entries.length; seq++) {
    const mine = own.heads[seq]
    if (mine && Buffer.compare(mine.hash, other.headAt(seq).hash) === 0) place = seq
  }
  return place
}

/** Lets the peer answer and the disk compare until the engine is done; the places asked for. */
function search(probe: Probe, peer: typeof ANN, copy: Log): number[] {
  const asked: number[] = []
  for (;;) {
    const [want] = probe.sent('want', peer)
    const [compare] = probe.did('compare')
    if (compare) {
      const { run } = compare
      const place = agreed(probe.own, run, copy)
      probe.take({ type: 'compared', peer: peer.device, run, agreed: place })
    } else if (want && want.last <= copy.head.seq) {
      asked.push(want.first)
      probe.hearRun(peer, copy.run(want.first, want.last))
    } else return asked
  }
}

function reported(probe: Probe): (number | undefined)[][] {
  return probe.did('own_fork').map(({ at, ended }) => [at, ended?.held])
}

/** The peer found that its copy and a run of this node's contradict each other, and says so. */
function proof(copy: Log, own: Log): ForkFrame {
  const { seq } = copy.head
  const found = proveFork(copy.run(seq, seq), own.run(seq, own.head.seq))
  assert.ok(found)
  return { type: 'fork', proof: found, held: seq }
}

test('of a peer that holds another, longer history the place where they part is found', () => {
  for (const common of [0, 1, 2, 7, 40]) {
    for (const [theirs, mine] of [[5, 3] as const, [30, 20] as const, [2, 1] as const]) {
      const { probe, copy } = parted(common, theirs, mine)
      probe.meet(ANN).hearClock(ANN, [copy])
      const asked = search(probe, ANN, copy)
      assert.deepEqual(reported(probe), [[common + 1, undefined]])
      assert.ok(asked.length <= 20, `${asked.length} pages for ${common} and ${mine} entries`)
    }
  }
})

test('another history of the same length shows by its mark', () => {
  const { probe, copy } = parted(3, 2, 2)
  probe.meet(ANN).hearClock(ANN, [copy])
  assert.deepEqual(
    probe.sent('want', ANN).map(({ first, last }) => [first, last]),
    [[5, 5]],
  )
  search(probe, ANN, copy)
  assert.deepEqual(reported(probe), [[4, undefined]])
})

test('a peer that found the fork is asked where its history parts, and takes no more', () => {
  const { probe, copy } = parted(3, 2, 6)
  probe.meet(ANN).hearClock(ANN, [copy]).hear(ANN, proof(copy, probe.own))
  search(probe, ANN, copy)
  assert.deepEqual(reported(probe), [[4, 5]])
  assert.deepEqual(probe.did('forked'), [], 'it is not somebody else who is to blame')
})

test('where the peer has the same history, all after it has to be written again', () => {
  const { probe, copy } = parted(3, 2, 6)
  const accepted = probe.own.copy(5)
  const frame = { ...proof(copy, probe.own), held: 5 }
  probe.meet(ANN).hearClock(ANN, [accepted]).hear(ANN, frame)
  search(probe, ANN, accepted)
  assert.deepEqual(reported(probe), [[6, 5]])
})

test('a device whose log is ended elsewhere becomes another, even with nothing to lose', () => {
  const { probe, copy } = parted(3, 2, 6)
  const frame = { ...proof(copy, probe.own), held: probe.own.head.seq }
  probe.meet(ANN).hearClock(ANN, [probe.own]).hear(ANN, frame)
  search(probe, ANN, probe.own)
  assert.deepEqual(reported(probe), [[10, 9]])
})

test('an own log that is only behind is fetched back and nothing else', () => {
  const { probe, copy } = parted(3, 2, 0)
  probe.meet(ANN).hearClock(ANN, [copy]).receive(ANN, copy.run(4, 5))
  assert.deepEqual([...probe.did('compare'), ...probe.did('own_fork')], [])
})

test('a fork is reported once, whatever peers say; the log takes nothing meanwhile', () => {
  const { probe, copy } = parted(3, 2, 1)
  probe.meet(ANN).meet(BOB).hearClock(ANN, [copy])
  search(probe, ANN, copy)
  assert.equal(probe.did('own_fork').length, 1)
  probe.hearClock(BOB, [copy]).hearRun(BOB, copy.run(4, 5))
  assert.deepEqual(probe.effects, [])
  probe.wait(3 * FETCH_STALL_MS)
  assert.deepEqual(probe.did('own_fork'), [])
})

test('a peer that shows a proof and does not answer does not keep another one from helping', () => {
  const { probe, copy } = parted(3, 2, 6)
  const frame = proof(copy, probe.own)
  for (const peer of [ANN, BOB]) probe.meet(peer).hearClock(peer, [copy]).hear(peer, frame)
  probe.wait(FETCH_STALL_MS)
  search(probe, BOB, copy)
  assert.deepEqual(reported(probe), [[4, 5]])
})

test('of two that were late once, the one that never answers is not the only one asked', () => {
  const { probe, copy } = parted(3, 2, 6)
  const frame = proof(copy, probe.own)
  for (const peer of [ANN, BOB]) probe.meet(peer).hearClock(peer, [copy]).hear(peer, frame)
  const asked = Array.from({ length: 6 }, () => {
    probe.wait(FETCH_STALL_MS)
    return [ANN, BOB].filter((peer) => probe.sent('want', peer).length > 0)
  })
  assert.deepEqual(asked, [[BOB], [ANN], [BOB], [ANN], [BOB], [ANN]])
})

test('when the peer leaves, the search begins again at the next meeting', () => {
  const { probe, copy } = parted(3, 2, 6)
  probe.meet(ANN).hearClock(ANN, [copy]).hear(ANN, proof(copy, probe.own))
  probe.take({ type: 'disconnected', peer: ANN.device })
  assert.equal(probe.state.disputes.size, 0)
  probe.meet(ANN).hearClock(ANN, [copy]).hear(ANN, proof(copy, probe.own))
  search(probe, ANN, copy)
  assert.deepEqual(reported(probe), [[4, 5]])
})

test('a peer that showed a proof and tells nothing of it any more is asked no more', () => {
  const { probe, copy } = parted(3, 2, 6)
  probe.meet(ANN).hearClock(ANN, [copy]).hear(ANN, proof(copy, probe.own))
  assert.equal(probe.state.disputes.size, 1)
  probe.hear(ANN, { type: 'clocks', reset: true, clocks: [] })
  for (let i = 0; i < 3; i++) {
    probe.wait(FETCH_STALL_MS)
    assert.deepEqual(probe.sent('want', ANN), [])
  }
  assert.equal(probe.state.disputes.size, 0, 'own entries are written meanwhile')
  probe.hearClock(ANN, [copy]).wait(FETCH_STALL_MS)
  search(probe, ANN, copy)
  assert.deepEqual(reported(probe), [[4, 5]])
})

test('a peer that takes more than it has, and is brought nothing, is not asked for it', () => {
  const { probe, copy } = parted(3, 2, 6)
  const accepted = probe.own.copy(4)
  const frame = { ...proof(copy, probe.own), held: 5 }
  probe.meet(ANN).hearClock(ANN, [accepted]).hear(ANN, frame)
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(probe.sent('want', ANN), [])
    probe.wait(FETCH_STALL_MS)
  }
  assert.equal(probe.state.disputes.size, 0)
  probe.hearClock(ANN, [probe.own.copy(5)]).wait(FETCH_STALL_MS)
  search(probe, ANN, probe.own.copy(5))
  assert.deepEqual(reported(probe), [[6, 5]])
})

test('what a liar sends instead of the page ends its session', () => {
  const { probe, copy } = parted(3, 2, 6)
  probe.meet(ANN).hearClock(ANN, [copy]).hear(ANN, proof(copy, probe.own))
  const [want] = probe.sent('want', ANN)
  assert.ok(want)
  const run = { ...copy.run(want.first, want.last), signature: new Uint8Array(64) }
  probe.hearRun(ANN, run)
  assert.equal(probe.did('close')[0]?.code, 'bad_signature')
})

test('a proof that came before does not vouch for one that follows', () => {
  const { probe, copy } = parted(3, 2, 6)
  const good = proof(copy, probe.own)
  const { head, run } = good.proof
  const bad = { head: { ...head, signature: new Uint8Array(64) }, run }
  probe.meet(ANN).hear(ANN, good)
  assert.equal(probe.hear(ANN, { ...good, proof: bad }).did('close').length, 1)
  const ended = probe.state.peers.get(ANN.device)?.ended.toList().first()
  assert.equal(ended?.proof, good.proof)
})

test('a disk that cannot be read is not asked again and again', () => {
  const { probe, copy } = parted(1, 5, 5)
  probe.meet(ANN).hearClock(ANN, [copy])
  let pages = 0
  for (; pages < 50; pages++) {
    const [want] = probe.sent('want', ANN)
    const [compare] = probe.did('compare')
    if (want) probe.hearRun(ANN, copy.run(want.first, want.last))
    else if (compare) {
      probe.take({ type: 'compared', peer: ANN.device, run: compare.run, agreed: undefined })
    } else break
  }
  assert.ok(pages < 20)
  assert.deepEqual(probe.did('own_fork'), [])
})

test('a log that was cut back takes what peers hold of it, up to where they end', () => {
  const { probe, copy } = parted(3, 2, 6)
  const now = author('me, renewed')
  const devices = new Map([now, ME, ANN].map((who) => [who.device, who.account]))
  let state = initialState(now.device, EPOCH, 9, [ME.device])
  const logs = new Map([[ME.device, { ...probe.own.headAt(3), forked: true, until: 5 }]])
  const opened = { id: CONVERSATION, devices, logs, changedAt: 9 }
  const take = (event: Parameters<typeof step>[1]): ReturnType<typeof step>['effects'] => {
    const taken = step(state, event, 0)
    state = taken.state
    return taken.effects
  }
  take({ type: 'conversations', introduced: [opened] })
  const shared = new Set([CONVERSATION])
  const theirs = new Map([[CONVERSATION, copy.told.seqs]])
  const met = { type: 'connected', peer: ANN.device, shared, knows: undefined, theirs } as const
  take(met)
  const frame = { type: 'run', run: copy.run(4, 5) } as const
  const [store] = take({ type: 'frame', peer: ANN.device, frame })
  assert.equal(store?.type, 'store')
  if (store?.type !== 'store') return
  const effects = take({ type: 'stored', runs: [store], position: 10 })
  assert.ok(effects.some(({ type }) => type === 'ended'))
  assert.deepEqual(
    take({ type: 'frame', peer: ANN.device, frame: proof(copy, probe.own) }),
    [],
    'it is known',
  )
})
