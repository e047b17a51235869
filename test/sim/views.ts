// A conversation as a replica shows it: which entries count, what every message says now, for how
// long messages are shown, and of a group who is in it and what it is called.
import { strict as assert } from 'node:assert'

import type { MessageState } from '../../src/core/changes.ts'
import type { Place } from '../../src/core/entry.ts'
import { isGroupBody } from '../../src/core/group/bodies.ts'
import { type Member, placeKey } from '../../src/core/group/rules.ts'
import { counts, groupState, type GroupState } from '../../src/core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { isChangeBody } from '../../src/wire/change-bodies.ts'
import { decodeEntry } from '../../src/wire/entry.ts'
import { groupChanges } from './groups.ts'
import type { Replica } from './replica.ts'
import type { Shown } from './shown.ts'

interface MessageView {
  readonly place: Place
  readonly kind: string
  /** Whether people see it. */
  readonly isShown: boolean
  /** Its text as it is now. */
  readonly words: string | undefined
  readonly state: MessageState | undefined
}

export interface GroupView {
  readonly members: readonly Member[]
  readonly name: string
  readonly topic: string
  readonly open: boolean
}

export interface View {
  readonly messages: readonly MessageView[]
  readonly timer: number
  readonly group: GroupView | undefined
}

export function shownOf(replica: Replica, id: ConversationId): Shown {
  const shown = replica.shown.get(id)
  assert.ok(shown)
  return shown
}

export function viewOf(replica: Replica, id: ConversationId): View {
  const group = replica.groups.record(id) && replica.groups.state(id)
  return viewOfShown(shownOf(replica, id), group, group?.devices ?? pretended(replica, id))
}

/** Several people count as one account here, so that their changes meet. */
function pretended(replica: Replica, id: ConversationId): ReadonlyMap<DeviceId, AccountId> {
  const devices = replica.state.conversations.get(id)?.devices ?? []
  return new Map(
    [...devices].map(([device, account]) => {
      return [device, account.slice(-2, -1) < 'g' ? 'one' : 'other'] as [DeviceId, AccountId]
    }),
  )
}

function viewOfShown(
  shown: Shown,
  group: GroupState | undefined,
  accounts: ReadonlyMap<DeviceId, AccountId>,
): View {
  const isCounted = (place: Place): boolean => !group || counts(group, place)
  const states = shown.states(accounts, isCounted)
  const again = shown.again().states(accounts, isCounted)
  assert.deepEqual(states, again, 'what became of messages depends on how their changes came')
  const bodyAt = ({ device, seq }: Pick<Place, 'device' | 'seq'>) =>
    decodeEntry(shown.bytes(device, seq)).body
  const messages = shown.places().map((place): MessageView => {
    const body = bodyAt(place)
    const state = states.get(`${place.device} ${place.seq}`)
    const isOfGroup = group && isGroupBody(body)
    const isHere = isOfGroup ? group.told.has(placeKey(place)) : isCounted(place)
    const last = state?.edits.at(-1)
    const said = body.kind === 'text' && last ? bodyAt(last) : body
    const words = state?.isDeleted !== true && 'text' in said ? said.text : undefined
    return { place, kind: body.kind, isShown: isHere && !isChangeBody(body), words, state }
  })
  return { messages, timer: shown.timer(isCounted), group: group && groupView(group) }
}

export function groupView({ members, name, topic, open }: GroupState): GroupView {
  const sorted = [...members.values()].toSorted((a, b) => (a.account < b.account ? -1 : 1))
  return { members: sorted, name, topic, open }
}

/** The group as somebody works it out who hears of all of it at once, in another order. */
export function assertWorkedOut(replica: Replica, id: ConversationId): void {
  const changes = groupChanges(id, shownOf(replica, id).ofGroup)
  // What is kept to find ends quickly is made when somebody asks.
  const { standing: _, ...known } = replica.groups.state(id)
  const { standing: __, ...again } = groupState(id, changes.toReversed())
  assert.deepEqual(known, again, 'a group depends on how its entries came')
}
