// How people become contacts, between two real nodes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { isTidingsError, TidingsError } from '../../src/core/errors.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { friends, partsOf, person, type Person, until } from './nodes.ts'

const stateOf = (who: Person, other: Person): string | undefined =>
  who.node.contacts().find(({ account }) => account === other.account)?.state

const refuses = (code: string) => (error: unknown) => isTidingsError(error) && error.code === code

test('a request is shown with its words, and accepted', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  await ann.add(bob, 'Ann from the lab')
  assert.equal(stateOf(ann, bob), 'requested')
  await until(() => stateOf(bob, ann) === 'incoming', 'the request is there')
  const [request] = bob.node.contacts()
  assert.equal(request?.name, 'ann')
  assert.equal(request?.request, 'Ann from the lab')
  await assert.rejects(bob.node.send('ann', 'too early'), refuses('not_a_contact'))

  await bob.node.acceptContact('ann')
  await until(() => ann.online(bob) && bob.online(ann), 'both see the other online')
  assert.equal(stateOf(ann, bob), 'friend')
  assert.equal(stateOf(bob, ann), 'friend')
  await until(async () => (await bob.texts(ann)).length === 1, 'the words opened the conversation')
  assert.deepEqual(await bob.texts(ann), ['Ann from the lab'])
})

test('what is sent before the request is accepted arrives afterwards', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  await ann.add(bob)
  await ann.node.send('bob', 'first')
  await until(() => stateOf(bob, ann) === 'incoming', 'the request is there')
  assert.equal((await bob.node.history(ann.account, { limit: 10 })).length, 0)
  await bob.node.acceptContact('ann')
  await until(async () => (await bob.texts(ann)).length === 1, 'it arrived')
})

test('a request that is turned down is over on both sides, also after a restart', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  await ann.add(bob)
  await until(() => stateOf(bob, ann) === 'incoming', 'the request is there')
  await bob.node.rejectContact('ann')
  await until(() => stateOf(ann, bob) === undefined, 'ann heard of it')
  await ann.stop()
  await ann.start()
  assert.equal(stateOf(ann, bob), undefined)
  assert.equal(stateOf(bob, ann), undefined)
})

test('a request to somebody who is away is answered when they are back', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  const invite = bob.node.invite()
  await bob.stop()
  await ann.node.addContact(invite, {}, AbortSignal.timeout(5000))
  await bob.start()
  await until(() => stateOf(bob, ann) === 'incoming', 'the request came')
})

test('whoever is accepted while away is looked for where they said that they listen', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  await ann.add(bob)
  await until(() => stateOf(bob, ann) === 'incoming', 'the request is there')
  const { net } = partsOf(bob)
  const device = partsOf(ann).self.device
  net.session(device)?.close('stranger', 'the time for nodes that are no contacts is over')
  await until(() => net.session(device) === undefined, 'the session ended')
  await bob.node.acceptContact('ann')
  await until(() => ann.online(bob) && bob.online(ann), 'both see the other online')
  // Ann asks again by herself only seconds later.
  assert.equal(net.session(device)?.initiator, true)
})

test('nothing of a blocked sender is stored or shown', async (t) => {
  const [ann, bob] = await friends(t)
  await bob.node.blockContact('ann')
  await until(() => !ann.online(bob), 'the session ended')
  const seen = bob.events.length
  await ann.node.send('bob', 'can you hear me?')
  await ann.stop()
  await ann.start()
  await sleep(4000)
  assert.deepEqual(await bob.texts(ann), [])
  assert.equal(bob.online(ann), false)
  assert.deepEqual(
    bob.events.slice(seen).filter(({ type }) => type === 'message'),
    [],
  )
  await assert.rejects(bob.node.send('ann', 'x'), refuses('contact_blocked'))
})

test('when one removes the other it is over for both, until one asks anew', async (t) => {
  const ann = await person(t, 'ann')
  const bob = await person(t, 'bob')
  await ann.add(bob)
  await until(() => stateOf(bob, ann) === 'incoming', 'the request is there')
  await bob.node.acceptContact('ann')
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  await bob.node.removeContact('ann')
  await until(() => stateOf(ann, bob) === undefined, 'ann does not hold bob any more')
  assert.equal(stateOf(bob, ann), undefined)
  await bob.add(ann)
  await until(() => stateOf(ann, bob) === 'incoming', 'bob asks anew')
  await ann.node.acceptContact('bob')
  await until(() => ann.online(bob) && bob.online(ann), 'they hold each other again')
})

test('who was removed or turned down no longer looks for who did that', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  const { net } = partsOf(ann)
  const { device } = partsOf(bob).self
  const kept = new Set<DeviceId>()
  const [keep, release] = [net.keep.bind(net), net.release.bind(net)]
  net.keep = (one, addresses) => {
    kept.add(one)
    keep(one, addresses)
  }
  net.release = (one) => {
    kept.delete(one)
    release(one)
  }
  await ann.add(bob)
  await until(() => stateOf(bob, ann) === 'incoming', 'the request is there')
  assert.ok(kept.has(device))
  await bob.node.rejectContact('ann')
  await until(() => stateOf(ann, bob) === undefined, 'it is over')
  await until(() => !kept.has(device), 'bob is not looked for, who turned it down')

  await ann.add(bob)
  await until(() => stateOf(bob, ann) === 'incoming', 'ann asks anew')
  await bob.node.acceptContact('ann')
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  assert.ok(kept.has(device))
  await bob.node.removeContact('ann')
  await until(() => !kept.has(device), 'nor when bob removed ann')
  assert.equal(stateOf(ann, bob), undefined)
})

test('who was removed and added again while away is held until one parts', async (t) => {
  const [ann, bob] = await friends(t)
  // Later than any other, so that the two would keep different ones.
  const request = 'f'.repeat(16)
  for (const [one, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    await partsOf(one).book.update(other.account as AccountId, (known) => ({ ...known, request }))
  }
  await bob.stop()
  await ann.node.removeContact(bob.account)
  await ann.node.addContact(bob.account, {}, AbortSignal.timeout(5000))
  await bob.start()
  await until(() => ann.online(bob) && bob.online(ann), 'they are contacts')
  await ann.node.removeContact('bob')
  await until(() => stateOf(bob, ann) === undefined, 'it is over for bob too')
  assert.equal(stateOf(ann, bob), undefined)
})

test('of two answers to one request at the same moment the first counts', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  await bob.add(ann)
  await until(() => stateOf(ann, bob) === 'incoming', 'the request is there')
  const { node } = ann
  const late = assert.rejects(
    Promise.all([node.acceptContact('bob'), node.rejectContact('bob')]),
    refuses('no_request'),
  )
  await late
  await until(() => ann.online(bob) && bob.online(ann), 'they are contacts')
  await node.send('bob', 'hello')
  await until(async () => (await bob.texts(ann)).length === 1, 'bob has it')
})

test('two who ask each other at the same moment are contacts, and can part', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  await Promise.all([ann.add(bob), bob.add(ann)])
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  await ann.node.removeContact('bob')
  await until(() => stateOf(bob, ann) === undefined, 'it is over for bob too')
})

test('oneself, a dead address and another device at the address are told apart', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  const cleo = await person(t, 'cleo')
  const signal = AbortSignal.timeout(20_000)
  await assert.rejects(ann.node.addContact(ann.account, {}, signal), refuses('contact_is_self'))
  await assert.rejects(ann.node.addContact(ann.address, {}, signal), refuses('contact_is_self'))
  await assert.rejects(ann.node.addContact('127.0.0.1:1', {}, signal), refuses('unreachable'))
  const [, bobs] = /\/p2p\/(\w+)$/.exec(bob.address) ?? []
  const wrong = cleo.address.replace(/\/p2p\/\w+$/, `/p2p/${bobs}`)
  await assert.rejects(ann.node.addContact(wrong, {}, signal), refuses('identity_mismatch'))
  assert.deepEqual(ann.node.contacts(), [])
})

test('safety numbers are the same on both sides, and different for others', async (t) => {
  const [ann, bob] = await friends(t)
  const ofBob = ann.node.showContact('bob').safetyNumber
  assert.equal(ofBob, bob.node.showContact('ann').safetyNumber)
  assert.match(ofBob, /^(\d{5} ){11}\d{5}$/)
  assert.equal((await ann.node.verifyContact('bob', true)).verified, true)
})

test('an alias is what is shown and what finds a contact', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.renameContact('bob', 'Bob of the lab')
  await ann.node.send('Bob of the lab', 'hello')
  await until(async () => (await bob.texts(ann)).length === 1, 'it arrived')
  await bob.node.send('ann', 'hi')
  await until(async () => (await ann.texts(bob)).length === 2, 'the answer arrived')
  const messages = await ann.node.history('bob', { limit: 1 })
  assert.equal(messages[0]?.authorName, 'Bob of the lab')
  await assert.rejects(ann.node.renameContact('bob', 'a\u001b[31m'), refuses('bad_name'))
})

test('a name that was used a moment ago finds whoever goes by it now', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('@bob', 'hello')
  await ann.node.renameContact('bob', 'robert')
  assert.equal((await ann.node.send('@robert', 'again')).seq, 2)
  await ann.node.renameContact('robert', 'rob')
  await assert.rejects(ann.node.send('@robert', 'nobody'), refuses('unknown_name'))
  await ann.node.blockContact('@rob')
  await assert.rejects(ann.node.send('@rob', 'blocked'), refuses('contact_blocked'))
  await until(async () => (await bob.texts(ann)).length === 2, 'they arrived')
})

test('a contact is found by address, multiaddr and invite link, a stranger is not', async (t) => {
  const [ann, bob] = await friends(t)
  const cleo = await person(t, 'cleo')
  const place = bob.address.replace(/\/p2p\/\w+$/, '')
  const [, port] = /tcp\/(\d+)/.exec(place) ?? []
  for (const who of [bob.node.invite(), bob.address, place, `127.0.0.1:${port}`]) {
    assert.equal(ann.node.showContact(who).account, bob.account, who)
    assert.equal((await ann.node.send(who, 'hi')).state !== undefined, true)
  }
  assert.throws(() => ann.node.showContact(cleo.node.invite()), refuses('unknown_name'))
  assert.throws(() => ann.node.showContact(cleo.address), refuses('unknown_name'))
  // Whose port it is that bob was called from is not where he can be called.
  const home = ann.address.replace(/\/p2p\/\w+$/, '')
  const elsewhere = bob.node.showContact('ann').addresses.filter((address) => address !== home)
  assert.deepEqual(elsewhere, [])

  const blocked = await ann.node.blockContact(cleo.node.invite())
  assert.deepEqual([blocked.account, blocked.state], [cleo.account, 'blocked'])
})

test('the history of somebody who was removed stays, and is found by name', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('bob', 'hello')
  await ann.node.removeContact('bob')
  for (const who of ['bob', '@bob', bob.account]) {
    const [message] = await ann.node.history(who, { limit: 10 })
    assert.equal(message?.text, 'hello', who)
  }
  assert.equal(ann.node.sync('bob').length, 1)
  await assert.rejects(ann.node.send('bob', 'more'), refuses('not_a_contact'))
  await assert.rejects(ann.node.renameContact('bob', 'b'), refuses('unknown_name'))
})

test('asking again with the same words says them once', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  for (const words of ['hello', 'hello', 'hello?']) await ann.add(bob, words)
  assert.deepEqual(await ann.texts(bob), ['hello', 'hello?'])
})

test('asking again where the words were not written the first time says them', async (t) => {
  const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob')]
  const { store } = partsOf(ann).init
  const commit = store.commit.bind(store)
  let commits = 0
  // The contact is kept, and then the disk is full.
  store.commit = (batch) =>
    ++commits > 1 ? Promise.reject(new TidingsError('disk_full', 'no room')) : commit(batch)
  await assert.rejects(ann.add(bob, 'hello'), refuses('disk_full'))
  store.commit = commit
  await ann.add(bob, 'hello')
  assert.deepEqual(await ann.texts(bob), ['hello'])
})
