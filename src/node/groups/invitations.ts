// Invitations to groups: what was asked for is joined, from friends perhaps at once, and the rest
// waits for the user.
import type { GroupInviteFrame } from '../../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { GROUP_INVITES_MAX, WRITE_RETRY_MS } from '../../core/limits.ts'
import type { Session } from '../../net/net.ts'
import type { GroupRecord } from '../../store/store.ts'
import { verifyDeviceList } from '../../wire/devices.ts'
import { orderedPart } from '../../wire/entry.ts'
import type { NodeParts } from '../parts.ts'

/** What somebody was added to and is not in yet. */
const PENDING: ReadonlySet<GroupRecord['state']> = new Set(['invited', 'joining'] as const)

/** Does what changes records of groups, one after the other. */
type InTurn = (work: () => Promise<void>) => Promise<void>

export class Invitations {
  private readonly parts: NodeParts
  private readonly inTurn: InTurn
  /** Groups that the user asked to be added to. */
  private readonly wanted = new Set<ConversationId>()
  /** How many are tried again. */
  private retries = 0

  constructor(parts: NodeParts, inTurn: InTurn) {
    this.parts = parts
    this.inTurn = inTurn
  }

  /** The user asked to be added. */
  want(conversation: ConversationId): void {
    this.wanted.add(conversation)
  }

  /** What a group is to the user that somebody added them to. */
  stateOf(id: ConversationId, by: AccountId | undefined): 'invited' | 'joining' {
    const { book, init } = this.parts
    const isFriend = by !== undefined && book.get(by)?.state === 'friend'
    const isTaken = this.wanted.delete(id) || (init.accept === 'auto' && isFriend)
    return isTaken ? 'joining' : 'invited'
  }

  /** It is told once in a session: what a full disk does not take is tried again. Never rejects. */
  heard(session: Session, frame: GroupInviteFrame): Promise<void> {
    return this.inTurn(() => this.take(session, frame)).catch((error: unknown) => {
      this.parts.init.log.error({ err: error }, 'an invitation could not be taken')
      if (this.retries >= GROUP_INVITES_MAX) return
      this.retries += 1
      setTimeout(() => this.again(session, frame), WRITE_RETRY_MS).unref()
    })
  }

  private again(session: Session, frame: GroupInviteFrame): void {
    this.retries -= 1
    if ([...this.parts.sharing.all()].includes(session)) void this.heard(session, frame)
  }

  private async take(session: Session, invite: GroupInviteFrame): Promise<void> {
    const { groups, meetings, self } = this.parts
    const { conversation, device, entry, name } = invite
    const { account, hello } = session
    const isWanted = this.wanted.has(conversation)
    const isKnown = meetings.isMutual(session) || groups.index.groupsWith(account).size > 0
    const before = groups.get(conversation)?.record
    if (!(isKnown || isWanted) || groups.isMember(conversation)) return
    const vouchers = this.parts.vouching.ofOwn(invite)
    const isFellow = groups.index.groupsWith(account).has(conversation)
    if (before && isFellow && vouchers.length > 0) await groups.keep({ ...before, vouchers })
    // Of who was in it the entries say whether they were added again, and were not asked too early.
    if (before && !isWanted) return
    const pending = [...groups.all()].filter(
      ([, { record }]) => record.invitedBy === account && PENDING.has(record.state),
    )
    if (pending.length >= GROUP_INVITES_MAX) return
    const body = orderedPart(entry).other
    if (body?.kind !== 'group_create' || !verifyDeviceList(body.devices)) return
    const roots = new Map<DeviceId, AccountId>([[device, body.devices.account]])
    for (const each of hello.devices.devices) roots.set(each, account)
    for (const own of self.devices) roots.delete(own)
    const state = this.stateOf(conversation, account)
    // Whether it has keys its first entry says, and not whoever invites.
    if (body.keyCheck) await this.parts.groupKeys.invited(conversation, invite.key)
    const record = { conversation, state, name, invitedBy: account, roots: [...roots] }
    const first = { device, entry: Uint8Array.from(entry) }
    await groups.keep({ ...record, first, ...(vouchers.length > 0 && { vouchers }) })
  }
}
