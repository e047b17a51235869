// The ports of a node that begins another life, under another name or device key.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stayAt } from '../../src/node/stay-at.ts'
import { friends } from './nodes.ts'

test('a port that the system chose stays, one that was set is as it was', () => {
  const addresses = ['/ip4/10.0.0.7/tcp/4711/p2p/x', '/ip6/fe80::1/tcp/4712/p2p/x']
  const cases = [
    ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/4711'],
    ['/ip6/::/tcp/0', '/ip6/::/tcp/4712'],
    ['/ip4/10.0.0.7/tcp/0', '/ip4/10.0.0.7/tcp/4711'],
    ['/ip4/10.0.0.70/tcp/0', '/ip4/10.0.0.70/tcp/0'],
    ['/ip4/0.0.0.0/tcp/4001', '/ip4/0.0.0.0/tcp/4001'],
    ['/ip4/0.0.0.0/tcp/40010', '/ip4/0.0.0.0/tcp/40010'],
  ] as const
  for (const [wanted, stays] of cases) assert.deepEqual(stayAt([wanted], addresses), [stays])
  assert.deepEqual(stayAt(['/ip4/0.0.0.0/tcp/0'], []), ['/ip4/0.0.0.0/tcp/0'])
})

test('who takes another name is still found where they were', async (t) => {
  const [ann, bob] = await friends(t)
  const before = ann.node.identity().addresses
  await ann.node.rename('Ann Lee')
  assert.deepEqual(ann.node.identity().addresses, before)
  assert.equal(before.length, 1)
  assert.equal(bob.node.contacts().length, 1)
})
