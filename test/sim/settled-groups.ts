// What must hold of groups in a healed world: whoever shows the same entries sees the same group,
// and whoever is in it holds and shows the same, whatever became of the others.
import { strict as assert } from 'node:assert'

import { covers } from '../../src/core/clock.ts'
import { placeKey, type Voucher } from '../../src/core/group/rules.ts'
import { groupState, type GroupState } from '../../src/core/group/state.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { heldClock, knownPart } from '../../src/core/sync/held.ts'
import { logKey } from '../../src/core/sync/state.ts'
import { assertGroupRules, hasLeft, wasAddedBefore } from './group-rules.ts'
import { groupChanges } from './groups.ts'
import type { Replica } from './replica.ts'
import type { Rest } from './settled.ts'
import { Shown } from './shown.ts'
import { assertWorkedOut, groupView, shownOf, type View, viewOf } from './views.ts'

const ROOT = new Uint8Array(0)

/** Any two that show the same entries show the same. */
export function assertSameView(id: ConversationId, replicas: readonly Replica[]): void {
  const views = new Map<string, View>()
  for (const replica of replicas) {
    if (!replica.shown.has(id) || hasForks(replica, id)) continue
    if (replica.groups.record(id)) {
      assertWorkedOut(replica, id)
      assertGroupRules(replica, id)
    }
    const view = viewOf(replica, id)
    const key = shownKey(replica, id)
    const known = views.get(key) ?? view
    views.set(key, known)
    const { messages, ...rest } = view
    const { messages: theirs, ...others } = known
    assert.deepEqual(rest, others, 'the same entries, and another group or timer')
    assert.deepEqual(messages, theirs, 'the same entries, and other messages')
  }
}

/** Names exactly what is shown: the chain has everything before it in its hash. */
function shownKey(replica: Replica, id: ConversationId): string {
  const { shelf } = replica.disk
  const heads = [...shownOf(replica, id).logs].flatMap(([device, { shown }]) => {
    const hash = shelf.logs.get(logKey(id, device))?.hashes[shown - 1]
    return hash ? [`${device} ${Buffer.from(hash).toString('hex')}`] : []
  })
  return heads.toSorted().join(' ')
}

/** Of these members may hold different parts. */
export function hasForks({ disk: { shelf } }: Replica, id: ConversationId): boolean {
  return shelf.devicesIn(id).some((device) => shelf.isForked(id, device))
}

/**
 * Whether some of these hold different histories of one log. Nobody finds that fork where each of
 * the histories removes those who hold the other: they tell each other nothing of the group.
 */
function hasHistories(replicas: readonly Replica[], id: ConversationId): boolean {
  const shelves = replicas.map(({ disk }) => disk.shelf)
  const devices = new Set(shelves.flatMap((shelf) => shelf.devicesIn(id)))
  return [...devices].some((device) => {
    const logs = shelves.map((shelf) => shelf.log(id, device).hashes)
    const longest = logs.reduce((a, b) => (b.length > a.length ? b : a))
    return logs.some(
      (hashes) => Buffer.compare(hashes.at(-1) ?? ROOT, longest[hashes.length - 1] ?? ROOT) !== 0,
    )
  })
}

/**
 * Whether these take the same logs. Whoever invited one of them may be unknown to the others for
 * ever: these were removed unheard, or gone is who could tell them.
 */
export function isOneCast(id: ConversationId, replicas: readonly Replica[]): boolean {
  const casts = replicas.map(({ state }) => [
    ...(state.conversations.get(id)?.devices.keys() ?? []),
  ])
  return new Set(casts.map((cast) => cast.toSorted().join())).size <= 1
}

/** Members that exchange the group with each other, as both of any two see it. */
export function circles(id: ConversationId, replicas: readonly Replica[]): Replica[][] {
  const left = new Set(replicas.filter(({ groups }) => groups.isIn(id)))
  const all: Replica[][] = []
  for (const first of left) {
    left.delete(first)
    const circle = [first]
    for (const one of circle) {
      for (const other of left) {
        if (!isShared(id, one, other)) continue
        left.delete(other)
        circle.push(other)
      }
    }
    all.push(circle)
  }
  return all
}

function isShared(id: ConversationId, one: Replica, other: Replica): boolean {
  const tells = (a: Replica, b: Replica): boolean => a.groups.sharers(id).has(b.person.account)
  return tells(one, other) && tells(other, one)
}

/**
 * Everybody who is in the group, by all that anybody holds of it, is in one circle, and sees it so.
 */
export function assertTogether({ honest, isSomebodyGone }: Rest, id: ConversationId): void {
  if (honest.some((replica) => hasForks(replica, id)) || hasHistories(honest, id)) return
  // Who left and told it to somebody who is gone since owes nothing more to those who stay.
  const holders = honest.filter(({ groups }) => !isSomebodyGone || !groups.record(id)?.isPassedOn)
  const all = groupView(stateOfAll(holders, id))
  const members = new Set(all.members.map(({ account }) => account))
  const [circle = [], ...others] = circles(id, honest).filter((each) =>
    each.some(({ person }) => members.has(person.account)),
  )
  // Databases of one account meet by way of others, of which one may be a villain.
  const isTwin = ({ person }: Replica): boolean =>
    circle.some((other) => other.person.account === person.account)
  assert.ok(others.flat().every(isTwin), 'members that do not exchange the group')
  for (const replica of honest) {
    const { person, groups, index } = replica
    const isSelf = (other: Replica): boolean => other.person.account === person.account
    if (!members.has(person.account) || circle.length === 0) continue
    if (circle.includes(replica) || others.flat().includes(replica)) continue
    // Of one's own databases, which do not meet, none hears of a group without anybody else.
    if (circle.every(isSelf)) continue
    assert.equal(groups.record(id)?.state, 'left', `replica ${index} is not with the others`)
  }
  for (const replica of circle) assertDeaf(replica, id)
  for (const replica of honest) assertHandedOn(replica, id, circle)
  // Databases of one account do not meet, and no member brings one here what another wrote when it
  // left (partings of src/node): each may know of something that nobody else hears of.
  if (others.length > 0) return
  for (const replica of circle) {
    const { members: seen, ...rest } = groupView(replica.groups.state(id))
    const rolesOf = (list: typeof seen): [string, string][] =>
      list.map(({ account, role }) => [account, role])
    assert.deepEqual(rolesOf(seen), rolesOf(all.members), 'a member sees other members')
    const { members: _, ...expected } = all
    assert.deepEqual(rest, expected, 'a member sees another group')
  }
}

/**
 * Who left, and does not know of a member who has all that they hold, has brought it to those who
 * stay and have not removed them.
 */
function assertHandedOn(
  { groups, index, person, state }: Replica,
  id: ConversationId,
  circle: readonly Replica[],
): void {
  const record = groups.record(id)
  const held = state.conversations.get(id)
  if (record?.state !== 'left' || !record.leave || record.isPassedOn || !held) return
  const all = heldClock(held)
  for (const member of circle) {
    const { person: other, groups: theirs, index: by } = member
    if (!groups.state(id).members.has(other.account)) continue
    const theirView = theirs.state(id)
    if (!hasLeft(theirView, person.account)) continue
    if (!wasAddedBefore(theirView, other.account, person.account)) continue
    const clock = member.state.conversations.get(id)
    // Of authors whom the member does not know, and nobody tells it of, it takes nothing.
    const isThere: boolean = clock !== undefined && covers(heldClock(clock), knownPart(clock, all))
    assert.ok(isThere, `replica ${index} left, and ${by} lacks what it holds`)
  }
}

/**
 * Who is no member, or was removed, is not listened to: it would find out by that who is. But for
 * one who left, and one who showed an entry that is not here, and is nowhere any more.
 */
function assertDeaf({ state, groups, hellos, index }: Replica, id: ConversationId): void {
  const view = groups.state(id)
  const { adds, members } = view
  const isHere = ({ account, entry }: Voucher): boolean =>
    adds.get(account)?.some((add) => placeKey(add.entry) === placeKey(entry)) === true
  for (const { device, heard } of groups.stubborn ? [] : state.peers.values()) {
    const account = hellos.get(device)?.list?.account
    if (account === undefined || !heard.has(id) || members.has(account)) continue
    if (hasLeft(view, account)) continue
    const shown = groups.shownBy(device, id).filter((voucher) => voucher.account === account)
    assert.ok(!shown.every(isHere), `replica ${index} hears who is no member`)
  }
}

/** The group by all that any of these hold. */
function stateOfAll(replicas: readonly Replica[], id: ConversationId): GroupState {
  const logs = new Map<DeviceId, readonly Uint8Array[]>()
  for (const { disk } of replicas) {
    for (const device of disk.shelf.devicesIn(id)) {
      const { entries } = disk.shelf.log(id, device)
      if (entries.length > (logs.get(device)?.length ?? 0)) logs.set(device, entries)
    }
  }
  const shown = new Shown((device, seq) => {
    const entry = logs.get(device)?.[seq - 1]
    assert.ok(entry)
    return entry
  })
  const stored = new Map([...logs].map(([device, entries]) => [device, entries.length]))
  shown.grow(stored, () => false, new Set())
  return groupState(id, groupChanges(id, shown.ofGroup))
}
