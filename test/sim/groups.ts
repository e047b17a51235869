// A replica's part in groups: what src/node does about them, in short, by the same decisions
// (core/group). What a group is to the replica is on its disk; who is in it follows from the
// entries that it shows.
import type { Clock } from '../../src/core/clock.ts'
import type { DeviceList } from '../../src/core/frames.ts'
import type { GroupBody } from '../../src/core/group/bodies.ts'
import {
  added,
  type Belonging,
  endsOf,
  followed,
  founder,
  groupSharers,
  groupWriters,
  hasSaidHere,
  type Holdings,
  isInGroup,
  isOffList,
  isPassedOn,
  mayNotKnow,
  takesGroup,
} from '../../src/core/group/exchange.ts'
import {
  type GroupChange,
  type Member,
  placeKey,
  type Voucher,
} from '../../src/core/group/rules.ts'
import { groupState, type GroupState } from '../../src/core/group/state.ts'
import { isDeaf, isHeard, isKnown, vouchersFor, withKept } from '../../src/core/group/vouchers.ts'
import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { GROUP_PROOF_WAIT_MS, GROUP_VOUCHERS_MAX } from '../../src/core/limits.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { groupEntryBody } from '../../src/wire/group-entry.ts'
import { otherEnd, type Session } from './network.ts'
import type { Replica } from './replica.ts'
import { entryOf } from './speech.ts'

export interface SimGroup extends Belonging {
  readonly conversation: ConversationId
  /** By which the user was added, as they were shown. */
  readonly vouchers?: readonly Voucher[]
  /** What made the group, until it is shown. */
  readonly first?: FirstEntry
}

interface FirstEntry {
  readonly device: DeviceId
  readonly entry: Uint8Array
}

/** With the entry that made the group. */
export interface Invite extends FirstEntry {
  readonly conversation: ConversationId
  readonly proof: readonly Voucher[]
}

interface SimListener {
  readonly knows: number | undefined
  readonly sinceMs: number
  told: boolean
  /** What it was shown. */
  shown: string
}

/** Who is met, and up to which position they know this database. */
export interface Met {
  readonly account: AccountId
  readonly knows: number | undefined
}

/** What an entry says does not depend on who reads it, and replicas share the bytes. */
const bodies = new WeakMap<Uint8Array, { readonly body: GroupBody | undefined }>()

function bodyOf(id: ConversationId, seq: number, bytes: Uint8Array): GroupBody | undefined {
  let known = bodies.get(bytes)
  if (!known) {
    known = { body: groupEntryBody(id, { seq }, bytes) }
    bodies.set(bytes, known)
  }
  return known.body
}

export function groupChanges(
  id: ConversationId,
  entries: Iterable<{ readonly place: GroupChange['place']; readonly bytes: Uint8Array }>,
): GroupChange[] {
  return [...entries].flatMap(({ place, bytes }) => {
    const body = bodyOf(id, place.seq, bytes)
    return body ? [{ place, body }] : []
  })
}

export class Groups {
  /** Goes on as if it had not heard that it was removed, or left. */
  stubborn = false
  /** Takes every invitation at once. */
  isEager = false
  private readonly replica: Replica
  private readonly records = new Map<ConversationId, SimGroup>()
  private readonly states = new Map<ConversationId, { count: number; state: GroupState }>()

  /** Of people who were met since the start. */
  private readonly metLists = new Map<AccountId, DeviceList>()
  private readonly awaited = new Map<ConversationId, Map<DeviceId, AccountId>>()
  private readonly said = new Set<string>()
  /** What those who are there showed of why they are members. */
  private readonly vouchers = new Map<Session, Map<ConversationId, readonly Voucher[]>>()
  /** With whom groups are shared. */
  private readonly listeners = new Map<Session, Map<ConversationId, SimListener>>()
  /** Of which somebody held everything once. */
  private readonly passedOn = new Set<ConversationId>()
  /** As the engine was told last: what it does until it is told again goes by that. */
  readonly acted = new Map<ConversationId, GroupState>()

  constructor(replica: Replica) {
    this.replica = replica
  }

  get me(): AccountId {
    return this.replica.person.account
  }

  get ids(): ConversationId[] {
    return [...this.records.keys()]
  }

  get name(): string {
    return `p${this.replica.init.owner}`
  }

  /** What the disk has kept. */
  load(): void {
    this.records.clear()
    this.states.clear()
    this.passedOn.clear()
    this.metLists.clear()
    this.awaited.clear()
    this.said.clear()
    this.vouchers.clear()
    this.listeners.clear()
    for (const [id, record] of this.replica.disk.shelf.groups) this.records.set(id, record)
  }

  record(id: ConversationId): SimGroup | undefined {
    return this.records.get(id)
  }

  state(id: ConversationId): GroupState {
    const entries = this.replica.shown.get(id)?.ofGroup ?? []
    let known = this.states.get(id)
    if (!known || known.count !== entries.length) {
      known = { count: entries.length, state: groupState(id, groupChanges(id, entries)) }
      this.states.set(id, known)
    }
    return known.state
  }

  isIn(id: ConversationId): boolean {
    const record = this.records.get(id)
    return record !== undefined && isInGroup(this.me, record, this.state(id))
  }

  /** Whether it writes there; one who was removed does too, if stubborn. */
  canWrite(id: ConversationId): boolean {
    return this.isIn(id) || (this.stubborn && this.state(id).grants.some(this.isMine))
  }

  myself(id: ConversationId): Member | undefined {
    return this.isIn(id) ? this.state(id).members.get(this.me) : undefined
  }

  writers(id: ConversationId): Map<DeviceId, AccountId> {
    const record = this.records.get(id)
    const nobody = new Map<DeviceId, AccountId>()
    const hearsay = { lists: this.metLists.values(), awaited: this.awaited.get(id) ?? [] }
    const writers = record ? groupWriters(record, this.state(id), hearsay) : nobody
    for (const device of this.list.devices) writers.set(device, this.me)
    return writers
  }

  /** The groups that are exchanged with a device that shows this list of its account. */
  sharedWith(device: DeviceId, list: DeviceList): ConversationId[] {
    return this.ids.filter((id) => {
      return this.sharers(id).has(list.account) && !isOffList(this.state(id), device, list)
    })
  }

  sharers(id: ConversationId): ReadonlySet<AccountId> {
    const record = this.records.get(id)
    if (!record) return new Set()
    const state = this.state(id)
    const sharers = groupSharers(this.me, record, state, this.holdings(id))
    for (const { account } of this.stubborn ? state.grants : []) sharers.add(account)
    return sharers
  }

  create(name: string): ConversationId | undefined {
    const { replica } = this
    if (!replica.up) return undefined
    const { random } = replica.init
    const made = { nonce: random.bytes(16), name, topic: '', open: random.chance(0.3) }
    const about = { devices: this.list, displayName: this.name }
    const body = { kind: 'group_create', ...made, ...about } as const
    const entry = entryOf(random.int(0, 2 ** 40), [], body)
    const conversation = groupId(entry)
    const roots = [[replica.device, this.me]] as const
    this.keep({ conversation, state: 'joined', roots })
    replica.appendEntries(conversation, [entry])
    return conversation
  }

  /** Says something as a member may, whatever it comes to. */
  say(id: ConversationId, body: GroupBody): boolean {
    return this.replica.say(id, body)
  }

  add(id: ConversationId, list: DeviceList, name: string): boolean {
    return this.say(id, { kind: 'group_add', devices: list, displayName: name })
  }

  remove(id: ConversationId, account: AccountId): boolean {
    const ends = this.ends(id, account)
    return this.say(id, { kind: 'group_remove', account, ends })
  }

  leave(id: ConversationId): void {
    if (this.isIn(id)) this.remove(id, this.me)
  }

  /** What a device that is here showed of why its user is a member. */
  shownBy(device: DeviceId, id: ConversationId): readonly Voucher[] {
    const session = this.replica.sessions.get(device)
    return (session && this.vouchers.get(session)?.get(id)) ?? []
  }

  /** What is taken of a device, beside what is exchanged with it. */
  heardOf(session: Session, list: DeviceList | undefined): ConversationId[] {
    const { device } = otherEnd(session, this.replica.index)
    return this.ids.filter((id) => {
      const record = this.records.get(id)
      if (!record || !list || !takesGroup(record)) return false
      const state = this.state(id)
      const vouchers = this.vouchers.get(session)?.get(id) ?? []
      if (isOffList(state, device, list)) return false
      return isHeard(list.account, vouchers, this.me, record, state)
    })
  }

  setRole(id: ConversationId, account: AccountId, role: 'admin' | 'member'): boolean {
    const ends = role === 'admin' ? new Map() : this.ends(id, account)
    return this.say(id, { kind: 'group_role', account, role, ends })
  }

  /** Takes an invitation. */
  accept(id: ConversationId): void {
    const record = this.records.get(id)
    if (record?.state === 'invited') this.keep({ ...record, state: 'joining' })
  }

  /** As Fellowship.heardInvite of src/node. */
  invited({ conversation, device, entry, proof }: Invite, from: DeviceList, by: Session): void {
    if (proof.length > 0) {
      const vouchers = this.vouchers.get(by) ?? new Map<ConversationId, readonly Voucher[]>()
      const kept = [...proof, ...(vouchers.get(conversation) ?? [])]
      this.vouchers.set(by, vouchers.set(conversation, kept.slice(0, 2 * GROUP_VOUCHERS_MAX)))
      this.replica.refresh()
    }
    const vouchers = proof.some(({ account }) => account === this.me) ? proof : undefined
    const before = this.records.get(conversation)
    const state = this.state(conversation)
    const isKept = before?.vouchers?.some((voucher) => !isKnown(voucher, state)) === true
    const isFellow = this.sharers(conversation).has(from.account)
    if (before && vouchers && isFellow && !isKept && !this.isIn(conversation)) {
      this.keep({ ...before, vouchers })
    }
    if (before) return
    const body = bodyOf(conversation, 1, entry)
    if (body?.kind !== 'group_create') return
    const roots = new Map([[device, body.devices.account]])
    for (const each of from.devices) roots.set(each, from.account)
    for (const own of this.list.devices) roots.delete(own)
    const record = { conversation, state: this.invitedState, roots: [...roots] }
    this.keep({ ...record, first: { device, entry }, ...(vouchers && { vouchers }) })
  }

  /** What a group is to one who was added. */
  private get invitedState(): 'invited' | 'joining' {
    return this.isEager || this.replica.init.random.chance(0.7) ? 'joining' : 'invited'
  }

  /** Somebody told what they hold of it. */
  told(id: ConversationId): void {
    const record = this.records.get(id)
    if (!record || !takesGroup(record) || record.state === 'joining') return
    const state = this.state(id)
    if (state.members.has(this.me)) return
    if (isPassedOn(this.me, state, this.holdings(id))) this.passedOn.add(id)
    if (!this.follows(record)) this.replica.refresh()
  }

  /** Entries of groups are shown that were not, or what is exchanged may be another thing. */
  changed(id: ConversationId): void {
    const { replica } = this
    const record = this.records.get(id)
    if (!record || !replica.up) return
    replica.tellConversation(id)
    replica.refresh()
    if (this.follows(record)) return
    this.tend(id)
  }

  /** What a replica does by itself, whenever there may be something to do. */
  tend(id: ConversationId): void {
    const { replica } = this
    const record = this.records.get(id)
    if (!record) return
    const state = this.state(id)
    if (this.follows(record) || !this.isIn(id) || this.isWriting(id)) return
    for (const list of this.replica.listsMet) this.pass(list, id)
    if (hasSaidHere(state, replica.device, this.list, this.name)) return
    const { device, seq } = added(this.me, state) ?? {}
    const body = { kind: 'group_devices', devices: this.list, displayName: this.name } as const
    this.sayOnce(`here/${this.list.version}/${device}/${seq}`, id, body)
  }

  /** What the group is to the user follows from its entries, a little later. */
  private follows({ conversation: id }: SimGroup): boolean {
    const next = (): SimGroup | undefined => {
      const record = this.records.get(id)
      if (!record) return undefined
      const { leave: _, isPassedOn: __, first: ___, ...rest } = record
      const news = followed(this.me, record, this.state(id), this.holdings(id))
      return news && { ...rest, ...news }
    }
    if (!next()) return false
    this.replica.disk.later(() => {
      const record = next()
      if (!record || !this.replica.up) return
      this.keep(record.state === 'invited' ? { ...record, state: this.invitedState } : record)
    })
    return true
  }

  /** Somebody is met: of a member the newest device list is passed on. */
  met(list: DeviceList): void {
    this.metLists.set(list.account, list)
    for (const id of this.ids) {
      this.replica.tellConversation(id)
      this.pass(list, id)
    }
  }

  private pass(list: DeviceList, id: ConversationId): void {
    const state = this.state(id)
    if (!this.isIn(id) || !state.members.has(list.account) || list.account === this.me) return
    if ((state.lists.get(list.account)?.version ?? 0) >= list.version) return
    const displayName = state.names.get(list.account) ?? ''
    const body = { kind: 'group_devices', devices: list, displayName } as const
    this.sayOnce(`${list.account}/${list.version}`, id, body)
  }

  /** It may wait for others before it is shown. */
  private sayOnce(what: string, id: ConversationId, body: GroupBody): void {
    const key = `${id}/${what}`
    if (!this.said.has(key) && this.say(id, body)) this.said.add(key)
  }

  /** What was being written is not there. */
  failed(): void {
    this.said.clear()
  }

  /** Logs of which something is waited for are taken. */
  awaits(id: ConversationId): void {
    const writers = this.writers(id)
    const awaited = this.awaited.get(id) ?? new Map<DeviceId, AccountId>()
    for (const [by, { waiting }] of this.replica.shown.get(id)?.logs ?? []) {
      const account = writers.get(by)
      if (waiting && account && !writers.has(waiting.device)) awaited.set(waiting.device, account)
    }
    this.awaited.set(id, awaited)
    this.replica.tellConversation(id)
  }

  /** A group begins to be exchanged: who may not know that they are in it hears of it. */
  greet(session: Session, { account, knows }: Met, id: ConversationId): void {
    const { replica } = this
    const state = this.state(id)
    const { device } = otherEnd(session, replica.index)
    const log = replica.state.conversations.get(id)?.logs.get(device)
    if (mayNotKnow(state, account, knows, log?.changedAt))
      this.invite(session, id, vouchersFor(account, state))
    const listeners = this.listeners.get(session) ?? new Map<ConversationId, SimListener>()
    const sinceMs = replica.init.timeline.nowMs
    const { shown } = listeners.get(id) ?? { shown: '' }
    this.listeners.set(session, listeners.set(id, { shown, told: false, knows, sinceMs }))
  }

  /** A device told what it holds of a group, or took that back. */
  heardHolds(device: DeviceId, id: ConversationId): void {
    const session = this.replica.sessions.get(device)
    const listener = session && this.listeners.get(session)?.get(id)
    if (listener) listener.told = this.replica.heldBy(device, id).size > 0
  }

  /** Those who may not know that this user is in a group are shown why. */
  prove(): void {
    const { replica } = this
    for (const [session, listeners] of this.listeners) {
      const { device } = otherEnd(session, replica.index)
      if (!session.open) this.listeners.delete(session)
      for (const [id, listener] of session.open ? listeners : []) {
        if (!replica.state.peers.get(device)?.shared.has(id)) continue
        if (replica.init.timeline.nowMs - listener.sinceMs < GROUP_PROOF_WAIT_MS) continue
        const state = this.state(id)
        // Nobody can be told of a group without its first entry.
        if (!this.first(id)) continue
        const held = replica.heldBy(device, id)
        if (!isDeaf(this.me, state, { ...listener, held })) continue
        const kept = this.records.get(id)?.vouchers ?? []
        const proof = withKept(vouchersFor(this.me, state), kept)
        const key = proof.map((each) => placeKey(each.entry)).join()
        if (listener.shown !== key) this.invite(session, id, proof)
        listener.shown = key
      }
    }
  }

  private invite(session: Session, id: ConversationId, proof: readonly Voucher[]): void {
    const { replica } = this
    const first = this.first(id)
    if (!first) return
    const to = otherEnd(session, replica.index).index
    replica.init.hooks.invite(session, to, { conversation: id, ...first, proof }, this.list)
  }

  private first(id: ConversationId): FirstEntry | undefined {
    const device = founder(this.state(id))
    if (!device) return this.records.get(id)?.first
    const [entry] = this.replica.disk.shelf.log(id, device).entries
    return entry && { device, entry }
  }

  private get list(): DeviceList {
    const { registry, owner } = this.replica.init
    return registry.listOf(owner)
  }

  private readonly isMine = ({ account }: { readonly account: AccountId }): boolean =>
    account === this.me

  private ends(id: ConversationId, account: AccountId): ReadonlyMap<DeviceId, number> {
    const shown = this.replica.shown.get(id)
    return endsOf(this.state(id), account, (device) => shown?.shownOf(device) ?? 0)
  }

  private isWriting(id: ConversationId): boolean {
    const conversation = this.replica.state.conversations.get(id)
    if (!conversation) return true
    return [...conversation.logs.values()].some(({ tip, durable }) => tip.seq !== durable.seq)
  }

  private holdings(id: ConversationId): Holdings {
    const state = this.state(id)
    return {
      wasPassedOn: this.passedOn.has(id),
      held: () => this.held(id),
      heldBy: (account) => this.heldBy(id, state, account),
    }
  }

  private held(id: ConversationId): Clock {
    const { shelf } = this.replica.disk
    const devices = shelf.devicesIn(id).filter((device) => !shelf.isForked(id, device))
    return new Map(devices.map((device) => [device, shelf.head(id, device).seq]))
  }

  private heldBy(id: ConversationId, { devices }: GroupState, account: AccountId): Clock[] {
    const theirs = [...devices].filter(([, owner]) => owner === account)
    return theirs.map(([device]) => this.replica.heldBy(device, id))
  }

  private keep(record: SimGroup): void {
    const { replica } = this
    this.records.set(record.conversation, record)
    if (record.state === 'invited' || record.state === 'joining') {
      this.passedOn.delete(record.conversation)
    }
    replica.disk.write([{ type: 'group', record }])
    replica.order(record.conversation)
    this.changed(record.conversation)
  }
}
