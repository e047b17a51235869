// A group of five on hosts in a row, each of which reaches its neighbours only: nobody sees all the
// others, most are no contacts, and one carries to the next what the group consists of and says.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Lan, lanMissing } from './harness.ts'
import { Resident, until } from './resident.ts'

const NAMES = ['ann', 'bob', 'cid', 'dan', 'eve'] as const

/** Hosts in a row: each has a network with the next one, and no other. */
async function row(lan: Lan, stack: AsyncDisposableStack): Promise<Resident[]> {
  const people: Resident[] = []
  for (let i = 1; i < NAMES.length; i++) lan.network(`link${i}`)
  for (const [i, name] of NAMES.entries()) {
    const host = lan.host(name)
    if (i > 0) host.plug(`link${i}`, `10.77.${i}.2/24`, 'west')
    if (i < NAMES.length - 1) host.plug(`link${i + 1}`, `10.77.${i + 1}.1/24`, 'east')
    const resident = stack.use(await Resident.settle(name, host))
    await resident.start()
    people.push(resident)
  }
  return people
}

async function textsOf(who: Resident): Promise<string[]> {
  const messages = await who.client.history({ conversation: '#crew', limit: 1000 })
  return messages.filter(({ kind }) => kind === 'text').map(({ text }) => text)
}

const everybody = async (
  people: readonly Resident[],
  holds: (who: Resident) => Promise<boolean>,
): Promise<boolean> => {
  for (const one of people) if (!(await holds(one).catch(() => false))) return false
  return true
}

test(
  'a group of five in a row: nobody sees all, everybody has all',
  { skip: lanMissing() },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const people = await row(lan, stack)
    const [ann, , cid] = people as [Resident, Resident, Resident]
    await ann.client.group.create({ name: 'crew', open: true })
    for (const [i, one] of people.slice(1).entries()) {
      const before = people[i] as Resident
      await until(() => one.sees(before), `${one.name} sees ${before.name}`, 20_000)
      await one.client.group.join({ group: '#crew' })
      const isIn = async (): Promise<boolean> =>
        (await one.client.group.list()).some(({ state }) => state === 'joined')
      t.diagnostic(`${one.name} has joined after ${await until(isIn, 'it is in', 20_000)} ms`)
    }
    for (const one of people) assert.deepEqual(await one.client.contacts(), [])
    const members = async (who: Resident): Promise<number> =>
      (await who.client.group.members({ group: '#crew' })).filter(({ joined }) => joined).length
    await until(
      () => everybody(people, async (one) => (await members(one)) === NAMES.length),
      'everybody knows of everybody',
      20_000,
    )
    // Nobody has a session with more than the neighbours.
    for (const one of people) {
      const all = await one.client.group.members({ group: '#crew' })
      assert.ok(all.filter(({ online, you }) => online && !you).length <= 2, one.name)
    }
    for (let i = 0; i < 10; i++) {
      for (const one of people) {
        await one.client.send({ to: '#crew', text: `${one.name} ${i}` })
      }
    }
    const count = 10 * NAMES.length
    const tookMs = await until(
      () => everybody(people, async (one) => (await textsOf(one)).length === count),
      'everybody has all of it',
      20_000,
    )
    t.diagnostic(`all ${count} messages are everywhere ${tookMs} ms after the last was sent`)
    const order = await textsOf(ann)
    for (const one of people) {
      assert.deepEqual(await textsOf(one), order, one.name)
      const [report] = await one.client.sync({ conversation: '#crew' })
      assert.ok(report?.complete, one.name)
    }

    // The one in the middle is away: what both halves write meets when it is back.
    await cid.stop()
    await people[0]?.client.send({ to: '#crew', text: 'from one end' })
    await people[4]?.client.send({ to: '#crew', text: 'from the other' })
    await cid.start()
    const healedMs = await until(
      () => everybody(people, async (one) => (await textsOf(one)).length === count + 2),
      'both halves have all of it',
      30_000,
    )
    t.diagnostic(`both halves agree ${healedMs} ms after the middle was back`)
    const again = await textsOf(ann)
    for (const one of people) assert.deepEqual(await textsOf(one), again, one.name)

    // Whoever is removed at one end of the row is so at the other, and hears nothing more.
    await ann.client.group.remove({ group: '#crew', who: 'eve' })
    const others = people.slice(0, 4)
    await until(
      () => everybody(others, async (one) => (await members(one)) === NAMES.length - 1),
      'the others know',
      20_000,
    )
    await ann.client.send({ to: '#crew', text: 'four of us' })
    await until(
      () => everybody(others, async (one) => (await textsOf(one)).includes('four of us')),
      'the others have it',
      20_000,
    )
    assert.ok(!(await textsOf(people[4] as Resident)).includes('four of us'))
    for (const one of people) assert.deepEqual(one.mistakes(), [], one.name)
  },
)
