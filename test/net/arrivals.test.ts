import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Arrivals, interfaceTo } from '../../src/net/arrivals.ts'
import type { NetInterface } from '../../src/net/interfaces.ts'

function on(name: string, cidr: string, fingerprint = name): NetInterface {
  const [ip = ''] = cidr.split('/')
  return {
    name,
    internal: name === 'lo',
    ip4: [ip],
    ip6: [],
    scopes: [],
    cidrs: [cidr],
    fingerprint,
  }
}

const ETH = on('eth0', '10.0.0.7/24')
const LO = on('lo', '127.0.0.1/8')

test('an address belongs to the interface whose network it is in', () => {
  assert.equal(interfaceTo('10.0.0.9', [ETH, LO])?.name, 'eth0')
  assert.equal(interfaceTo('127.0.0.9', [ETH, LO])?.name, 'lo')
  assert.equal(interfaceTo('10.0.1.9', [ETH, LO]), undefined)
  assert.equal(interfaceTo('bob.local', [ETH, LO]), undefined)
})

test('what comes from an address of this machine proves nothing of the network', () => {
  assert.equal(interfaceTo('10.0.0.7', [ETH, LO])?.name, 'lo')
  const arrivals = new Arrivals()
  arrivals.update([ETH, LO])
  arrivals.note('10.0.0.7')
  assert.deepEqual([arrivals.countOn(ETH), arrivals.countOn(LO)], [0, 1])
})

test('what came before the network was another one does not count', () => {
  const arrivals = new Arrivals()
  arrivals.update([ETH])
  arrivals.note('10.0.0.9')
  arrivals.note('10.0.0.9')
  assert.equal(arrivals.countOn(ETH), 2)
  const moved = on('eth0', '192.168.1.7/24', 'another')
  arrivals.update([moved])
  assert.deepEqual([arrivals.countOn(moved), arrivals.countOn(ETH)], [0, 0])
})
