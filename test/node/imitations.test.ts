// Whose name a name imitates, among those whom the user holds as contacts.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId } from '../../src/core/id.ts'
import { newContact } from '../../src/node/people/contact-record.ts'
import { Imitations } from '../../src/node/people/imitations.ts'
import type { ContactRecord } from '../../src/store/store.ts'

const account = (letter: string): AccountId => letter.repeat(51).padEnd(52, '0') as AccountId
const STRANGER = account('s')
// With a Cyrillic first letter.
const FAKE_ANNA = '\u0410nna'

function imitations(...contacts: ContactRecord[]): Imitations {
  const all = new Imitations({ me: account('m'), myName: () => 'Max' })
  for (const contact of contacts) all.update(undefined, contact)
  return all
}

const anna = newContact(account('a'), { state: 'friend', name: 'Anna' })
const bob = newContact(account('b'), { state: 'friend', name: 'Bob', alias: 'The boss' })

test('a stranger with a name like that of a contact imitates them', () => {
  const all = imitations(anna, bob)
  assert.equal(all.by(FAKE_ANNA, STRANGER), 'Anna')
  assert.equal(all.by('ANNA', undefined), 'Anna')
  assert.equal(all.by('Cleo', STRANGER), undefined)
  assert.equal(all.by('', STRANGER), undefined)
})

test('both the name and the alias of a contact are theirs', () => {
  const all = imitations(anna, bob)
  assert.equal(all.by('Bob', STRANGER), 'The boss')
  assert.equal(all.by('The B0SS', STRANGER), 'The boss')
})

test('a contact that comes back under another account is told from the one known', () => {
  const back = newContact(STRANGER, { state: 'incoming', name: 'Anna' })
  assert.equal(imitations(anna, back).byContact(back), 'Anna')
})

test('nobody imitates themselves, and whoever is called as oneself imitates oneself', () => {
  const all = imitations(anna)
  assert.equal(all.by('Anna', anna.account), undefined)
  assert.equal(all.byContact(anna), undefined)
  assert.equal(all.by('max', STRANGER), 'you')
  assert.equal(all.by('Max', account('m')), undefined)
})

test('somebody who only asks, is blocked or no contact any more is imitated by nobody', () => {
  for (const standing of [
    { state: 'incoming' },
    { state: 'blocked' },
    { state: 'incoming', declined: true },
  ] as const) {
    assert.equal(imitations({ ...anna, ...standing }).by('Anna', STRANGER), undefined)
  }
})

test('of two contacts with one name both are marked, until an alias tells them apart', () => {
  const other = newContact(account('c'), { state: 'friend', name: FAKE_ANNA })
  const all = imitations(anna, other)
  assert.equal(all.byContact(other), 'Anna')
  assert.equal(all.byContact(anna), FAKE_ANNA)
  const known = { ...other, alias: 'Anna of the lab' }
  all.update(other, known)
  assert.equal(all.byContact(known), undefined)
  assert.equal(all.byContact(anna), undefined)
  assert.equal(all.by('Anna', STRANGER), 'Anna')
})

test('a contact is not made suspicious by somebody who was only asked', () => {
  const asked = newContact(account('c'), { state: 'requested', name: 'Anna' })
  const all = imitations(anna, asked)
  assert.equal(all.byContact(anna), undefined)
  assert.equal(all.byContact(asked), 'Anna')
})

test('a contact that goes, or takes another name, is no longer imitated by the old one', () => {
  const all = imitations(anna)
  const renamed = { ...anna, name: 'Cleo' }
  all.update(anna, renamed)
  assert.equal(all.by('Anna', STRANGER), undefined)
  assert.equal(all.by('CLE0', STRANGER), 'Cleo')
  all.update(renamed, { ...renamed, state: 'blocked' })
  assert.equal(all.by('Cleo', STRANGER), undefined)
})

test('a crowd nearby is looked at in a moment', () => {
  const crowd = Array.from({ length: 2000 }, (_, i) =>
    newContact(`${i}`.padEnd(52, 'c') as AccountId, { state: 'friend', name: `Contact ${i}` }),
  )
  const all = imitations(...crowd)
  const before = performance.now()
  for (let i = 0; i < 1024; i++) all.by(`Node ${i}`, STRANGER)
  assert.ok(performance.now() - before < 500)
})
