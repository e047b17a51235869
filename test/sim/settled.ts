// Whether a healed world has come to rest, and what must hold then.
import { strict as assert } from 'node:assert'

import type { Place } from '../../src/core/entry.ts'
import { comparePlaces } from '../../src/core/order.ts'
import { type ConversationState, heldClock, logKey } from '../../src/core/sync/state.ts'
import type { Replica } from './replica.ts'
import type { Shown } from './shown.ts'

/** @throws AssertionError that says what is not at rest yet, or wrong */
export function assertSettled(replicas: readonly Replica[]): void {
  for (const replica of replicas) assertQuiet(replica, replicas)
  assertAgreed(replicas)
}

/** @throws AssertionError unless all members hold and show the same */
export function assertAgreed(replicas: readonly Replica[]): void {
  for (const id of new Set(replicas.flatMap(({ joined }) => [...joined]))) {
    const members = replicas.filter(({ joined }) => joined.has(id))
    const views = members.map((replica) => {
      const conversation = replica.state.conversations.get(id)
      const shown = replica.shown.get(id)
      assert.ok(conversation && shown)
      const held = heldClock(conversation)
      const entries = [...held.keys()]
        .toSorted()
        .map((device) => replica.disk.shelf.logs.get(logKey(id, device))?.entries)
      assert.equal(shown.waiting, undefined, `replica ${replica.index} waits for entries`)
      return { held, entries, places: shown.places(), shown }
    })
    const [first, ...others] = views
    for (const view of others) {
      assert.deepEqual(new Map(view.held), new Map(first?.held), 'replicas hold different entries')
      assert.deepEqual(view.entries, first?.entries)
      assert.deepEqual(view.places, first?.places, 'replicas show different orders')
    }
    if (first) assertOrdered(first.shown, first.places, first.held)
  }
}

/** Nothing is under way, and every pair knows everything of each other. */
function assertQuiet(replica: Replica, replicas: readonly Replica[]): void {
  const { state, index } = replica
  assert.equal(state.fetches.size, 0, `replica ${index} still fetches`)
  assert.ok(replica.disk.isIdle, `replica ${index} still writes`)
  for (const peer of state.peers.values()) {
    const other = replicas.find(({ person }) => person.device === peer.device)
    assert.ok(other)
    const link = `replica ${index} of ${other.index}`
    assert.equal(peer.transfers.size, 0, `${link}: still sends`)
    assert.equal(peer.lacking.size, 0, `${link}: still lacks`)
    const { epoch, position } = other.state
    assert.deepEqual(peer.tokenRemembered, { epoch, position }, `${link}: token not remembered`)
    for (const id of peer.shared) {
      const held: ConversationState | undefined = other.state.conversations.get(id)
      const told = new Map(peer.theirs.get(id))
      assert.deepEqual(told, new Map(held && heldClock(held)), `${link}: not told`)
    }
  }
}

/** The order is a sort by place, pages of it are parts of it, and causes come first. */
function assertOrdered(
  shown: Shown,
  places: readonly Place[],
  held: ReadonlyMap<string, number>,
): void {
  const total = [...held.values()].reduce((sum, seq) => sum + seq, 0)
  assert.equal(places.length, total, 'not all entries are shown')
  assert.deepEqual(places, places.toSorted(comparePlaces))
  const reached = new Map<string, number>()
  for (const { device, seq } of places) {
    assert.equal(seq, (reached.get(device) ?? 0) + 1, 'a log is shown out of order')
    for (const dep of shown.deps(device, seq)) {
      assert.ok((reached.get(dep.device) ?? 0) >= dep.seq, 'an entry is shown before its cause')
    }
    reached.set(device, seq)
  }
  const middle = Math.floor(places.length / 2)
  const page = places.slice(Math.max(0, middle - 5), middle)
  assert.deepEqual(shown.places(5, places[middle]), places.length > 0 ? page : [])
}
