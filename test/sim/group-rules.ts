// The rules of groups told a second time, in the plainest way, so that a mistake that all replicas
// make alike is seen too: who may be told of a group, what ends with a removal, and who stays.
import { strict as assert } from 'node:assert'

import type { Place } from '../../src/core/entry.ts'
import type { Bar } from '../../src/core/group/rules.ts'
import type { GroupState } from '../../src/core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { lastSeq, type Run } from '../../src/core/run.ts'
import type { Replica } from './replica.ts'
import type { Shown } from './shown.ts'
import { shownOf, viewOf } from './views.ts'

/** @throws AssertionError when somebody is told of a group who is not in it */
export function assertMayHear(replica: Replica, account: AccountId, id: ConversationId): void {
  const record = replica.groups.record(id)
  if (!record || replica.groups.stubborn) return
  const isRoot = record.state === 'joining' && record.roots.some(([, each]) => each === account)
  if (isRoot) return
  const wasIn = known(replica, id).some((state) => state.standing.grants.has(account))
  assert.ok(wasIn, 'somebody is told of a group who never was in it')
}

/** @throws AssertionError when somebody is sent what comes after their removal, by who knows it */
export function assertMayRead(replica: Replica, account: AccountId, run: Run): void {
  const { conversation: id, device } = run
  assertMayHear(replica, account, id)
  const record = replica.groups.record(id)
  if (!record || replica.groups.stubborn) return
  const states = known(replica, id)
  const [end] = states.map(
    ({ bars }) => bars.findLast((bar) => bar.isRemoval && bar.account === account)?.by,
  )
  if (!end || states.some(({ members }) => members.has(account))) return
  if (device === end.device && lastSeq(run) <= end.seq) return
  const knew = causes(shownOf(replica, id), device, lastSeq(run)).get(end.device) ?? 0
  assert.ok(knew < end.seq, 'somebody who was removed is sent what was written later')
}

/** A group as it is, and as the engine was told last: it hears of what is shown a little later. */
function known({ groups }: Replica, id: ConversationId): readonly GroupState[] {
  return [groups.state(id), groups.acted.get(id) ?? groups.state(id)]
}

/** How far the logs go that an entry's author had seen, directly or by others. */
function causes(shown: Shown, device: DeviceId, seq: number): Map<DeviceId, number> {
  const seen = new Map<DeviceId, number>()
  const queue = [{ device, seq }]
  for (const { device: author, seq: last } of queue) {
    const before = seen.get(author) ?? 0
    seen.set(author, Math.max(before, last))
    // Of a log that is forked others may have named more than is taken here.
    const end = Math.min(last, shown.shownOf(author))
    for (let each = before + 1; each <= end; each++) queue.push(...shown.deps(author, each))
  }
  return seen
}

/** @throws AssertionError when what is shown of a group, or who is in it, breaks a rule */
export function assertGroupRules(replica: Replica, id: ConversationId): void {
  const state = replica.groups.state(id)
  const { members, bars, grants } = state
  const isAdmin = [...members.values()].some(({ role }) => role === 'admin')
  assert.ok(isAdmin || members.size === 0, 'a group without an admin')
  const [made] = grants
  const hasLeft = bars.some(
    ({ account, by }) => account === made?.account && state.devices.get(by.device) === account,
  )
  assert.ok(!made || hasLeft || members.has(made.account), 'whoever made the group was put out')
  for (const { place, isShown } of viewOf(replica, id).messages) {
    // No end voids what made the group.
    if (!isShown || (made && isSame(place, made.place))) continue
    assert.ok(!isBehindEnd(state, place), 'what lies behind an end is shown')
  }
}

/** Whether its author was removed, and not taken in again in between. */
function isBehindEnd({ bars, grants, devices }: GroupState, place: Place): boolean {
  const author = devices.get(place.device)
  const isOwn = ({ account, by }: Bar): boolean => devices.get(by.device) === account
  // Leaving on one device does not undo that somebody left on another.
  const isLeaving = bars.some(
    (bar) => isOwn(bar) && bar.by.device === place.device && bar.by.seq === place.seq,
  )
  for (const bar of bars) {
    const { account, by, ends, isRemoval } = bar
    if (!isRemoval || account !== author || (isLeaving && isOwn(bar))) continue
    const end = by.device === place.device ? by.seq : (ends.get(place.device) ?? 0)
    const isBack = grants.some(
      (grant) =>
        grant.account === author && isEarlier(by, grant.place) && isEarlier(grant.place, place),
    )
    if (place.seq > end && !isBack) return true
  }
  return false
}

/** Whether somebody left whom nobody removed since they were taken in last. */
export function hasLeft({ bars, grants, devices }: GroupState, account: AccountId): boolean {
  const since = grants.findLast((grant) => grant.account === account && !grant.isAdmin)?.place
  const ends = bars.filter(
    (bar) => bar.isRemoval && bar.account === account && since && isEarlier(since, bar.by),
  )
  return ends.length > 0 && ends.every(({ by }) => devices.get(by.device) === account)
}

/** Whether somebody was added before another left: those who came later do not hear that one. */
export function wasAddedBefore({ bars, grants }: GroupState, one: AccountId, other: AccountId) {
  const end = bars.findLast((bar) => bar.isRemoval && bar.account === other)
  return grants.some(({ account, place }) => account === one && end && isEarlier(place, end.by))
}

function isSame(a: Place, b: Place): boolean {
  return a.device === b.device && a.seq === b.seq
}

type Order = readonly [logical: number, device: DeviceId, seq: number]

function isEarlier(a: Place, b: Place): boolean {
  const one: Order = [a.logical, a.device, a.seq]
  const other: Order = [b.logical, b.device, b.seq]
  for (const [i, part] of one.entries()) {
    const against = other[i]
    if (against !== undefined && part !== against) return part < against
  }
  return false
}
