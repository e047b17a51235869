// Where a device is looked for, and what is taken of what it tells.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Session } from '../../src/net/net.ts'
import { placesToLook, toldAddresses } from '../../src/node/people/whereabouts.ts'

const PLACE = '/ip4/10.0.0.7/tcp/4001'

test('a machine that was at many places is looked for where it says that it is, too', () => {
  const moved = Array.from({ length: 16 }, (_, i) => `/ip4/10.1.0.${i}/tcp/4001`)
  const places = placesToLook(moved, [PLACE, moved[9] ?? ''])
  assert.deepEqual(places.slice(0, 5), [moved[0], moved[1], PLACE, moved[9], moved[2]])
  assert.deepEqual(new Set(places), new Set([PLACE, ...moved]))
  assert.equal(places.length, 17)
})

test('what leads to a machine from itself alone is heard on that machine alone', () => {
  const told = (address: string, addresses: readonly string[]): readonly string[] =>
    toldAddresses({ address, hello: { addresses } } as unknown as Session)
  const outside = [PLACE, '/ip6/::10/tcp/4001', '/dns4/ann.example/tcp/4001']
  const inside = ['/ip4/127.0.0.1/tcp/4001', '/ip6/::1/tcp/4001']
  const spelled = [
    '/ip6/0:0:0:0:0:0:0:1/tcp/1',
    '/ip6/::ffff:127.0.0.1/tcp/1',
    '/ip4/127.9.9.9/tcp/1',
    '/ip4/0.0.0.0/tcp/1',
    '/ip6/::/tcp/1',
    '/dns4/localhost/tcp/1',
    'no address',
  ]
  const all = [...inside, ...outside, ...spelled]
  assert.deepEqual(told('/ip4/10.0.0.7/tcp/50000', all), outside)
  for (const from of ['/ip4/127.0.0.1/tcp/50000', '/ip6/::1/tcp/50000']) {
    assert.deepEqual(told(from, [...inside, ...outside]), [...inside, ...outside])
  }
})
