// Becoming contacts across hosts, in every way there is to name somebody.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Lan, lanMissing } from './harness.ts'
import { befriend, Resident, until } from './resident.ts'

const skip = lanMissing()

test(
  'by nearby name, HOST:PORT, multiaddr and invite link; accepted, rejected, blocked',
  { skip },
  async (t) => {
    await using lan = new Lan()
    lan.network('ship')
    const names = ['ann', 'bob', 'cleo', 'dora', 'emil']
    const people: Resident[] = []
    await using stack = new AsyncDisposableStack()
    for (const [i, name] of names.entries()) {
      const host = lan.host(name)
      host.plug('ship', `10.77.0.${i + 1}/24`)
      const who = stack.use(await Resident.settle(name, host))
      await who.start()
      people.push(who)
    }
    const [ann, bob, cleo, dora, emil] = people
    assert.ok(ann && bob && cleo && dora && emil)
    await until(() => ann.sees(bob), 'ann sees bob', 5000)
    const [address = ''] = cleo.ready.addresses
    const [, host, port] = /^\/ip4\/([\d.]+)\/tcp\/(\d+)/.exec(address) ?? []
    const ways: [Resident, string][] = [
      [bob, 'bob'],
      [cleo, `${host}:${port}`],
      [dora, dora.ready.addresses[0] ?? ''],
      [emil, (await emil.client.invite()).link],
    ]
    for (const [who, named] of ways) {
      await t.test(`${who.name} by ${named.slice(0, 40)}`, async () => {
        await ann.client.contact.add({ who: named, message: `hello ${who.name}` })
        assert.equal((await ann.contact(who))?.state, 'requested')
        await until(async () => (await who.contact(ann))?.state === 'incoming', 'asked', 5000)
      })
    }

    await bob.client.contact.accept({ who: 'ann' })
    await until(() => ann.isOnline(bob), 'bob accepted', 5000)
    await until(async () => (await bob.texts(ann)).length === 1, 'the first words are there', 5000)
    assert.deepEqual(await bob.texts(ann), ['hello bob'])

    await cleo.client.contact.reject({ who: 'ann' })
    await until(async () => (await ann.contact(cleo)) === undefined, 'ann heard of it', 5000)

    await dora.client.contact.block({ who: 'ann' })
    await ann.send(dora, 'are you there?')
    await ann.send(emil, 'are you there?')
    await sleep(5000)
    // Blocked, and unknown since the request was not accepted: nothing is stored or shown.
    for (const who of [dora, emil]) {
      assert.deepEqual(await who.texts(ann), [])
      assert.deepEqual(
        await who.client
          .sync()
          .then((all) => all.flatMap((each) => each.devices).filter((each) => each.have > 0)),
        [],
      )
      assert.equal(
        (await ann.history(who)).every(({ state }) => state === 'queued'),
        true,
      )
    }
  },
)

test('a name that two nodes carry is not resolved silently', { skip }, async () => {
  await using lan = new Lan()
  lan.network('ship')
  await using stack = new AsyncDisposableStack()
  const people: Resident[] = []
  for (const [i, name] of ['ann', 'max', 'max'].entries()) {
    const host = lan.host(`h${i}`)
    host.plug('ship', `10.77.0.${i + 1}/24`)
    const who = stack.use(await Resident.settle(name, host))
    await who.start({ accept: 'auto' })
    people.push(who)
  }
  const [ann, first, second] = people
  assert.ok(ann && first && second)
  await until(async () => (await ann.sees(first)) && (await ann.sees(second)), 'both seen', 5000)
  await assert.rejects(ann.client.contact.add({ who: 'max' }), { code: 'ambiguous_name' })
  assert.deepEqual(await ann.client.contacts(), [])
  await befriend(ann, first)
})
