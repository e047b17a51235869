// What a node counts along about its groups, checked against what it counts: asked of every node of
// these tests as it stops.
import assert from 'node:assert/strict'

import { heldDigest, recounted } from '../../src/core/sync/digest.ts'
import { ProgressBook } from '../../src/node/messages/progress.ts'
import type { NodeParts } from '../../src/node/parts.ts'

export function assertIndexed(parts: NodeParts): void {
  const { groups, replicator } = parts
  const { current } = replicator
  const { index } = groups
  for (const account of index.accounts()) {
    const counted = heldDigest(current, index.groupsWith(account))
    assert.deepEqual(index.heldWith(account), counted, 'what is shared is counted wrongly')
  }
  for (const { held, shared } of recounted(current).peers.values()) {
    assert.deepEqual(held, heldDigest(current, shared), 'what a peer is told is counted wrongly')
  }
  const asleep = [...index.sleeping()].flatMap(([, ids]) => [...ids])
  const sorted = (ids: Iterable<string>): string[] => [...ids].toSorted()
  const briefs = [...groups.all()].flatMap(([id, { brief }]) => (brief ? [id] : []))
  assert.deepEqual(sorted(asleep), sorted(briefs), 'groups that sleep')
  const others = [...groups.all()].flatMap(([id, { brief }]) => (brief ? [] : [id]))
  assert.deepEqual(sorted(index.awake()), sorted(others), 'groups that are awake')
  assertSpread(parts)
}

/** What is kept of how far own messages came is what is found anew. */
function assertSpread(parts: NodeParts): void {
  const { groups, progress, self } = parts
  const anew = new ProgressBook(parts)
  for (const [id] of groups.all()) {
    for (const device of self.devices) {
      assert.deepEqual(progress.all(id, device), anew.all(id, device), 'how far messages came')
    }
  }
}
