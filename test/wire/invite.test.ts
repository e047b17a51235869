// Invite links: what one node writes another reads, and nonsense is told from a link.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { type AccountId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { INVITE_CHARS_MAX } from '../../src/core/limits.ts'
import { isDisplayName } from '../../src/core/text.ts'
import { decodeInvite, encodeInvite, type Invite, isInvite } from '../../src/wire/invite.ts'
import { account, device } from './arbitraries.ts'

const ANN = idFromBytes<AccountId>(new Uint8Array(32).fill(1))
const LAPTOP = idFromBytes<DeviceId>(new Uint8Array(32).fill(2))
const base = `tidings://contact/${ANN}`

const port = fc.integer({ min: 1, max: 65_535 })
const address = fc.oneof(
  fc.tuple(fc.ipV4(), port).map(([ip, port]) => `/ip4/${ip}/tcp/${port}`),
  fc
    .tuple(fc.ipV6(), port)
    .filter(([ip]) => URL.canParse(`tcp://[${ip}]`))
    .map(([ip, port]) => `/ip6/${ip.toLowerCase()}/tcp/${port}`),
)
const invite: fc.Arbitrary<Invite> = fc.record(
  {
    account,
    name: fc.oneof(
      fc.constant(''),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(isDisplayName),
    ),
    hints: fc.array(
      fc.record(
        { device, addresses: fc.array(address, { maxLength: 4 }) },
        { noNullPrototype: true },
      ),
      { maxLength: 3 },
    ),
  },
  { noNullPrototype: true },
)

test('a link reads back as it was written', () => {
  fc.assert(
    fc.property(invite, (value) => {
      const link = encodeInvite(value)
      assert.ok(isInvite(link))
      assert.match(link, /^[!-~]+$/)
      assert.deepEqual(decodeInvite(link), value)
    }),
  )
})

test('a link looks as documented', () => {
  const value: Invite = {
    account: ANN,
    name: 'Ann & Bob',
    hints: [{ device: LAPTOP, addresses: ['/ip4/10.0.0.7/tcp/4001', '/ip6/fe80::1/tcp/4001'] }],
  }
  const link = `${base}?name=Ann%20%26%20Bob&peer=${LAPTOP}&at=10.0.0.7:4001&at=[fe80::1]:4001`
  assert.equal(encodeInvite(value), link)
  assert.deepEqual(decodeInvite(link), value)
})

test('the peer id behind an address is left out, and so is what is no TCP on IP', () => {
  const addresses = [
    '/ip4/10.0.0.7/tcp/4001/p2p/12D3KooWKEY',
    '/dns4/example/tcp/1',
    '/ip4/10.0.0.7/udp/4001/quic-v1',
  ]
  const link = encodeInvite({ account: ANN, name: '', hints: [{ device: LAPTOP, addresses }] })
  assert.equal(link, `${base}?peer=${LAPTOP}&at=10.0.0.7:4001`)
})

test('a link stays short enough to be read back, the first addresses kept', () => {
  const hints = Array.from({ length: 60 }, () => ({
    device: LAPTOP,
    addresses: Array.from({ length: 30 }, (_, i) => `/ip4/10.0.0.${i}/tcp/4001`),
  }))
  const link = encodeInvite({ account: ANN, name: 'Ann', hints })
  assert.ok(link.length <= INVITE_CHARS_MAX)
  assert.equal(decodeInvite(link).hints[0]?.addresses[0], '/ip4/10.0.0.0/tcp/4001')
})

test('a link survives what programs do to links', () => {
  const expected: Invite = { account: ANN, name: '', hints: [] }
  assert.deepEqual(decodeInvite(base), expected)
  assert.deepEqual(decodeInvite(`${base}/`), expected)
  assert.deepEqual(decodeInvite(base.toUpperCase()), expected)
  assert.deepEqual(decodeInvite(`${base}?later=yes`), expected)
  const escaped = `${base}?peer=${LAPTOP}&at=%5Bfe80%3A%3A1%5D%3A4001`
  assert.deepEqual(decodeInvite(escaped).hints[0]?.addresses, ['/ip6/fe80::1/tcp/4001'])
})

test('what is no link, or names nothing, is bad input', async (t) => {
  const nonsense: Record<string, string> = {
    'no link': 'hello',
    'another scheme': `https://contact/${ANN}`,
    'no account': 'tidings://contact/',
    'a short account': base.slice(0, -1),
    'a character that no id has': `${base.slice(0, -1)}z`,
    'padding bits that are not 0': `${base.slice(0, -1)}v`,
    'an empty name': `${base}?name=`,
    'a name with an escape': `${base}?name=%1b%5b31m`,
    'a device that is no id': `${base}?peer=laptop`,
    'an address before a device': `${base}?at=10.0.0.7:4001`,
    'a host name': `${base}?peer=${LAPTOP}&at=example.org:4001`,
    'no port': `${base}?peer=${LAPTOP}&at=10.0.0.7`,
    'port 0': `${base}?peer=${LAPTOP}&at=10.0.0.7:0`,
    'port 65536': `${base}?peer=${LAPTOP}&at=10.0.0.7:65536`,
    'a number over 255': `${base}?peer=${LAPTOP}&at=10.0.0.256:1`,
    'an octal number': `${base}?peer=${LAPTOP}&at=10.0.0.010:1`,
    'IPv6 without brackets': `${base}?peer=${LAPTOP}&at=fe80::1:4001`,
    'IPv6 that is none': `${base}?peer=${LAPTOP}&at=[fe80:::1]:4001`,
    'too long': `${base}?later=${'x'.repeat(INVITE_CHARS_MAX)}`,
    'too many addresses': `${base}?peer=${LAPTOP}${'&at=10.0.0.7:1'.repeat(17)}`,
  }
  for (const [name, link] of Object.entries(nonsense)) {
    await t.test(name, () => assert.throws(() => decodeInvite(link), { code: 'bad_input' }))
  }
})
