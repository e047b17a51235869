import assert from 'node:assert/strict'
import { test } from 'node:test'

import { blocksIn } from '../../../src/daemon/machine/nft.ts'

const PORTS = { listen: 4001, mdns: 5353 }
const WHERE = { family: 'inet', table: 'filter' }

type Expr = readonly object[]

const match = (left: object, right: unknown, op = '=='): object => ({ match: { op, left, right } })
const dport = (protocol: string, right: unknown, op?: string): object =>
  match({ payload: { protocol, field: 'dport' } }, right, op)
const meta = (key: string, right: unknown, op?: string): object =>
  match({ meta: { key } }, right, op)
const DROP = { drop: null }
const ACCEPT = { accept: null }

interface How {
  readonly policy?: string
  readonly hook?: string
  /** Chains that are no base. */
  readonly more?: Readonly<Record<string, readonly Expr[]>>
  readonly dev?: string
}

/** One base chain with these rules, and chains beside it. */
function ruleset(
  rules: readonly Expr[],
  { policy = 'accept', hook = 'input', more = {}, dev = '' }: How = {},
): string {
  const base = { ...WHERE, name: 'main', type: 'filter', hook, prio: 0, policy }
  const chains = Object.entries({ main: rules, ...more })
  const nftables = [
    { metainfo: { json_schema_version: 1 } },
    { table: { family: 'inet', name: 'filter', handle: 1 } },
    { chain: dev === '' ? base : { ...base, dev } },
    ...Object.keys(more).map((name) => ({ chain: { ...WHERE, name } })),
    ...chains.flatMap(([chain, list]) => list.map((expr) => ({ rule: { ...WHERE, chain, expr } }))),
  ]
  return JSON.stringify({ nftables })
}

/** "tcp in", "udp in ?" for each packet that is dropped, with ? where that is not certain. */
function dropped(json: string, on = 'eth0'): string[] {
  const found = blocksIn(json, [on], PORTS)
  assert.ok(found)
  return found.blocks.map(
    ({ protocol, direction, isCertain }) => `${protocol} ${direction}${isCertain ? '' : ' ?'}`,
  )
}

const CASES: Record<string, [json: string, blocks: string[]]> = {
  'no rule': [ruleset([]), []],
  'another port': [ruleset([[dport('tcp', 22), DROP]]), []],
  'its port': [ruleset([[dport('tcp', 4001), { counter: {} }, DROP]]), ['tcp in']],
  'its port, refused with a word': [
    ruleset([[dport('tcp', 4001), { reject: { type: 'tcp reset' } }]]),
    ['tcp in'],
  ],
  'multicast by a range': [ruleset([[dport('udp', { range: [5000, 6000] }), DROP]]), ['udp in']],
  'both by a set': [
    ruleset([[dport('th', { set: [4001, { range: [5350, 5360] }] }), DROP]]),
    ['tcp in', 'udp in'],
  ],
  'all but some ports': [ruleset([[dport('tcp', 22, '!='), DROP]]), ['tcp in']],
  'a named set of ports': [ruleset([[dport('tcp', '@closed'), DROP]]), ['tcp in ?']],
  'everything that is not allowed': [ruleset([], { policy: 'drop' }), ['tcp in', 'udp in']],
  'all but what is allowed': [
    ruleset([[dport('tcp', 4001), ACCEPT]], { policy: 'drop' }),
    ['udp in'],
  ],
  'all but established connections': [
    ruleset([[match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), ACCEPT], [DROP]]),
    ['tcp in', 'udp in'],
  ],
  'new connections': [
    ruleset([[dport('tcp', 4001), match({ ct: { key: 'state' } }, 'new', 'in'), DROP]]),
    ['tcp in'],
  ],
  'of one sender': [
    ruleset([[match({ payload: { protocol: 'ip', field: 'saddr' } }, '10.0.0.2'), DROP]]),
    ['tcp in ?', 'udp in ?'],
  ],
  'all, unless the sender is allowed': [
    ruleset([[match({ payload: { protocol: 'ip', field: 'saddr' } }, '10.0.0.2'), ACCEPT]], {
      policy: 'drop',
    }),
    ['tcp in ?', 'udp in ?'],
  ],
  'what comes in by another interface': [ruleset([[meta('iifname', 'wlan0'), DROP]]), []],
  'what comes in by this interface': [
    ruleset([[meta('iifname', 'eth*'), meta('l4proto', 'udp'), DROP]]),
    ['udp in'],
  ],
  'all but loopback': [ruleset([[meta('iifname', 'lo', '!='), DROP]]), ['tcp in', 'udp in']],
  'multicast as such': [ruleset([[meta('pkttype', 'multicast'), DROP]]), ['udp in']],
  'the group of multicast': [
    ruleset([[match({ payload: { protocol: 'ip', field: 'daddr' } }, '224.0.0.251'), DROP]]),
    ['tcp in ?', 'udp in'],
  ],
  'what goes out': [ruleset([[dport('udp', 5353), DROP]], { hook: 'output' }), ['udp out']],
  'in a chain that is jumped to': [
    ruleset([[meta('l4proto', 'tcp'), { jump: { target: 'tcp' } }]], {
      more: { tcp: [[dport('tcp', 4001), DROP]] },
    }),
    ['tcp in'],
  ],
  'in a chain that is jumped to and returned from': [
    ruleset([[{ jump: { target: 'own' } }], [dport('tcp', 4001), ACCEPT]], {
      policy: 'drop',
      more: {
        own: [
          [dport('tcp', 4001), { return: null }],
          [meta('l4proto', 'tcp'), DROP],
        ],
      },
    }),
    ['udp in'],
  ],
  'by a map of states that names no new ones': [
    ruleset(
      [
        [
          {
            vmap: {
              key: { ct: { key: 'state' } },
              data: {
                set: [
                  ['established', ACCEPT],
                  ['invalid', DROP],
                ],
              },
            },
          },
        ],
        [dport('tcp', 4001), ACCEPT],
      ],
      { policy: 'drop' },
    ),
    ['udp in'],
  ],
  'by a map of interfaces': [
    ruleset(
      [
        [
          {
            vmap: {
              key: { meta: { key: 'iifname' } },
              data: { set: [['eth0', { jump: { target: 'lan' } }]] },
            },
          },
        ],
      ],
      { more: { lan: [[dport('udp', 5353), DROP]] } },
    ),
    ['udp in'],
  ],
  'on the device itself': [
    ruleset([[dport('udp', 5353), DROP]], { hook: 'ingress', dev: 'eth0' }),
    ['udp in'],
  ],
  'on another device': [
    ruleset([[dport('udp', 5353), DROP]], { hook: 'ingress', dev: 'eth1' }),
    [],
  ],
  'chains that jump to each other for ever': [
    ruleset([[{ jump: { target: 'ping' } }]], {
      more: { ping: [[{ jump: { target: 'pong' } }]], pong: [[{ jump: { target: 'ping' } }]] },
    }),
    [],
  ],
}

for (const [what, [json, blocks]] of Object.entries(CASES)) {
  test(`a ruleset that drops, of ours: ${what}`, () => assert.deepEqual(dropped(json), blocks))
}

test('the chain that drops is named as the command takes it', () => {
  const json = ruleset([[dport('tcp', 4001), DROP]])
  const [block] = blocksIn(json, ['eth0'], PORTS)?.blocks ?? []
  assert.deepEqual(block, {
    on: 'eth0',
    direction: 'in',
    protocol: 'tcp',
    port: 4001,
    chain: 'inet filter main',
    isCertain: true,
  })
})

test('what is no ruleset gives nothing, one without chains is empty', () => {
  assert.equal(blocksIn('Operation not permitted', ['eth0'], PORTS), undefined)
  assert.equal(blocksIn('{"nftables":[]}', ['eth0'], PORTS)?.isEmpty, true)
})
