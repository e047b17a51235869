// What people do in groups: now and then something to one of them, and the cases that are hard by
// design (docs/PROTOCOL.md, "Groups"), each at a time of its own in a world that is in trouble
// anyway.
import type { ConversationId } from '../../src/core/id.ts'
import type { Random } from './random.ts'
import type { Replica } from './replica.ts'
import type { World } from './world.ts'

/** Plans all of it. */
export function playGroups(world: World): void {
  const { plan, random, replicas } = world
  const { groups, deeds, scenes, stubborn, gone } = plan.social
  if (groups === 0) return
  for (const replica of replicas) replica.groups.stubborn = stubborn.includes(replica.init.owner)
  for (let i = 0; i < groups; i++) {
    // Early, so that there is time for the rest.
    world.timeline.after(random.int(0, plan.activeMs / 8), () => found(world))
  }
  const times = (count: number, happen: () => void): void => {
    for (let i = 0; i < count; i++) world.atSomeTime(happen)
  }
  times(deeds, () => deed(world))
  times(scenes, () => {
    const scene = random.pick(SCENES)
    const [id] = random.shuffled(world.groups)
    if (id) scene(world, id)
  })
  times(gone, () => goneForGood(world))
}

/** Somebody makes a group and adds some of the others. */
function found(world: World): void {
  const { random, replicas } = world
  const maker = random.pick(replicas.filter(({ up }) => up))
  const id = maker.groups.create(`group ${world.groups.size}`)
  if (!id) return
  world.groups.add(id)
  const others = random.shuffled(replicas).slice(0, random.int(1, replicas.length))
  for (const other of others) {
    world.timeline.after(random.int(500, 5000), () => add(world, maker, other, id))
  }
}

function add(world: World, by: Replica, other: Replica, id: ConversationId): void {
  const { person, init } = other
  const { members } = by.groups.state(id)
  if (by === other || members.has(person.account)) return
  by.groups.add(id, world.registry.listOf(init.owner), other.groups.name)
}

function deed(world: World): void {
  const { random, replicas, groups } = world
  const [id] = random.shuffled(groups)
  const those = replicas.filter((r) => id && r.up && r.groups.canWrite(id))
  if (!id || those.length === 0) return
  const by = random.pick(those)
  const other = random.pick(replicas)
  const { account } = other.person
  const me = by.groups.myself(id)
  // Now and then somebody tries what is not theirs to do, or was removed and goes on.
  if (me?.role !== 'admin' && random.chance(0.7)) {
    if (random.chance(0.2)) by.groups.leave(id)
    return
  }
  const deeds: (() => unknown)[] = [
    () => add(world, by, other, id),
    () => add(world, by, other, id),
    () => add(world, by, other, id),
    () => by.groups.remove(id, account),
    () => by.groups.setRole(id, account, 'admin'),
    () => by.groups.setRole(id, account, 'admin'),
    () => by.groups.setRole(id, account, 'member'),
    () => by.groups.say(id, anyInfo(random)),
    () => by.groups.accept(id),
    () => other.groups.accept(id),
  ]
  random.pick(deeds)()
}

function anyInfo(random: Random) {
  const text = `t${random.int(0, 1e6)}`
  return {
    kind: 'group_info',
    ...(random.chance(0.6) && { name: text }),
    ...(random.chance(0.4) && { topic: random.chance(0.3) ? '' : text }),
    ...(random.chance(0.3) && { open: random.chance(0.5) }),
  } as const
}

function membersUp({ replicas }: World, id: ConversationId): Replica[] {
  return replicas.filter(({ up, groups }) => up && groups.isIn(id))
}

function adminsUp(world: World, id: ConversationId): Replica[] {
  return membersUp(world, id).filter(({ groups }) => groups.myself(id)?.role === 'admin')
}

/** The only admin leaves: somebody who stays becomes one, and goes on as that. */
function lastAdminLeaves(world: World, id: ConversationId): void {
  const { random } = world
  const admins = adminsUp(world, id)
  for (const admin of admins) {
    const { members } = admin.groups.state(id)
    const others = [...members.values()].filter(({ role }) => role === 'admin')
    if (others.length === 1 && members.size > 1) {
      if (random.chance(0.5)) world.part(new Set([admin.index]), () => random.int(1000, 30_000))
      admin.groups.leave(id)
      world.played.add('the last admin leaves')
      for (const each of membersUp(world, id)) say(world, each, id, 8000)
      return
    }
  }
}

/** Two admins, one of higher rank, remove each other while they are apart, and go on. */
function removeEachOther(world: World, id: ConversationId): void {
  const { random } = world
  const [one, other] = random.shuffled(adminsUp(world, id))
  if (!one || !other) {
    promoteSomebody(world, id)
    return
  }
  apart(world, id, one, other)
  const isDone = one.groups.remove(id, other.person.account)
  if (other.groups.remove(id, one.person.account) && isDone) {
    world.played.add('two admins remove each other')
  }
  for (const each of [one, other]) world.timeline.after(2000, () => deedOf(world, each, id))
}

/** Two who were made admins at the same time by different ones, apart, demote each other. */
function demoteEachOther(world: World, id: ConversationId): void {
  const { random } = world
  const [one, other] = random.shuffled(adminsUp(world, id))
  if (!one || !other) {
    promoteSomebody(world, id)
    return
  }
  apart(world, id, one, other)
  const isDone = one.groups.setRole(id, other.person.account, 'member')
  if (other.groups.setRole(id, one.person.account, 'member') && isDone) {
    world.played.add('two admins demote each other')
  }
  for (const each of [one, other]) world.timeline.after(2000, () => deedOf(world, each, id))
}

function apart(world: World, id: ConversationId, one: Replica, other: Replica): void {
  const { random } = world
  const side = new Set([one.index])
  for (const each of membersUp(world, id)) {
    if (each !== other && random.chance(0.5)) side.add(each.index)
  }
  world.part(side, () => random.int(3000, 40_000))
}

function promoteSomebody(world: World, id: ConversationId): void {
  const [admin] = world.random.shuffled(adminsUp(world, id))
  const [other] = world.random.shuffled(membersUp(world, id))
  if (admin && other) admin.groups.setRole(id, other.person.account, 'admin')
}

/** Somebody leaves while an admin, apart, makes them an admin. */
function leaveWhilePromoted(world: World, id: ConversationId): void {
  const { random } = world
  const [admin] = random.shuffled(adminsUp(world, id))
  const [leaver] = random.shuffled(membersUp(world, id).filter((each) => each !== admin))
  if (!admin || !leaver) return
  world.part(new Set([leaver.index]), () => random.int(1000, 30_000))
  const isDone = admin.groups.setRole(id, leaver.person.account, 'admin')
  if (random.chance(0.5)) say(world, leaver, id, 0)
  leaver.groups.leave(id)
  if (isDone) world.played.add('somebody leaves while being promoted')
}

/** Somebody is removed who cannot hear of it, and goes on writing. */
function removedUnheard(world: World, id: ConversationId): void {
  const { random } = world
  const [admin] = random.shuffled(adminsUp(world, id))
  const [removed] = random.shuffled(membersUp(world, id).filter((each) => each !== admin))
  if (!admin || !removed) return
  const side = new Set([removed.index])
  // Somebody who has not heard of it either may be with them.
  for (const each of membersUp(world, id)) {
    if (each !== admin && random.chance(0.3)) side.add(each.index)
  }
  world.part(side, () => random.int(5000, 40_000))
  if (admin.groups.remove(id, removed.person.account)) {
    world.played.add('somebody is removed who goes on unheard')
  }
  for (let i = 0; i < 3; i++) {
    world.timeline.after(random.int(0, 10_000), () => {
      if (random.chance(0.5)) removed.append(id, random.int(1, 3))
      else backdated(world, removed, id)
    })
  }
}

/** What claims less than its author knew: as if it had been written long ago. */
function backdated(world: World, by: Replica, id: ConversationId): void {
  const { random, replicas } = world
  if (!by.groups.canWrite(id)) return
  const { account } = random.pick(replicas).person
  const ends = new Map()
  const kinds = [
    { kind: 'text', text: `back ${by.index}.${random.int(0, 1e9)}` },
    { kind: 'group_remove', account, ends },
    { kind: 'group_role', account, role: 'admin', ends },
    { kind: 'group_role', account, role: 'member', ends },
    anyInfo(random),
    { kind: 'timer', seconds: random.int(1, 60) },
  ] as const
  by.say(id, random.pick(kinds), [])
}

/** Somebody says a last word, and is never seen again. */
function goneForGood(world: World): void {
  const { random, replicas } = world
  const [id] = random.shuffled(world.groups)
  const [last] = random.shuffled(id ? membersUp(world, id) : [])
  // The others are enough to be a group.
  if (!id || !last || replicas.filter(({ away }) => !away).length < 3) return
  last.append(id, random.int(1, 3))
  if (random.chance(0.5)) deedOf(world, last, id)
  world.timeline.after(random.int(100, 8000), () => world.switchOff(last))
}

function deedOf(world: World, by: Replica, id: ConversationId): void {
  const { random, replicas } = world
  if (!by.up || !by.groups.canWrite(id)) return
  const other = random.pick(replicas)
  const deeds: (() => unknown)[] = [
    () => backdated(world, by, id),
    () => by.groups.say(id, anyInfo(random)),
    () => add(world, by, other, id),
    () => by.groups.remove(id, other.person.account),
  ]
  random.pick(deeds)()
}

function say(world: World, by: Replica, id: ConversationId, withinMs: number): void {
  world.timeline.after(world.random.int(0, withinMs), () => {
    if (by.up && by.groups.canWrite(id)) by.append(id, 1)
  })
}

const SCENES = [
  lastAdminLeaves,
  removeEachOther,
  removeEachOther,
  demoteEachOther,
  leaveWhilePromoted,
  removedUnheard,
  removedUnheard,
] as const
