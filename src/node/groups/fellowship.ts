// Life in groups, as far as the node does it by itself: it says that it is here, passes on the
// device lists of members, tells those who were added, takes invitations, and lets whoever wants
// into open groups.
import type { Frame, GroupJoinFrame } from '../../core/frames.ts'
import { added, endsSince, hasSaidHere } from '../../core/group/exchange.ts'
import type { GroupState } from '../../core/group/state.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { GROUP_MEMBERS_MAX } from '../../core/limits.ts'
import type { Session } from '../../net/net.ts'
import type { GroupRecord } from '../../store/store.ts'
import type { NodeParts } from '../parts.ts'
import { Fellows } from './fellows.ts'
import { viewOfGroup } from './group-views.ts'
import { Invitations } from './invitations.ts'
import { ListPace } from './list-pace.ts'
import { Partings } from './partings.ts'

export class Fellowship {
  private readonly parts: NodeParts
  /** What was written, so that it is not written twice: it may wait for others to be shown. */
  private readonly said = new Set<string>()
  private readonly pace: ListPace
  private readonly fellows: Fellows
  private readonly invitations: Invitations
  readonly partings: Partings
  private work: Promise<void> = Promise.resolve()

  constructor(parts: NodeParts) {
    this.parts = parts
    this.pace = new ListPace(parts.init.uptimeMs)
    this.fellows = new Fellows(parts)
    this.partings = new Partings(parts)
    this.invitations = new Invitations(parts, (work) => this.inTurn(work))
  }

  /** The node is on the network. */
  begin(): void {
    this.keepAll()
    for (const [id, { brief }] of this.parts.groups.all()) {
      if (!brief?.hasSaidHere && !this.follows(id)) this.sayHere(id)
    }
  }

  /** A group, or what it is to the user, changed. */
  changed(id: ConversationId, before: GroupState | undefined): void {
    const { bus, conversations, groups, self, sharing } = this.parts
    const group = groups.get(id)
    if (!group) return
    conversations.openGroup(id)
    const isIn = group.state.members.has(self.account)
    // Before that: what follows is told once it is on disk.
    sharing.refresh(id)
    if (this.follows(id)) return
    this.keepAll()
    this.sayHere(id)
    for (const session of sharing.all()) this.acquaint(session, id)
    const wasIn = before?.members.has(self.account) === true
    // Of a group that is being made there is nothing to tell before its first entry.
    const isBegun = group.record.state !== 'joined' || group.state.members.size > 0
    const isOther = wasIn !== isIn || before?.name !== group.state.name
    if (before === undefined ? isBegun : isOther) {
      bus.emit({ type: 'group', group: viewOfGroup(this.parts, id, group) })
    }
  }

  /**
   * What a group is to the user becomes what its entries say, also where a stop came in between.
   *
   * @returns whether it is something else from then on
   */
  private follows(id: ConversationId): boolean {
    const { groups } = this.parts
    if (!groups.followed(id)) return false
    this.inTurn(async () => {
      const record = groups.followed(id)
      if (record) await groups.keep(record.state === 'invited' ? this.askedAgain(record) : record)
    }).catch((error: unknown) => {
      this.parts.init.log.error({ err: error }, 'a group could not be handled')
    })
    return true
  }

  /** One who left was added again. */
  private askedAgain(record: GroupRecord): GroupRecord {
    const { groups, self } = this.parts
    const group = groups.get(record.conversation)
    const by = group && added(self.account, group.state)
    const invitedBy = by && group.state.devices.get(by.device)
    return { ...record, state: this.invitations.stateOf(record.conversation, invitedBy), invitedBy }
  }

  /** Somebody told what they hold: of a group that the user is in no more, maybe that they know. */
  heardHolds(device: DeviceId, id: ConversationId): void {
    const { groups, sharing, vouching } = this.parts
    vouching.heardHolds(device, id)
    this.partings.heardHolds(device, id)
    if (!groups.told(id) || this.follows(id)) return
    sharing.refresh(id)
    this.keepAll()
  }

  /** Keeps sessions with all with whom groups are exchanged, and for their sake no others. */
  keepAll(): void {
    this.fellows.keepAll()
  }

  /** Whether sessions with a device are kept for the sake of a group. */
  keeps(device: DeviceId): boolean {
    return this.fellows.keeps(device)
  }

  /** Somebody is met. Of one who shares groups the newest device list is passed on. */
  met(session: Session): void {
    if (session.account === this.parts.self.account) return
    this.fellows.met(session)
    const { groups } = this.parts
    const { devices } = session.hello
    const concerned = new Set(groups.index.awake())
    for (const [lists, ids] of groups.index.sleeping()) {
      const version = lists.get(session.account)?.version
      if (version === undefined || version === devices.version) continue
      for (const id of ids) concerned.add(id)
    }
    for (const id of concerned) this.acquaint(session, id)
  }

  /** A group hears of somebody's devices. */
  private acquaint(
    { account, hello }: Pick<Session, 'account' | 'hello'>,
    id: ConversationId,
  ): void {
    const { conversations, groups } = this.parts
    const { devices, name: displayName } = hello
    if (groups.met(id, devices)) conversations.openGroup(id)
    const { face } = groups.get(id) ?? {}
    if (account === this.parts.self.account || !groups.isMember(id)) return
    if (!face?.members.has(account)) return
    if ((face.lists.get(account)?.version ?? 0) >= devices.version) return
    const key = `${id}/${account}/${devices.version}`
    if (this.said.has(key) || !this.pace.take(id, account)) return
    this.write(key, id, { kind: 'group_devices', devices, displayName })
  }

  /** The user wants to be added to a group of this session's open groups. */
  ask(session: Session, conversation: ConversationId): void {
    this.invitations.want(conversation)
    session.send({ type: 'group_join', conversation })
  }

  /** @returns a promise that never rejects, where the next frame has to wait for the disk */
  frame(session: Session, frame: Frame): Promise<void> | undefined {
    if (this.parts.book.get(session.account)?.state === 'blocked') return undefined
    if (frame.type === 'group_invite') {
      this.parts.vouching.heard(session, frame)
      return this.invitations.heard(session, frame)
    }
    if (frame.type === 'groups_wanted') this.parts.openGroups.tell(session)
    else if (frame.type === 'group_join') this.heardJoin(session, frame)
    else if (frame.type === 'groups') this.parts.openGroups.heard(session, frame.groups)
    return undefined
  }

  /**
   * Changes what a group is to the user, once nothing else does.
   *
   * @param change gives undefined where nothing is to change
   * @throws TidingsError as writing does
   */
  amend(
    id: ConversationId,
    change: (record: GroupRecord) => GroupRecord | undefined,
  ): Promise<void> {
    const { groups } = this.parts
    return this.inTurn(async () => {
      const record = groups.get(id)?.record
      const next = record && change(record)
      if (next) await groups.keep(next)
    })
  }

  /** Resolves when nothing of this is under way. */
  async idle(): Promise<void> {
    await this.work
  }

  private heardJoin({ account, hello }: Session, { conversation: id }: GroupJoinFrame): void {
    const { groups } = this.parts
    const group = groups.get(id)
    // The same silence for a group that is not open and for one that does not exist.
    if (!group?.state.open || !groups.isMember(id) || group.state.members.has(account)) return
    if (group.state.members.size >= GROUP_MEMBERS_MAX) return
    // Whoever an admin removed comes back by an admin only.
    if (endsSince(account, group.state).some(({ isOwn }) => !isOwn)) return
    const { devices, name: displayName } = hello
    const { device: by = '', seq = 0 } = added(account, group.state) ?? {}
    this.write(`${id}/${account}/add/${by}/${seq}`, id, { kind: 'group_add', devices, displayName })
  }

  /** This device, its account's newest list, or another name: the group hears of it once. */
  private sayHere(id: ConversationId): void {
    const { groups, self } = this.parts
    const group = groups.get(id)
    if (!group || !groups.isMember(id)) return
    const { account, device, record } = self
    const { devices, name: displayName } = record
    if (hasSaidHere(group.state, device, devices, displayName)) return
    const { device: by = device, seq = 0 } = added(account, group.state) ?? {}
    this.write(`${id}/here/${devices.version}/${displayName}/${by}/${seq}`, id, {
      kind: 'group_devices',
      devices,
      displayName,
    })
  }

  /** Never rejects: what failed is tried again when something changes. */
  private write(
    key: string,
    id: ConversationId,
    body: Parameters<NodeParts['appender']['append']>[1],
  ): void {
    if (this.said.has(key)) return
    this.said.add(key)
    this.parts.appender.append(id, body).catch((error: unknown) => {
      this.said.delete(key)
      this.parts.init.log.warn({ err: error }, 'something could not be told to a group')
    })
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.work.then(work)
    this.work = done.catch(() => {})
    return done
  }
}
