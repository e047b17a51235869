// What of a group's entries can be told from themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type AccountId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { groupEntryBody } from '../../src/wire/group-entry.ts'
import { makeKeys } from '../net/peers.ts'

const ann = makeKeys<AccountId>(Buffer.alloc(32, 1))
const eve = makeKeys<AccountId>(Buffer.alloc(32, 2))
const device = makeKeys<DeviceId>(Buffer.alloc(32, 3)).id
const devices = signDeviceList(ann.id, 1, [device], ann.sign)
const forged = signDeviceList(ann.id, 2, [device], eve.sign)

const create = (list = devices, nonce = 7): Uint8Array => {
  const made = { name: 'crew', topic: '', open: false, nonce: Buffer.alloc(16, nonce) }
  const body = { kind: 'group_create', ...made, devices: list, displayName: 'ann' } as const
  return encodeEntry({ wallTimeMs: 1, deps: [], body })
}

test('a group is made by the entry that it is named after, at the beginning of a log', () => {
  const entry = create()
  const id = groupId(entry)
  assert.equal(groupEntryBody(id, { seq: 1 }, entry)?.kind, 'group_create')
  assert.equal(groupEntryBody(id, { seq: 2 }, entry), undefined)
  assert.equal(groupEntryBody(id, { seq: 1 }, create(devices, 8)), undefined)
})

test('entries with a list that its account did not sign are passed over', () => {
  const entry = create(forged)
  assert.equal(groupEntryBody(groupId(entry), { seq: 1 }, entry), undefined)
  const id = groupId(create())
  for (const kind of ['group_add', 'group_devices'] as const) {
    const said = (list: typeof devices): Uint8Array =>
      encodeEntry({ wallTimeMs: 1, deps: [], body: { kind, devices: list, displayName: 'ann' } })
    assert.equal(groupEntryBody(id, { seq: 2 }, said(devices))?.kind, kind)
    assert.equal(groupEntryBody(id, { seq: 2 }, said(forged)), undefined)
  }
})

test('entries of other kinds are none of the group', () => {
  const id = groupId(create())
  const text = encodeEntry({ wallTimeMs: 1, deps: [], body: { kind: 'text', text: 'hi' } })
  assert.equal(groupEntryBody(id, { seq: 2 }, text), undefined)
  const account = idFromBytes<AccountId>(Buffer.alloc(32, 9))
  const body = { kind: 'group_remove', account, ends: new Map<DeviceId, number>() } as const
  const removal = encodeEntry({ wallTimeMs: 1, deps: [], body })
  assert.equal(groupEntryBody(id, { seq: 2 }, removal)?.kind, 'group_remove')
})
