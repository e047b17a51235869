// One profile on two machines of one network: found by mDNS under the same device key at first, and
// then each under its own.
import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import { importProfile } from '../../src/daemon/backup.ts'
import { Lan, lanMissing } from './harness.ts'
import { befriend, Resident, ship, until } from './resident.ts'

test(
  'a profile that runs on two machines goes on as two devices, and nothing is lost',
  { skip: lanMissing() },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    await ann.start()
    await bob.start()
    await befriend(ann, bob)
    await ann.stop()
    const bridge = lan.host('bridge')
    bridge.plug('ship', '10.77.0.3/24')
    const twin = stack.use(await Resident.settle('ann', bridge))
    await cp(path.join(ann.home, 'profiles'), path.join(twin.home, 'profiles'), { recursive: true })
    await Promise.all([ann.start(), twin.start()])
    assert.equal(ann.ready.peerId, twin.ready.peerId)
    const texts: string[] = []
    for (let i = 0; i < 20; i++) {
      for (const [name, one] of [
        ['deck', ann],
        ['bridge', twin],
      ] as const) {
        await one.send(bob, `${name} ${i}`)
        texts.push(`${name} ${i}`)
      }
    }
    await bob.send(ann, 'to both of you')
    const wanted = [...texts, 'to both of you'].toSorted().join()
    const has = async (one: Resident, other: Resident): Promise<boolean> =>
      (await one.texts(other)).toSorted().join() === wanted
    const all = async (): Promise<boolean> =>
      (await has(bob, ann)) && (await has(ann, bob)) && (await has(twin, bob))
    const tookMs = await until(all, 'all three have everything once', 60_000)
    t.diagnostic(`all three agree after ${tookMs} ms`)
    const order = await bob.texts(ann)
    assert.deepEqual(await ann.texts(bob), order)
    assert.deepEqual(await twin.texts(bob), order)
    const status = async (one: Resident): Promise<string> => (await one.client.whoami()).peerId
    assert.notEqual(await status(ann), await status(twin))
    // And live, once each is a device of its own.
    await until(() => ann.isOnline(bob), 'ann is online', 20_000)
    await until(() => twin.isOnline(bob), 'her other machine is online', 20_000)
    await ann.send(bob, 'deck at last')
    await twin.send(bob, 'bridge at last')
    const live = async (): Promise<boolean> =>
      [await ann.texts(bob), await twin.texts(bob), await bob.texts(ann)].every(
        (each) => each.includes('deck at last') && each.includes('bridge at last'),
      )
    await until(live, 'both are heard by all', 10_000)
    const toldApart = async (): Promise<boolean> => {
      const nearby = await ann.client.nearby()
      const peerId = await status(twin)
      const others = nearby.filter(({ own }) => !own).map(({ name }) => name)
      return others.join() === 'bob' && nearby.some((each) => each.own && each.peerId === peerId)
    }
    await until(toldApart, 'ann sees bob and her other machine, and which is hers', 20_000)
  },
)

test(
  'a profile put back on another machine is met by those, too, whose firewall lets nobody in',
  { skip: lanMissing() },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    await ann.start()
    await bob.start()
    await befriend(ann, bob)
    const file = path.join(bob.home, 'bob.tidings')
    const password = 'open sesame'
    await bob.client.call('profile.export', { file, password })
    await bob.stop()
    const syn = 'tcp flags & (fin | syn | rst | ack) == syn'
    ann.host.rules(
      `table inet filter { chain in { type filter hook input priority 0; ${syn} drop; }; }\n`,
    )
    const bridge = lan.host('bridge')
    bridge.plug('ship', '10.77.0.3/24')
    const twin = stack.use(await Resident.settle('bob', bridge))
    const { dataDir } = findPlaces({ home: twin.home, profile: twin.name })
    await importProfile(dataDir, { file, password, newPassword: undefined })
    await twin.start()
    const tookMs = await until(() => ann.isOnline(twin), 'they are in a session', 20_000)
    t.diagnostic(`in a session after ${tookMs} ms`)
    await twin.send(ann, 'here again')
    await until(async () => (await ann.texts(twin)).includes('here again'), 'ann has it', 5000)
  },
)
