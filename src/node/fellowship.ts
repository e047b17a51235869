// Life in groups, as far as the node does it by itself: it says that it is here, passes on the
// device lists of members, tells those who were added, takes invitations, and lets whoever wants
// into open groups.
import type { Frame, GroupInviteFrame, GroupJoinFrame } from '../core/frames.ts'
import type { GroupState } from '../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import { GROUP_INVITES_MAX, GROUP_MEMBERS_MAX, GROUPS_PER_FRAME_MAX } from '../core/limits.ts'
import type { Session } from '../net/net.ts'
import { verifyDeviceList } from '../wire/devices.ts'
import { orderedPart } from '../wire/entry.ts'
import { nameOfGroup } from './group-names.ts'
import { firstPlace, followed } from './group-record.ts'
import { viewOfGroup } from './group-views.ts'
import type { NodeParts } from './parts.ts'

export class Fellowship {
  private readonly parts: NodeParts
  /** Groups that the user asked to be added to. */
  private readonly wanted = new Set<ConversationId>()
  /** What is being written, so that it is not written twice. */
  private readonly writing = new Set<string>()
  private readonly kept = new Set<DeviceId>()
  private work: Promise<void> = Promise.resolve()

  constructor(parts: NodeParts) {
    this.parts = parts
  }

  /** The node is on the network. */
  begin(): void {
    this.keepFellows()
    for (const [id] of this.parts.groups.all()) if (!this.follows(id)) this.sayHere(id)
  }

  /** A group, or what it is to the user, changed. */
  changed(id: ConversationId, before: GroupState | undefined): void {
    const { bus, conversations, groups, self, sharing } = this.parts
    const group = groups.get(id)
    if (!group) return
    conversations.openGroup(id)
    const isIn = group.state.members.has(self.account)
    if (this.follows(id)) return
    sharing.refresh()
    this.keepFellows()
    this.sayHere(id)
    const wasIn = before?.members.has(self.account) === true
    if (before === undefined || wasIn !== isIn || before.name !== group.state.name) {
      bus.emit({ type: 'group', group: viewOfGroup(this.parts, id, group) })
    }
  }

  /**
   * What a group is to the user becomes what its entries say, also where a stop came in between.
   *
   * @returns whether it is something else from then on
   */
  private follows(id: ConversationId): boolean {
    const { groups, self } = this.parts
    const next = (): ReturnType<typeof followed> => {
      const group = groups.get(id)
      return group && followed(group, self.account)
    }
    if (!next()) return false
    this.inTurn(async () => {
      const record = next()
      if (record) await groups.keep(record)
    })
    return true
  }

  /** Somebody told what they hold: of a group that the user left, maybe that they know it. */
  heardHolds(id: ConversationId): void {
    const { groups, sharing } = this.parts
    if (!groups.isKnownAsLeft(id)) return
    groups.index()
    sharing.refresh()
    this.keepFellows()
  }

  /** Keeps sessions with every member of every group, as with contacts. */
  keepFellows(): void {
    const { book, groups, net, receipts } = this.parts
    const wanted = new Set<DeviceId>()
    for (const account of groups.fellows()) {
      if (book.get(account)?.state === 'blocked') continue
      for (const device of groups.devicesOf(account)) wanted.add(device)
    }
    for (const device of wanted) {
      if (this.kept.has(device)) continue
      this.kept.add(device)
      // Where contacts are is known better.
      if (!book.holdsDevice(device)) net.keep(device, receipts.addresses(device))
    }
    for (const device of this.kept) {
      if (wanted.has(device)) continue
      this.kept.delete(device)
      if (!book.holdsDevice(device)) net.release(device)
    }
  }

  /** Whether sessions with a device are kept for the sake of a group. */
  keeps(device: DeviceId): boolean {
    return this.kept.has(device)
  }

  /** Somebody is met. Of one who shares groups the newest device list is passed on. */
  met({ account, device, hello }: Session): void {
    const { book, groups, net, receipts, self } = this.parts
    if (account === self.account) return
    if (this.kept.has(device) && !book.holdsDevice(device)) {
      net.keep(device, [...receipts.addresses(device), ...hello.addresses])
    }
    for (const id of groups.sharedWith(account)) {
      const group = groups.get(id)
      if (!group || !groups.isMember(id) || !group.state.members.has(account)) continue
      if ((group.state.lists.get(account)?.version ?? 0) >= hello.devices.version) continue
      const { devices, name: displayName } = hello
      const key = `${id}/${account}/${devices.version}`
      this.write(key, id, { kind: 'group_devices', devices, displayName })
    }
  }

  /** Tells somebody that they were added. */
  invite(session: Session, id: ConversationId): void {
    const { groups, store } = { ...this.parts, store: this.parts.init.store }
    const group = groups.get(id)
    const root = group && firstPlace(group.state)
    if (!group || !root) return
    this.inTurn(async () => {
      const run = await store.readRun(id, root, 1)
      const entry = run?.entries[1 - run.first]
      if (!entry) return
      const about = { name: nameOfGroup(group), ...this.parts.groupKeys.offer(session, id) }
      session.send({ type: 'group_invite', conversation: id, device: root, entry, ...about })
    })
  }

  /** The user wants to be added to a group of this session's open groups. */
  ask(session: Session, conversation: ConversationId): void {
    this.wanted.add(conversation)
    session.send({ type: 'group_join', conversation })
  }

  frame(session: Session, frame: Frame): void {
    if (this.parts.book.get(session.account)?.state === 'blocked') return
    if (frame.type === 'group_invite') this.inTurn(() => this.heardInvite(session, frame))
    else if (frame.type === 'groups_wanted') this.tellOpen(session)
    else if (frame.type === 'group_join') this.heardJoin(session, frame)
    else if (frame.type === 'groups') this.parts.openGroups.heard(session, frame.groups)
  }

  /** Resolves when nothing of this is under way. */
  async idle(): Promise<void> {
    await this.work
  }

  private tellOpen(session: Session): void {
    const { groups } = this.parts
    const open = [...groups.all()].flatMap(([conversation, group]) => {
      if (!groups.isMember(conversation) || !group.state.open) return []
      const { topic, members } = group.state
      return [{ conversation, name: nameOfGroup(group), topic, members: members.size }]
    })
    session.send({ type: 'groups', groups: open.slice(0, GROUPS_PER_FRAME_MAX) })
  }

  private heardJoin({ account, hello }: Session, { conversation: id }: GroupJoinFrame): void {
    const { groups } = this.parts
    const group = groups.get(id)
    // The same silence for a group that is not open and for one that does not exist.
    if (!group?.state.open || !groups.isMember(id) || group.state.members.has(account)) return
    if (group.state.members.size >= GROUP_MEMBERS_MAX) return
    // Whoever an admin removed comes back by an admin only.
    const wasRemoved = group.state.bars.some(
      (bar) =>
        bar.isRemoval &&
        bar.account === account &&
        group.state.devices.get(bar.by.device) !== account,
    )
    if (wasRemoved) return
    const { devices, name: displayName } = hello
    this.write(`${id}/${account}/add`, id, { kind: 'group_add', devices, displayName })
  }

  private async heardInvite(session: Session, invite: GroupInviteFrame): Promise<void> {
    const { book, groups, init, meetings, self } = this.parts
    const { conversation, device, entry, name } = invite
    const { account, hello } = session
    const isWanted = this.wanted.has(conversation)
    const isKnown = meetings.isMutual(session) || groups.sharedWith(account).size > 0
    const before = groups.get(conversation)?.record
    if (!(isKnown || isWanted) || groups.isMember(conversation)) return
    // Who turned an invitation down is not asked again; who was in it and left is.
    const hasLeft = before?.state === 'left' && (isWanted || groups.isKnownAsLeft(conversation))
    if (before && before.state !== 'joined' && !hasLeft) return
    const pending = [...groups.all()].filter(
      ([, { record }]) => record.state === 'invited' && record.invitedBy === account,
    )
    if (pending.length >= GROUP_INVITES_MAX) return
    const body = orderedPart(entry).other
    if (body?.kind !== 'group_create' || !verifyDeviceList(body.devices)) return
    const roots = new Map<DeviceId, AccountId>([[device, body.devices.account]])
    for (const each of hello.devices.devices) roots.set(each, account)
    for (const own of self.devices) roots.delete(own)
    const isTaken = isWanted || (init.accept === 'auto' && book.get(account)?.state === 'friend')
    const state = isTaken ? 'joining' : 'invited'
    this.wanted.delete(conversation)
    await this.parts.groupKeys.invited(conversation, invite.key)
    await groups.keep({ conversation, state, name, invitedBy: account, roots: [...roots] })
  }

  /** This device, its account's newest list, or another name: the group hears of it once. */
  private sayHere(id: ConversationId): void {
    const { groups, self } = this.parts
    const group = groups.get(id)
    if (!group || !groups.isMember(id)) return
    const { account, device, record } = self
    const { affirmed, lists, names, members } = group.state
    const isTold =
      affirmed.get(device) === account &&
      members.get(account)?.isHere === true &&
      (lists.get(account)?.version ?? 0) >= record.devices.version &&
      names.get(account) === record.name
    if (isTold) return
    const { devices, name: displayName } = record
    this.write(`${id}/here`, id, { kind: 'group_devices', devices, displayName })
  }

  /** Never rejects: what failed is tried again when something changes. */
  private write(
    key: string,
    id: ConversationId,
    body: Parameters<NodeParts['appender']['append']>[1],
  ): void {
    if (this.writing.has(key)) return
    this.writing.add(key)
    this.parts.appender
      .append(id, body)
      .catch((error: unknown) => {
        this.parts.init.log.warn({ err: error }, 'something could not be told to a group')
      })
      .finally(() => this.writing.delete(key))
  }

  private inTurn(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch((error: unknown) => {
      this.parts.init.log.error({ err: error }, 'a group could not be handled')
    })
  }
}
