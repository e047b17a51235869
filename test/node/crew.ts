// A group of people who all hold each other as contacts, on real nodes.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

import type { GroupView } from '../../src/node/groups/group-types.ts'
import type { MessageView } from '../../src/node/node-types.ts'
import { person, type Person, until } from './nodes.ts'

/** People who all hold each other as contacts and are online. */
export async function circle(t: TestContext, names: readonly string[]): Promise<Person[]> {
  const people: Person[] = []
  for (const name of names) people.push(await person(t, name, { accept: 'auto' }))
  for (const [i, one] of people.entries()) {
    for (const other of people.slice(i + 1)) {
      await one.add(other)
      await until(() => one.online(other) && other.online(one), 'they are online')
    }
  }
  return people
}

export function groupOf(who: Person, name = 'crew'): GroupView | undefined {
  return who.node.groups.list().find((group) => group.name === name)
}

export async function said(who: Person, name = '#crew'): Promise<MessageView[]> {
  return (await who.node.history(name, { limit: 1000 })).filter(({ kind }) => kind === 'text')
}

export const texts = async (who: Person): Promise<string[]> =>
  (await said(who)).map(({ text }) => text)

/** A group of the first with all the others, who joined. */
export async function crew(t: TestContext, names: readonly string[]): Promise<Person[]> {
  const people = await circle(t, names)
  const [ann, ...others] = people
  assert.ok(ann)
  await ann.node.groups.create('crew', {})
  for (const other of others) {
    await ann.node.groups.invite('#crew', other.name)
    await until(() => groupOf(other)?.state === 'joined', `${other.name} has joined`)
  }
  for (const one of people) {
    const all = (): boolean => {
      const members = groupOf(one) ? one.node.groups.members('#crew') : []
      return members.length === names.length && members.every(({ joined }) => joined)
    }
    await until(all, `${one.name} sees everybody`)
  }
  return people
}

/** The admin adds somebody, who takes the invitation; both know. */
export async function join(admin: Person, who: Person): Promise<void> {
  await admin.node.groups.invite('#crew', who.account)
  await until(() => groupOf(who)?.state === 'joined', `${who.name} has joined`)
  const isKnown = (): boolean =>
    admin.node.groups
      .members('#crew')
      .some(({ account, joined }) => account === who.account && joined)
  await until(isKnown, `${admin.name} knows`)
}

/** People in a circle, of whom the first two are in a group with keys. */
export async function crewWithKeys(t: TestContext, names: readonly string[]): Promise<Person[]> {
  const people = await circle(t, names)
  const [ann, bob] = people
  assert.ok(ann && bob)
  await ann.node.groups.create('crew', { history: 'joining' })
  await join(ann, bob)
  return people
}

export const has = (who: Person, text: string): Promise<void> =>
  until(async () => (await texts(who)).includes(text), `${who.name} has "${text}"`)
