// Members who do not know each other. Whoever stays silent about a group that is shared with them
// is shown by which entries the user is in it. Who shows such entries is heard, and who left; all
// others find the same silence, whether or not this node is in the group (core/group, vouchers.ts).
import type { GroupInviteFrame, GroupVoucher } from '../../core/frames.ts'
import { founder, isOffList, takesGroup } from '../../core/group/exchange.ts'
import { placeKey, type Voucher } from '../../core/group/rules.ts'
import type { GroupState } from '../../core/group/state.ts'
import { isDeaf, isHeard, isKnown, vouchersFor, withKept } from '../../core/group/vouchers.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import {
  FRAME_BYTES_MAX,
  GROUP_PROOF_WAIT_MS,
  GROUP_PROOFS_MAX,
  GROUP_VOUCHERS_MAX,
} from '../../core/limits.ts'
import { cutRun } from '../../core/run.ts'
import type { Session } from '../../net/net.ts'
import type { GroupRecord } from '../../store/store.ts'
import { decodeVoucher, encodeVoucher, framed, readVouched } from '../../wire/group-vouchers.ts'
import type { NodeParts } from '../parts.ts'
import { nameOfGroup } from './group-names.ts'
import type { Group } from './groups.ts'

/** Of a GroupInvite beside its first entry and its proof. */
const INVITE_BYTES = 512

/** Somebody with whom a group is shared. */
interface Listener {
  readonly knows: number | undefined
  readonly sinceMs: number
  told: boolean
  /** What it was shown. */
  shown: string
  /** Of which it was seen whether there is something to show. */
  seen: GroupState | undefined
}

interface Listening {
  readonly session: Session
  readonly groups: Map<ConversationId, Listener>
}

/** With what shows it, where that is kept apart from the entries. */
interface Vouched extends Voucher {
  readonly signed?: GroupVoucher
}

type FirstEntry = GroupRecord['first']
type Proofs = Map<ConversationId, readonly Voucher[]>

export class Vouching {
  private readonly parts: NodeParts
  private readonly proofs = new WeakMap<Session, Proofs>()
  private readonly listening = new Map<DeviceId, Listening>()
  private work: Promise<void> = Promise.resolve()

  constructor(parts: NodeParts) {
    this.parts = parts
  }

  /** Groups of which a peer is heard, also where nothing of them is shared with it. */
  heardOf(session: Session): ConversationId[] {
    const proofs = this.proofs.get(session)
    // All members share one that sleeps, and others have to show something, or left.
    const { index } = this.parts.groups
    const former = index.formerOf(session.account)
    const maybe = new Set([...index.awake(), ...former, ...(proofs?.keys() ?? [])])
    return [...maybe].filter((id) => this.hears(session, id))
  }

  /** Whether a peer is heard of one of them. */
  hears(session: Session, id: ConversationId): boolean {
    const { groups, self } = this.parts
    const { account, device, hello } = session
    const { record, state } = groups.get(id) ?? {}
    if (!record || !state || !takesGroup(record) || isOffList(state, device, hello.devices)) {
      return false
    }
    const proofs = this.proofs.get(session)?.get(id) ?? []
    return isHeard(account, proofs, self.account, record, state)
  }

  /** A group begins to be shared in a session. @param knows as Listener of core/group has it */
  begin(session: Session, id: ConversationId, knows: number | undefined): void {
    const { device } = session
    const before = this.listening.get(device)
    const groups = before?.session === session ? before.groups : new Map<ConversationId, Listener>()
    // What it told before is forgotten, and asked for anew: it may not listen any more.
    const { shown = '' } = groups.get(id) ?? {}
    const sinceMs = this.parts.init.uptimeMs()
    groups.set(id, { knows, sinceMs, told: false, shown, seen: undefined })
    this.listening.set(device, { session, groups })
  }

  end(session: Session): void {
    if (this.listening.get(session.device)?.session === session) {
      this.listening.delete(session.device)
    }
  }

  /** A device told what it holds of a group, or took that back. */
  heardHolds(device: DeviceId, id: ConversationId): void {
    const listener = this.listening.get(device)?.groups.get(id)
    if (!listener) return
    listener.told = this.parts.receipts.holds(device, id).size > 0
    listener.seen = undefined
  }

  /** Those who may not know that this user is in a group are shown why. */
  tick(): void {
    const nowMs = this.parts.init.uptimeMs()
    for (const { session, groups } of this.listening.values()) {
      for (const [id, listener] of groups) {
        if (listener.told || nowMs - listener.sinceMs < GROUP_PROOF_WAIT_MS) continue
        this.prove(session, id, listener)
      }
    }
  }

  /** Tells somebody that they were added, and by which entries: they can show these to others. */
  invite(session: Session, id: ConversationId): void {
    const { state } = this.parts.groups.get(id) ?? {}
    if (state) this.show(session, id, vouchersFor(session.account, state))
  }

  /**
   * What of a proof is kept, as it shows that this user was added. Nothing where it does not, or
   * something is kept that is not known otherwise by now.
   */
  ofOwn({ conversation, proof = [] }: GroupInviteFrame): Uint8Array[] {
    const { groups, self } = this.parts
    const { record, state } = groups.get(conversation) ?? {}
    const kept = (record?.vouchers ?? []).map(decodeVoucher).flatMap(keptOf)
    if (state && kept.some((voucher) => !isKnown(voucher, state))) return []
    const shown = proof.flatMap(keptOf)
    const isOwn = shown.some(({ account }) => account === self.account)
    return isOwn ? shown.map(({ signed }) => encodeVoucher(signed)) : []
  }

  /**
   * What somebody shows is kept as long as they are there. It is checked the same whether or not
   * this node is in the group.
   */
  heard(session: Session, { conversation: id, proof = [] }: GroupInviteFrame): void {
    const { groups, sharing } = this.parts
    const fresh = proof.flatMap((each) => readVouched(each) ?? [])
    if (fresh.length === 0) return
    const proofs: Proofs = this.proofs.get(session) ?? new Map<ConversationId, readonly Voucher[]>()
    // It comes in several frames where it is large.
    proofs.set(id, [...fresh, ...(proofs.get(id) ?? [])].slice(0, 2 * GROUP_VOUCHERS_MAX))
    const unknown = [...proofs.keys()].filter((each) => !groups.get(each))
    for (const each of unknown.slice(0, -GROUP_PROOFS_MAX)) proofs.delete(each)
    this.proofs.set(session, proofs)
    sharing.claimed(session, id)
  }

  /** Resolves when nothing of this is under way. */
  async idle(): Promise<void> {
    await this.work
  }

  private prove(session: Session, id: ConversationId, listener: Listener): void {
    const { groups, receipts, self, sharing } = this.parts
    const { record, state } = groups.get(id) ?? {}
    if (!record || state === listener.seen || !sharing.shares(session, id)) return
    // Nobody can be told of a group without its first entry.
    if (!state || !(founder(state) ?? record.first)) return
    listener.seen = state
    const held = receipts.holds(session.device, id)
    if (!isDeaf(self.account, state, { ...listener, held })) return groups.wear(id)
    const kept = (record.vouchers ?? []).map(decodeVoucher).flatMap(keptOf)
    const vouchers = withKept<Vouched>(vouchersFor(self.account, state), kept)
    const key = vouchers.map(({ entry }) => placeKey(entry)).join()
    if (key === listener.shown) return
    listener.shown = key
    if (vouchers.length > 0) this.show(session, id, vouchers)
  }

  private show(session: Session, id: ConversationId, vouchers: readonly Vouched[]): void {
    // What stands in one run with them goes along.
    this.parts.replicator.note({ type: 'seen', conversation: id })
    this.inTurn(async () => {
      const invite = await this.invitation(session, id)
      if (!invite) return
      const room = FRAME_BYTES_MAX - INVITE_BYTES - invite.entry.byteLength
      const signed = await Promise.all(vouchers.map((voucher) => this.signed(id, voucher)))
      const [first, ...others] = framed(signed.flat(), room)
      session.send(first ? { ...invite, proof: first } : invite)
      for (const proof of others) session.send({ ...invite, proof })
    })
  }

  /** How others see for themselves what a voucher says. */
  private async signed(
    id: ConversationId,
    { by, entry: { device, seq }, signed }: Vouched,
  ): Promise<GroupVoucher[]> {
    if (signed) return [signed]
    const { groups, init, ledger, replicator, self } = this.parts
    const devices = groups.get(id)?.state.listings.get(device)
    // What was being taken back before this was asked for must not go along.
    while (device === self.device && replicator.isWriting(id, device)) await ledger.turn()
    const run = await init.store.readRun(id, device, seq)
    return run && devices?.account === by ? [{ devices, run: cutRun(run, seq) }] : []
  }

  private async invitation(
    session: Session,
    id: ConversationId,
  ): Promise<GroupInviteFrame | undefined> {
    const { groupKeys, groups } = this.parts
    const group = groups.get(id)
    const first = group && (await this.firstOf(id, group))
    if (!first) return undefined
    const about = { name: nameOfGroup(group), ...groupKeys.offer(session, id) }
    return { type: 'group_invite', conversation: id, ...first, ...about }
  }

  /** What made a group, from its log, or as it came with the invitation. */
  private async firstOf(id: ConversationId, { record, state }: Group): Promise<FirstEntry> {
    const device = founder(state)
    if (!device) return record.first
    const run = await this.parts.init.store.readRun(id, device, 1)
    const entry = run?.entries[1 - run.first]
    return entry && { device, entry }
  }

  private inTurn(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch((error: unknown) => {
      this.parts.init.log.error({ err: error }, 'somebody could not be told of a group')
    })
  }
}

function keptOf(signed: GroupVoucher): Required<Vouched>[] {
  const voucher = readVouched(signed)
  return voucher ? [{ ...voucher, signed }] : []
}
