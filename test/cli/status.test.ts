// `status` for people: on 80 columns, whoever is there and however they are called.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Status } from '../../src/api/shapes.ts'
import { statusText } from '../../src/cli/status-text.ts'
import { stringWidth } from '../../src/cli/width.ts'

const NOW = Date.UTC(2026, 10, 20, 12)
const IP6 = '/ip6/2001:db8:1234:5678:9abc:def0:1234:5678/tcp/54001'
const PEER = '12D3KooWMKnBgLbdcJrr3WmcaiY4FaC2qcDyHGKUczoQdfc344HE'

function connection(name: string, more: Partial<Status['connections'][number]> = {}) {
  const onlineSince = new Date(NOW - 3_720_000).toISOString()
  const address = '/ip4/10.0.0.7/tcp/4001'
  const is = { contact: 'friend', address, outgoing: true, onlineSince } as const
  return { account: 'b'.repeat(52), name, ...is, ...more }
}

const STATUS: Status = {
  running: true,
  pid: 4711,
  uptimeMs: 90_000_000,
  account: 'a'.repeat(52),
  peerId: PEER,
  name: 'ann',
  addresses: [`/ip4/192.168.1.20/tcp/4001/p2p/${PEER}`, `${IP6}/p2p/${PEER}`, '/dns4/x/udp/1'],
  peers: 2,
  connections: [connection('bob'), connection('Carol Lee', { address: IP6, outgoing: false })],
  nearby: 1,
  unread: 3,
  mentions: 1,
  queue: { messages: 0, people: 0, conversations: [] },
  traffic: { sentBytes: 1_572_864, receivedBytes: 512 },
  databaseBytes: 12_000_000,
  rssBytes: 98_566_144,
  version: '0.1.0',
  apiVersion: 1,
  profile: 'ann',
  damage: [],
}

test('each thing has a line of its own, values under each other', () => {
  assert.equal(
    statusText(STATUS, NOW),
    [
      'name      ann',
      `account   ${'a'.repeat(52)}`,
      'running   for 1 d 1 h, pid 4711, 0.1.0',
      'address   192.168.1.20:4001',
      'address   [2001:db8:1234:5678:9abc:def0:1234:5678]:54001',
      'address   /dns4/x/udp/1',
      'online    2 contacts, 1 node nearby',
      `          bob        ${'10.0.0.7:4001'.padEnd(40)}  for 1 h 2 min`,
      '          Carol Lee  [2001:db8:1234:5678:9abc:def0:1234:5678]  for 1 h 2 min',
      'unread    3 unread, 1 mention',
      'queue     nothing waits',
      'traffic   1.5 MiB sent, 512 bytes received',
      'database  11.4 MiB on disk',
      'memory    94 MiB',
    ].join('\n'),
  )
})

test('no line is longer than 80 columns, and a crowd is cut short', () => {
  const long = '王小明'.repeat(20)
  const crowd = Array.from({ length: 25 }, (_, i) => connection(`${long} ${i}`, { address: IP6 }))
  const waiting = { conversation: 'c'.repeat(52), name: long, messages: 1234, people: 1 }
  const queue = { messages: 2468, people: 2, conversations: [waiting, waiting] }
  const lines = statusText({ ...STATUS, connections: crowd, queue }, NOW).split('\n')
  for (const line of lines) assert.ok(stringWidth(line) <= 80, line)
  assert.ok(lines.includes('          and 5 more'))
  assert.match(lines.join('\n'), /^queue {5}2468 messages for 2 people: 王.*…$/m)
})

test('a member of a group who is no contact is told apart', () => {
  const text = statusText({ ...STATUS, connections: [connection('dan', { contact: null })] }, NOW)
  assert.match(text, /^ {10}dan {2}10\.0\.0\.7:4001 {2}for 1 h 2 min, in a group$/m)
})
