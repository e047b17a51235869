// To whom a proof of a fork goes once it was read from the disk.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { proveFork } from '../../src/core/fork.ts'
import type { ForkFrame } from '../../src/core/frames.ts'
import { forkRecord } from '../../src/node/fork-record.ts'
import type { ReplicatorHooks } from '../../src/node/replicator-hooks.ts'
import { friends, partsOf } from './nodes.ts'
import { newConversation, Scribe } from './scribe.ts'

test('a proof goes to nobody with whom its conversation is not shared any more', async (t) => {
  const [ann, bob] = await friends(t)
  const { forks, init, replicator } = partsOf(ann)
  const peer = partsOf(bob).self.device
  const [shared] = replicator.current.peers.get(peer)?.shared ?? []
  assert.ok(shared)
  const { hooks } = replicator as unknown as { readonly hooks: ReplicatorHooks }
  const sent: ForkFrame[] = []
  for (const conversation of [newConversation(), shared]) {
    const { device, keys } = new Scribe(conversation)
    const [one, other] = ['one', 'other'].map((text) => new Scribe(conversation, keys).next([text]))
    const proof = one && other && proveFork(one, other)
    assert.ok(proof)
    const batch = init.store.batch()
    batch.put('fork', `${conversation}/${device}`, forkRecord(proof, 1, 1))
    await init.store.commit(batch)
    const effect = { type: 'prove', peer, conversation, device, held: 1 } as const
    hooks.prove(effect, (frame) => void sent.push(frame))
  }
  await forks.idle()
  assert.deepEqual(
    sent.map(({ proof }) => proof.run.conversation),
    [shared],
  )
})
