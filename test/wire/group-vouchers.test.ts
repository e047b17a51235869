// Vouchers: what they say counts only where everything in them is signed by whom it is by.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Entry } from '../../src/core/entry.ts'
import type { DeviceList, GroupVoucher } from '../../src/core/frames.ts'
import type { AccountId } from '../../src/core/id.ts'
import { closeRun, cutRun, emptyHead, type Run } from '../../src/core/run.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { readVouched } from '../../src/wire/group-vouchers.ts'
import { type Author, author, conversationId } from '../core/authors.ts'

const [ann, bob, eve] = [author('ann'), author('bob'), author('eve')]
const [annsAccount, bobsAccount, evesAccount] = [author('a'), author('b'), author('e')]

/** The accounts of this file are keys too. */
const idOf = ({ device }: Author): AccountId => device as string as AccountId
const listOf = (account: Author, { device }: Author): DeviceList =>
  signDeviceList(idOf(account), 1, [device], account.signer)

const said = (body: Entry['body']): Uint8Array => encodeEntry({ wallTimeMs: 1, deps: [], body })
const ANN = listOf(annsAccount, ann)
const BOB = listOf(bobsAccount, bob)
const CREATE = said({
  kind: 'group_create',
  nonce: new Uint8Array(16),
  name: 'crew',
  topic: '',
  open: false,
  devices: ANN,
  displayName: 'Ann',
})
const CREW = groupId(CREATE)
const ADD = said({ kind: 'group_add', devices: BOB, displayName: 'Bob' })
const TEXT = said({ kind: 'text', text: 'hi' })

/** Entries 1 to 4 of Ann's log, of which the second adds Bob. */
function annsRun(conversation = CREW, entries = [CREATE, ADD, TEXT, TEXT]): Run {
  const log = { conversation, device: ann.device }
  return closeRun(log, emptyHead(conversation, ann.device), entries, ann.signer).run
}

const voucher = (run = cutRun(annsRun(), 2), devices = ANN): GroupVoucher => ({ devices, run })

test('a run that is cut where somebody was added shows that, with all that follows', () => {
  const { run } = voucher()
  assert.deepEqual([run.first, run.entries.length], [2, 3])
  assert.deepEqual(readVouched(voucher()), {
    account: idOf(bobsAccount),
    by: idOf(annsAccount),
    entry: { device: ann.device, seq: 2 },
  })
})

test('a run that is cut where it begins is the same', () => {
  assert.deepEqual(cutRun(annsRun(), 1), annsRun())
})

const forgedAdd = said({ kind: 'group_add', devices: listOf(evesAccount, eve), displayName: 'Eve' })
const unsigned = { ...BOB, signature: new Uint8Array(64) }

const WORTHLESS: Record<string, GroupVoucher> = {
  'a run that begins elsewhere': voucher(annsRun()),
  'a run that was signed with another entry': voucher({
    ...voucher().run,
    entries: [forgedAdd, TEXT, TEXT],
  }),
  'an entry at another place': voucher({ ...voucher().run, first: 3 }),
  'a run as one of another device': voucher(
    { ...voucher().run, device: eve.device },
    listOf(evesAccount, eve),
  ),
  'a run as one of another group': voucher({
    ...voucher().run,
    conversation: conversationId('tea'),
  }),
  'a run that ends before it is signed': voucher({ ...voucher().run, entries: [ADD] }),
  'a list that does not name the device': voucher(undefined, BOB),
  'a list that nobody signed': voucher(undefined, { ...ANN, signature: new Uint8Array(64) }),
  'a list in the entry that nobody signed': voucher(
    cutRun(
      annsRun(CREW, [CREATE, said({ kind: 'group_add', devices: unsigned, displayName: 'Bob' })]),
      2,
    ),
  ),
  'a first entry behind another beginning': voucher({ ...cutRun(annsRun(), 2), first: 1 }),
}

for (const [name, worthless] of Object.entries(WORTHLESS)) {
  test(`${name} shows nothing`, () => assert.equal(readVouched(worthless), undefined))
}
