// Changes of the network that a host itself can see: a new address, an interface that is made anew,
// no address at all, one of two networks that goes. Each is told to be noticed by the others, and
// then ended; what that took is handed back. For test:lan and test:fire.
import assert from 'node:assert/strict'

import { Lan } from './harness.ts'
import { befriend, Resident, ship, until } from './resident.ts'

const NOTICED_MS_MAX = 15_000
const BACK_MS_MAX = 5000

export interface Change {
  readonly what: string
  readonly noticedMs: number
  readonly backMs: number
}

/** Ann and Bob on one network; Bob's side of it changes. */
export async function changesOfAddress(): Promise<Change[]> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = await ship(lan, stack)
  await ann.start()
  await bob.start()
  await befriend(ann, bob)
  const { host } = bob
  return [
    await change('interface removed and made anew', ann, bob, {
      break: () => host.unplug(),
      mend: () => host.plug('ship', '10.77.0.2/24'),
    }),
    await change('interface made anew with another address', ann, bob, {
      break: () => host.unplug(),
      mend: () => host.plug('ship', '10.77.0.77/24'),
    }),
    await change('no address and no route, then another address', ann, bob, {
      break: () => host.strip(),
      mend: () => host.address('10.77.0.78/24'),
    }),
    await change('interface switched off and on', ann, bob, {
      break: () => host.down(),
      mend: () => host.up(),
    }),
    await change('cable cut and mended', ann, bob, {
      break: () => host.cut(),
      mend: () => host.mend(),
    }),
  ]
}

/** Gus is on two networks; one goes and comes back, then Ann moves to the other one. */
export async function changesOfNetwork(): Promise<Change[]> {
  await using lan = new Lan()
  lan.network('office')
  lan.network('lab')
  await using stack = new AsyncDisposableStack()
  const [desk, bench, gate] = [lan.host('desk'), lan.host('bench'), lan.host('gate')]
  desk.plug('office', '10.78.0.1/24')
  bench.plug('lab', '10.79.0.1/24')
  gate.plug('office', '10.78.0.9/24', 'eth0')
  gate.plug('lab', '10.79.0.9/24', 'eth1')
  const people: Resident[] = []
  for (const [name, host] of [
    ['ann', desk],
    ['bob', bench],
    ['gus', gate],
  ] as const) {
    const who = stack.use(await Resident.settle(name, host))
    await who.start({ accept: 'auto' })
    people.push(who)
  }
  const [ann, bob, gus] = people
  assert.ok(ann && bob && gus)
  await befriend(ann, gus)
  await befriend(bob, gus)
  const one = await change('one of two networks goes and comes back', ann, gus, {
    break: () => gate.unplug('eth0'),
    mend: () => gate.plug('office', '10.78.0.9/24', 'eth0'),
    meanwhile: async () => assert.equal(await bob.isOnline(gus), true, 'the other network goes on'),
  })
  const two = await change('a host moves to the other network', gus, ann, {
    break: () => desk.unplug(),
    mend: () => desk.plug('lab', '10.79.0.2/24'),
  })
  return [one, two]
}

async function change(
  what: string,
  stayer: Resident,
  mover: Resident,
  how: { break: () => void; mend: () => void; meanwhile?: () => Promise<void> },
): Promise<Change> {
  const pids = [stayer.pid, mover.pid]
  how.break()
  const apart = async (): Promise<boolean> =>
    !(await stayer.isOnline(mover)) && !(await mover.isOnline(stayer))
  const noticedMs = await until(apart, `${what}: both notice`, NOTICED_MS_MAX)
  await how.meanwhile?.()
  await stayer.send(mover, `${what}: to you`)
  await mover.send(stayer, `${what}: to me`)
  how.mend()
  const back = async (): Promise<boolean> =>
    (await stayer.isOnline(mover)) &&
    (await mover.isOnline(stayer)) &&
    (await mover.texts(stayer)).includes(`${what}: to you`) &&
    (await stayer.texts(mover)).includes(`${what}: to me`)
  const backMs = await until(back, `${what}: back, with what was missed`, BACK_MS_MAX)
  assert.deepEqual(await stayer.texts(mover), await mover.texts(stayer))
  assert.deepEqual([stayer.pid, mover.pid], pids)
  for (const who of [stayer, mover]) assert.deepEqual(who.mistakes().slice(0, 3), [])
  return { what, noticedMs, backMs }
}
