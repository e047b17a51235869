// Whether a healed world has come to rest, and what must hold then.
import { strict as assert } from 'node:assert'

import type { Place } from '../../src/core/entry.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { comparePlaces } from '../../src/core/order.ts'
import { heldClock, theirClock } from '../../src/core/sync/held.ts'
import type { Fetch } from '../../src/core/sync/pace.ts'
import {
  conversationOf as logConversation,
  type ConversationState,
  type LogKey,
  logKey,
  logOf,
} from '../../src/core/sync/state.ts'
import { type Checker, textOf } from './check.ts'
import type { Plan } from './plan.ts'
import type { Replica } from './replica.ts'
import { assertSameView, assertTogether, circles, hasForks, isOneCast } from './settled-groups.ts'
import type { Shown } from './shown.ts'
import { shownOf } from './views.ts'

export interface Rest {
  readonly plan: Plan
  readonly checker: Checker
  /** Those who keep the rules and are there. */
  readonly honest: readonly Replica[]
  readonly groups: ReadonlySet<ConversationId>
  readonly isSomebodyGone: boolean
}

/** @throws AssertionError that says what is not at rest yet, or wrong */
export function assertSettled(rest: Rest): void {
  for (const replica of rest.honest) assertQuiet(replica, rest.honest)
  assertAgreed(rest)
}

/** @throws AssertionError unless all members hold and show the same, as far as this is promised */
export function assertAgreed(rest: Rest): void {
  for (const { id } of rest.plan.conversations) {
    const members = rest.honest.filter(({ joined }) => joined.has(id))
    for (const group of inTouch(members)) {
      assertNothingLost(rest.checker, id, group)
      assertAlike(rest, id, group)
    }
    assertSameView(id, members)
  }
  for (const id of rest.groups) {
    const all = rest.honest.filter(({ groups }) => groups.record(id))
    assertNothingLost(rest.checker, id, all)
    assertSameView(id, all)
    for (const circle of circles(id, all)) assertAlike(rest, id, circle)
    assertTogether(rest, id)
  }
}

function assertAlike(rest: Rest, id: ConversationId, group: readonly Replica[]): void {
  const isOne = !rest.groups.has(id) || isOneCast(id, group)
  if (isOne && isWhole(rest, id)) assertSame(rest, id, group)
  else assertSameApart(rest, id, group)
}

/** The parts of some replicas that are connected with each other without anybody else. */
function inTouch(replicas: readonly Replica[]): Replica[][] {
  const groups: Replica[][] = []
  const left = new Set(replicas)
  for (const first of left) {
    left.delete(first)
    const group = [first]
    for (const replica of group) {
      for (const other of left) {
        if (!replica.sessions.has(other.device)) continue
        left.delete(other)
        group.push(other)
      }
    }
    groups.push(group)
  }
  return groups
}

/**
 * Whether all members must hold and show the same: always while no log is forked, and in the
 * conversations of two people where only one of them has copies of a database running.
 */
function isWhole({ plan, honest }: Rest, id: ConversationId): boolean {
  // Who did not hear of a fork may have got what was written again because of it.
  const isForked = honest.some(({ state }) =>
    [...(state.conversations.get(id)?.logs.values() ?? [])].some(({ forked }) => forked),
  )
  if (!isForked) return true
  const { members = [] } = plan.conversations.find((each) => each.id === id) ?? {}
  const { villains, rollbacks, clones, tears } = plan.cruelty
  const [a, b, more] = members
  if (a === undefined || b === undefined || more !== undefined) return false
  if (villains.includes(a) || villains.includes(b)) return false
  const isCalm = (one: number): boolean => ![...rollbacks, ...clones, ...tears].includes(one)
  const copied = members.filter((member) => clones.includes(member))
  return copied.length === 0 || isCalm(a) || isCalm(b)
}

function conversationOf(replica: Replica, id: ConversationId): ConversationState {
  const conversation = replica.state.conversations.get(id)
  assert.ok(conversation)
  return conversation
}

function entriesOf(replica: Replica, id: ConversationId, device: DeviceId): Uint8Array[] {
  return replica.disk.shelf.logs.get(logKey(id, device))?.entries ?? []
}

function assertSame(rest: Rest, id: ConversationId, group: readonly Replica[]): void {
  const views = group.map((replica) => {
    const held = heldClock(conversationOf(replica, id))
    const entries = [...held.keys()].toSorted().map((device) => entriesOf(replica, id, device))
    const shown = shownOf(replica, id)
    assertOrdered(shown, shown.places(), held, assertWaits(rest, replica, id, group))
    return { held, entries, places: shown.places() }
  })
  const [first, ...others] = views
  for (const view of others) {
    assert.deepEqual(new Map(view.held), new Map(first?.held), 'replicas hold different entries')
    assert.deepEqual(view.entries, first?.entries, 'equally many entries, and not the same')
    assert.deepEqual(view.places, first?.places, 'replicas show different orders')
  }
  assertOnce(rest.checker, id, group, [...(first?.entries.flat() ?? []), ...strays(id, group)])
}

/** Entries of who is not known any more to write there, since databases were torn. */
function strays(id: ConversationId, group: readonly Replica[]): Uint8Array[] {
  const logs = new Map<DeviceId, Uint8Array[]>()
  for (const replica of group) {
    const { devices } = conversationOf(replica, id)
    for (const device of replica.disk.shelf.devicesIn(id)) {
      if (!devices.has(device)) logs.set(device, entriesOf(replica, id, device))
    }
  }
  return [...logs.values()].flat()
}

/** What was accepted from people is there, and not twice. */
function assertOnce(
  checker: Checker,
  id: ConversationId,
  group: readonly Replica[],
  entries: readonly Uint8Array[],
): void {
  const texts = new Map<string, number>()
  for (const entry of entries) {
    const text = textOf(entry)
    texts.set(text, (texts.get(text) ?? 0) + 1)
  }
  for (const [text, { conversation, holders }] of checker.accepted) {
    if (conversation !== id || !group.some((replica) => holders.has(replica))) continue
    const times = texts.get(text) ?? 0
    // Of three histories of a log two may have begun with an entry that the third one lacks, and
    // one that is put back may write again what was written again already.
    const most = checker.copiesOf(holders)
    assert.ok(times >= 1 && times <= most, `"${text}" is there ${times} times`)
  }
}

/** Whoever accepted a text from anybody, and did not lose its disk, has it. */
function assertNothingLost(checker: Checker, id: ConversationId, group: readonly Replica[]): void {
  const held = new Map(
    group.map((replica) => {
      const devices = replica.disk.shelf.devicesIn(id)
      const entries = devices.flatMap((device) => entriesOf(replica, id, device))
      return [replica, new Set(entries.map(textOf))]
    }),
  )
  for (const [text, { conversation, holders }] of checker.accepted) {
    for (const holder of conversation === id ? holders : []) {
      const texts = held.get(holder)
      assert.ok(!texts || texts.has(text), `replica ${holder.index} has lost "${text}"`)
    }
  }
}

/**
 * Where a log is forked its members may have taken different parts of it, but not of the others.
 */
function assertSameApart(rest: Rest, id: ConversationId, group: readonly Replica[]): void {
  const devices = new Set(group.flatMap((r) => [...conversationOf(r, id).devices.keys()]))
  for (const device of devices) {
    const isForked = group.map((r) => logOf(conversationOf(r, id), device).forked)
    if (isForked.includes(true)) continue
    // Those who take a log that others do not know to be one of the group's may have nobody between
    // them who brings it.
    if (group.some((r) => !conversationOf(r, id).devices.has(device))) continue
    const [first, ...others] = group.map((replica) => entriesOf(replica, id, device))
    for (const other of others) assert.deepEqual(other, first, 'a log that nobody found forked')
  }
  for (const replica of group) {
    const shown = shownOf(replica, id)
    const held = heldClock(conversationOf(replica, id))
    assertOrdered(shown, shown.places(), held, assertWaits(rest, replica, id, group))
  }
}

/** Logs wait only for what nobody has; the number of entries that do. */
function assertWaits(
  { checker, groups, isSomebodyGone }: Rest,
  replica: Replica,
  id: ConversationId,
  group: readonly Replica[],
): number {
  const shown = shownOf(replica, id)
  let waiting = 0
  for (const device of shown.waiting) {
    // What made it one of the group's was lost with a torn database, and nobody else has it.
    if (!conversationOf(replica, id).devices.has(device)) continue
    const name = `replica ${replica.index} waits for entries`
    const dep = shown.logs.get(device)?.waiting
    assert.ok(dep, name)
    // Of a group somebody may have been removed who alone held what others name.
    assert.ok(checker.hasDisturbed || isSomebodyGone || groups.has(id), name)
    const isForked = logOf(conversationOf(replica, id), dep.device).forked
    const isHeld = group.some((other) => entriesOf(other, id, dep.device).length >= dep.seq)
    assert.ok(!isHeld || isForked || shown.waiting.includes(dep.device), `${name} that are there`)
    waiting += entriesOf(replica, id, device).length - shown.shownOf(device)
  }
  return waiting
}

/** Nothing is under way, and every pair knows everything of each other. */
function assertQuiet(replica: Replica, honest: readonly Replica[]): void {
  const { state, index } = replica
  const isHonest = (device: DeviceId): boolean => honest.some((other) => other.device === device)
  // Who was removed and does not know it asks in vain, as for a group that there is not.
  const isTold = ({ peer, conversation: id }: Fetch): boolean =>
    honest.some((other) => other.device === peer && isHeard(other, state.me, id))
  const fetches = state.fetches.valueSeq().filter(isTold)
  assert.equal(fetches.count(), 0, `replica ${index} still fetches`)
  assert.ok(replica.isIdle, `replica ${index} still writes`)
  const open = state.disputes.valueSeq().filter(({ peer }) => isHonest(peer))
  assert.equal(open.count(), 0, `replica ${index} still compares`)
  for (const peer of state.peers.values()) {
    const other = honest.find(({ device }) => device === peer.device)
    if (!other) continue
    const link = `replica ${index} of ${other.index}`
    assert.equal(peer.transfers.size, 0, `${link}: still sends`)
    const isOpen = (_: unknown, key: LogKey): boolean =>
      isHeard(other, state.me, logConversation(key))
    assert.equal(peer.lacking.filter(isOpen).size, 0, `${link}: still lacks`)
    assert.equal(peer.doubts.filter(isOpen).size, 0, `${link}: still doubts`)
    // One who has left a group, or knows that it was removed, hears nothing of it any more.
    const told = other.state.peers.get(state.me)?.shared
    if (!told || [...told].some((id) => !peer.heard.has(id))) continue
    // Where the log is forked by which a group is made, members differ in who may write there.
    const groups = [...told].filter((id) => replica.groups.record(id))
    if (groups.some((id) => hasForks(replica, id) || hasForks(other, id))) continue
    // Nor do they agree with who is no member here, and does not know it.
    if (groups.some((id) => !peer.shared.has(id))) continue
    if (groups.some((id) => !isOneCast(id, [replica, other]))) continue
    const { epoch, position } = other.state
    assert.deepEqual(peer.tokenRemembered, { epoch, position }, `${link}: token not remembered`)
    for (const id of told) {
      const held: ConversationState | undefined = other.state.conversations.get(id)
      const clock = new Map(theirClock(replica.state, peer, id))
      assert.deepEqual(clock, new Map(held && heldClock(held)), `${link}: not told`)
    }
  }
}

function isHeard({ state }: Replica, peer: DeviceId, id: ConversationId): boolean {
  return state.peers.get(peer)?.heard.has(id) === true
}

/** The order is a sort by place, pages of it are parts of it, and causes come first. */
function assertOrdered(
  shown: Shown,
  places: readonly Place[],
  held: ReadonlyMap<DeviceId, number>,
  waiting: number,
): void {
  const total = [...held.values()].reduce((sum, seq) => sum + seq, 0)
  assert.equal(places.length, total - waiting, 'not all entries are shown')
  assert.deepEqual(places, places.toSorted(comparePlaces))
  const reached = new Map<DeviceId, number>()
  for (const { device, seq } of places) {
    assert.equal(seq, (reached.get(device) ?? 0) + 1, 'a log is shown out of order')
    for (const dep of shown.deps(device, seq)) {
      const isAwaited = !shown.isEnded(dep.device)
      assert.ok(
        !isAwaited || (reached.get(dep.device) ?? 0) >= dep.seq,
        'an entry is shown before its cause',
      )
    }
    reached.set(device, seq)
  }
  const middle = Math.floor(places.length / 2)
  const page = places.slice(Math.max(0, middle - 5), middle)
  assert.deepEqual(shown.places(5, places[middle]), places.length > 0 ? page : [])
}
