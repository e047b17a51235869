// Also the alarm for the day when `@libp2p/mdns` changes inside: see src/net/discovery/records.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import type { AccountId, DeviceId } from '../../../src/core/id.ts'
import { MDNS_ADDRESSES_MAX } from '../../../src/core/limits.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Records, SERVICE_TAG } from '../../../src/net/discovery/records.ts'
import type { Answer, Packet } from '../../../src/net/discovery/socket.ts'
import { peerTextOf } from '../../../src/net/identity.ts'
import { libp2pLogger } from '../../../src/net/libp2p-log.ts'
import { makeKeys } from '../peers.ts'

const account = makeKeys<AccountId>().id

function node(addresses: readonly string[], name = 'Ada'): { device: DeviceId; records: Records } {
  const device = makeKeys<DeviceId>().id
  const peerId = peerTextOf(device)
  const own = { peerId, addresses, account, name }
  return { device, records: new Records(peerId, () => own, libp2pLogger(silentLogger)) }
}

function packet(answers: readonly Answer[]): Packet {
  // As it comes from the network: text as buffers.
  const decoded = answers.map((answer) =>
    answer.type === 'TXT' ? { ...answer, data: [Buffer.from(String(answer.data))] } : answer,
  )
  return { id: 0, questions: [], answers: decoded, additionals: [] }
}

function txt(data: string): Answer {
  return { name: SERVICE_TAG, type: 'TXT', class: 'IN', ttl: 120, data }
}

test('one node reads what another tells: addresses, account and name', () => {
  const ada = node(['/ip4/10.0.0.7/tcp/4001', '/ip6/fd00::7/tcp/4001'], 'Ada Lovelace')
  const claim = node([]).records.claim(packet(ada.records.answer()))
  assert.equal(claim?.device, ada.device)
  assert.equal(claim?.name, 'Ada Lovelace')
  assert.equal(claim?.account, account)
  assert.deepEqual(
    claim?.endpoints.map(({ address }) => address),
    ['/ip4/10.0.0.7/tcp/4001', '/ip6/fd00::7/tcp/4001'],
  )
})

test('what changed is told and read anew', () => {
  const peerId = peerTextOf(makeKeys<DeviceId>().id)
  let own = { peerId, addresses: ['/ip4/10.0.0.7/tcp/4001'], account, name: 'Ada' }
  const ada = new Records(peerId, () => own, libp2pLogger(silentLogger))
  const reader = node([]).records
  const read = () => {
    const claim = reader.claim(packet(ada.answer()))
    return [claim?.name, ...(claim?.endpoints ?? []).map(({ host }) => host)]
  }
  assert.deepEqual(
    [read(), read()],
    [
      ['Ada', '10.0.0.7'],
      ['Ada', '10.0.0.7'],
    ],
  )
  own = { ...own, name: 'Ada L.' }
  assert.deepEqual(read(), ['Ada L.', '10.0.0.7'])
  own = { ...own, addresses: [...own.addresses, '/ip4/10.0.0.8/tcp/4001'] }
  assert.deepEqual(read(), ['Ada L.', '10.0.0.7', '10.0.0.8'])
  own = { ...own, addresses: [] }
  assert.deepEqual(read(), [undefined])
})

test('the same texts under other names are not the same answer', () => {
  const reader = node(['/ip4/10.0.0.7/tcp/4001'])
  const answers = node(['/ip4/10.0.0.8/tcp/4001']).records.answer()
  assert.ok(reader.records.claim(packet(answers)))
  const [pointer, ...texts] = answers
  assert.ok(pointer)
  const ownName = { ...pointer, data: `${peerTextOf(reader.device)}.${SERVICE_TAG}` }
  assert.equal(reader.records.claim(packet([ownName, ...texts])), undefined)
  const [first, second, ...others] = texts.map(({ data }) => String(data))
  const joined = [first, second].join('\n')
  assert.equal(reader.records.claim(packet([pointer, ...[joined, ...others].map(txt)])), undefined)
})

test('the records are those of @libp2p/mdns under our service tag', () => {
  const { device, records } = node(['/ip4/10.0.0.7/tcp/4001'])
  const peerId = peerTextOf(device)
  const [pointer, address] = records.answer()
  assert.deepEqual(pointer, {
    name: '_tidings._udp.local',
    type: 'PTR',
    class: 'IN',
    ttl: 120,
    data: `${peerId}._tidings._udp.local`,
  })
  assert.equal(address?.data, `dnsaddr=/ip4/10.0.0.7/tcp/4001/p2p/${peerId}`)
})

test('public addresses are told too, and no more than fit a packet', () => {
  const { records } = node(['/ip4/203.0.113.7/tcp/4001'])
  assert.ok(records.answer().some(({ data }) => String(data).includes('203.0.113.7')))
  const many = node(Array.from({ length: 30 }, (_, i) => `/ip4/10.0.0.${i}/tcp/4001`))
  const told = many.records.answer().filter(({ data }) => String(data).startsWith('dnsaddr='))
  assert.equal(told.length, MDNS_ADDRESSES_MAX)
})

test('a node that has no address on the interface tells only itself apart, not where', () => {
  assert.deepEqual(node([]).records.answer(), [])
})

test('own answers and those of other services are nothing', () => {
  const { records } = node(['/ip4/10.0.0.7/tcp/4001'])
  assert.equal(records.claim(packet(records.answer())), undefined)
  assert.equal(records.leaver(packet(records.goodbye())), undefined)
  const other = records.answer().map((answer) => ({ ...answer, name: '_p2p._udp.local' }))
  assert.equal(node([]).records.claim(packet(other)), undefined)
})

test('a goodbye names who leaves', () => {
  const ada = node(['/ip4/10.0.0.7/tcp/4001'])
  const bob = node([])
  assert.equal(bob.records.leaver(packet(ada.records.goodbye())), ada.device)
  assert.equal(bob.records.leaver(packet(ada.records.answer())), undefined)
})

test('what others may say without end takes little memory', () => {
  const reader = node([]).records
  const junk = txt('\u0001'.repeat(60_000))
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const readForged = (times: number): number => {
    for (let i = 0; i < times; i++) {
      const { records } = node(['/ip4/10.0.0.7/tcp/4001'])
      assert.ok(reader.claim(packet([...records.answer(), junk])))
    }
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = readForged(1)
  const tookBytes = readForged(100) - before
  assert.ok(tookBytes < 8 * 1024 * 1024, `${Math.round(tookBytes / 1024)} KiB`)
})

test('nonsense is nothing, and claims that break the rules are left out', () => {
  const ada = node(['/ip4/10.0.0.7/tcp/4001'])
  const [pointer] = ada.records.answer()
  assert.ok(pointer)
  const claimOf = (...texts: readonly string[]): unknown =>
    node([]).records.claim(packet([pointer, ...texts.map(txt)]))
  for (const text of [
    'dnsaddr=',
    'dnsaddr=/ip4/10.0.0.7/tcp/4001',
    'dnsaddr=/ip4/999.0.0.7/tcp/4001/p2p/12D3KooW',
    'dnsaddr=/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
    'dnsaddr=\u0000\uffff',
    'name=Ada',
  ]) {
    assert.equal(claimOf(text), undefined, text)
  }
  const good = `dnsaddr=/ip4/10.0.0.7/tcp/4001/p2p/${peerTextOf(ada.device)}`
  const sly = claimOf(good, 'name=\u202eadA', 'account=nobody') as {
    name: string
    account: unknown
  }
  assert.deepEqual([sly.name, sly.account], ['', undefined])
})
