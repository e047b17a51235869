// How many requests strangers may make, together and from one address.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId, DeviceId } from '../../src/core/id.ts'
import {
  DEVICES_MAX,
  NAME_BYTES_MAX,
  REQUEST_TEXT_BYTES_MAX,
  REQUESTS_PENDING_MAX,
  REQUESTS_PER_HOUR_MAX,
} from '../../src/core/limits.ts'
import { RequestQuota } from '../../src/node/people/request-quota.ts'
import { recordToJson } from '../../src/store/record-json.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { Foe } from '../fire/foe.ts'
import { makeKeys } from '../net/peers.ts'
import { person, until } from './nodes.ts'

const HOUR_MS = 3_600_000

/** A user who answers nothing, and who asked. */
class Desk {
  nowMs = 1_700_000_000_000
  readonly pending: { account: AccountId; state: 'incoming'; declined: boolean }[] = []
  private readonly quota = new RequestQuota(() => this.nowMs)

  /** Somebody new asks from there; whether it is shown. */
  ask(address: string): boolean {
    const account = `asker ${this.pending.length} ${address}` as AccountId
    const shown = this.quota.take(this.pending, { account, address })
    if (shown) this.pending.push({ account, state: 'incoming', declined: false })
    return shown
  }

  /** How many of so many are shown. */
  flood(count: number, address: (i: number) => string): number {
    let shown = 0
    for (let i = 0; i < count; i++) if (this.ask(address(i))) shown += 1
    return shown
  }
}

const evil = (): string => '/ip4/10.0.0.66/tcp/4001'
const evils = (i: number): string => `/ip4/10.0.1.${i % 250}/tcp/${4000 + i}`
const FRIEND = '/ip4/10.0.0.7/tcp/4001'

test('all strangers together get so many requests in an hour', () => {
  const desk = new Desk()
  assert.equal(desk.flood(500, evils), REQUESTS_PER_HOUR_MAX)
  assert.equal(desk.ask(FRIEND), false)
  desk.nowMs += HOUR_MS
  assert.equal(desk.ask(FRIEND), true)
})

test('one address gets a quarter of it, whichever its ports and identities', () => {
  const desk = new Desk()
  const ports = (i: number): string => `/ip4/10.0.0.66/tcp/${i}`
  assert.equal(desk.flood(500, ports), REQUESTS_PER_HOUR_MAX / 4)
  assert.equal(desk.ask(FRIEND), true)
})

test('a flood from one address for days leaves room for the request of a friend', () => {
  const desk = new Desk()
  let shown = 0
  for (let hour = 0; hour < 72; hour++) {
    shown += desk.flood(50, evil)
    desk.nowMs += HOUR_MS
  }
  assert.equal(shown, REQUESTS_PENDING_MAX / 4)
  assert.equal(desk.ask(FRIEND), true)
})

test('those that were answered make room for more', () => {
  const desk = new Desk()
  for (let hour = 0; hour < 3; hour++) {
    desk.flood(50, evil)
    desk.nowMs += HOUR_MS
  }
  assert.equal(desk.ask(evil()), false)
  for (const contact of desk.pending) contact.declined = true
  assert.equal(desk.ask(evil()), true)
})

test('no more wait than a user can be shown, wherever they come from', () => {
  const desk = new Desk()
  for (let hour = 0; hour < 10; hour++) {
    desk.flood(100, evils)
    desk.nowMs += HOUR_MS
  }
  assert.equal(desk.pending.length, REQUESTS_PENDING_MAX)
})

test('a clock that was set back does not keep the quota used up', () => {
  const desk = new Desk()
  desk.flood(100, evils)
  desk.nowMs -= 10 * HOUR_MS
  assert.equal(desk.ask(FRIEND), true)
})

test('what a stranger leaves on disk is bounded: name, words and devices', async (t) => {
  const ann = await person(t, 'ann')
  const victim = ann.node.identity().account
  const device = makeKeys<DeviceId>()
  const account = makeKeys<AccountId>()
  const others = Array.from({ length: DEVICES_MAX - 1 }, () => makeKeys<DeviceId>().id)
  const devices = signDeviceList(account.id, 1, [device.id, ...others], account.sign)
  // A quotation mark takes two bytes in JSON.
  const name = '"'.repeat(NAME_BYTES_MAX)
  await using foe = new Foe(
    { address: ann.address, account: victim },
    { account, device, devices, name },
  )
  await foe.greet()
  foe.say({ type: 'contact', request: 'r'.repeat(64), text: '"'.repeat(REQUEST_TEXT_BYTES_MAX) })
  await until(() => ann.node.contacts().length === 1, 'the request is shown')
  foe.hangUp()
  await ann.stop()
  const store = await ann.openStore()
  const [[, record] = []] = await store.all('contact')
  await store.close()
  await ann.start()
  assert.equal(record?.devices?.devices.length, DEVICES_MAX)
  const bytes = recordToJson(record).byteLength
  assert.ok(bytes < 10 * 1024, `${bytes} bytes`)
})
