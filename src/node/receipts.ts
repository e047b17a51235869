// Where messages stand: what each peer's devices hold (delivered) and how far people have read.
// A peer's clock is the receipt; there is no other. Kept on disk so that it is known offline too,
// written a little later than it is learned: a lost write is told again at the next meeting.
import { type Clock, covers, mergeClocks } from '../core/clock.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import { ADDRESSES_PER_PEER_MAX } from '../core/limits.ts'
import type { PeerRecord } from '../store/store.ts'
import type { LateRecords } from './late-records.ts'

type HoldsKey = `${DeviceId}/${ConversationId}`
type ReadKey = `${AccountId}/${ConversationId}`

export interface ReceiptsInit {
  readonly records: LateRecords
  readonly me: DeviceId
  /** How many entries of a log are on disk here. */
  readonly heldOf: (conversation: ConversationId, device: DeviceId) => number
  readonly accountOf: (device: DeviceId) => AccountId | undefined
  /** The database lost something: peers are asked to tell everything anew. */
  readonly isDamaged: boolean
}

export class Receipts {
  private readonly init: ReceiptsInit
  private readonly held = new Map<HoldsKey, Clock>()
  /** The same, but for what may be other entries than those here. */
  private readonly provenOf = new Map<HoldsKey, Clock>()
  private readonly witnessed = new Map<HoldsKey, number>()
  private readonly told = new Set<DeviceId>()
  private readonly reads = new Map<ReadKey, Clock>()

  constructor(init: ReceiptsInit) {
    this.init = init
  }

  /** What a device holds of a conversation, as it last told. */
  holds(device: DeviceId, conversation: ConversationId): Clock {
    const key: HoldsKey = `${device}/${conversation}`
    let clock = this.held.get(key)
    if (!clock) {
      clock = new Map(this.init.records.get('holds', key)?.clock ?? [])
      this.held.set(key, clock)
    }
    return clock
  }

  /** What of that certainly is what was written here. */
  proven(device: DeviceId, conversation: ConversationId): Clock {
    return this.provenOf.get(`${device}/${conversation}`) ?? this.holds(device, conversation)
  }

  /** @param unproven devices of whose logs it may hold other entries: these are no receipts */
  setHolds(
    device: DeviceId,
    conversation: ConversationId,
    clock: Clock,
    unproven: ReadonlySet<DeviceId> = new Set(),
  ): void {
    const { me, heldOf, records } = this.init
    const key: HoldsKey = `${device}/${conversation}`
    const claimed = clock.get(me) ?? 0
    const own = heldOf(conversation, me)
    const least = Math.min(this.witness(device, conversation), claimed)
    const witnessed = claimed <= own ? claimed : Math.max(own, least)
    const before = this.proven(device, conversation)
    const proven = new Map(clock)
    for (const each of unproven)
      proven.set(each, Math.min(before.get(each) ?? 0, clock.get(each) ?? 0))
    this.held.set(key, clock)
    this.provenOf.set(key, proven)
    this.witnessed.set(key, witnessed)
    const kept = new Map(proven)
    if (claimed !== witnessed) kept.set(me, Math.min(witnessed, proven.get(me) ?? 0))
    records.put('holds', key, { clock: [...kept] })
  }

  /**
   * How many of one's own entries a device told that it holds while they were on disk here too. So
   * they did exist, whatever this database has lost since; anything above is only a claim, and is
   * not kept on disk.
   */
  witness(device: DeviceId, conversation: ConversationId): number {
    const key: HoldsKey = `${device}/${conversation}`
    let seq = this.witnessed.get(key)
    if (seq === undefined) {
      seq = this.holds(device, conversation).get(this.init.me) ?? 0
      this.witnessed.set(key, seq)
    }
    return seq
  }

  token(device: DeviceId): ResumeToken | undefined {
    if (this.init.isDamaged && !this.hasTold(device)) return undefined
    return this.init.records.get('peer', device)?.token
  }

  /** Whether it told all of its clocks since this node started, and nothing of it is missing. */
  hasTold(device: DeviceId): boolean {
    return this.told.has(device)
  }

  setToken(device: DeviceId, token: ResumeToken): void {
    // Of strangers nothing is kept: there is no end of them.
    if (this.accountOf(device)) this.told.add(device)
    this.changePeer(device, (peer) => ({ ...peer, token }))
  }

  /** Addresses that led to the device, newest first. */
  addresses(device: DeviceId): readonly string[] {
    return this.init.records.get('peer', device)?.addresses ?? []
  }

  /** The device proved itself at the address. */
  setAddress(device: DeviceId, address: string): void {
    this.changePeer(device, (peer) => {
      if (peer.addresses[0] === address) return peer
      const others = peer.addresses.filter((each) => each !== address)
      return { ...peer, addresses: [address, ...others].slice(0, ADDRESSES_PER_PEER_MAX) }
    })
  }

  /** How far an account's user has read. */
  read(account: AccountId, conversation: ConversationId): Clock {
    const key: ReadKey = `${account}/${conversation}`
    let clock = this.reads.get(key)
    if (!clock) {
      clock = new Map(this.init.records.get('read', key)?.clock ?? [])
      this.reads.set(key, clock)
    }
    return clock
  }

  /** Read positions only rise; the merged clock, once it is on disk. */
  async setRead(account: AccountId, conversation: ConversationId, clock: Clock): Promise<Clock> {
    const key: ReadKey = `${account}/${conversation}`
    const before = this.read(account, conversation)
    if (covers(before, clock)) return before
    const merged = mergeClocks(before, clock)
    this.reads.set(key, merged)
    this.init.records.put('read', key, { clock: [...merged] })
    await this.init.records.flush()
    return merged
  }

  /** How far an own log has come with a person: delivered to any of their devices, read by them. */
  progress(
    conversation: ConversationId,
    author: DeviceId,
    account: AccountId,
    devices: Iterable<DeviceId>,
  ): { delivered: number; read: number } {
    let delivered = 0
    for (const device of devices) {
      delivered = Math.max(delivered, this.proven(device, conversation).get(author) ?? 0)
    }
    const read = this.read(account, conversation).get(author) ?? 0
    // Nobody has received or read what was not written.
    const most = this.init.heldOf(conversation, author)
    return { delivered: Math.min(delivered, most), read: Math.min(read, most) }
  }

  private changePeer(device: DeviceId, amend: (peer: PeerRecord) => PeerRecord): void {
    const { records } = this.init
    const known = records.get('peer', device)
    const account = this.accountOf(device)
    if (!account) return
    const next = amend(known ?? { device, account, addresses: [], token: undefined })
    if (next !== known) records.put('peer', device, next)
  }

  private accountOf(device: DeviceId): AccountId | undefined {
    return this.init.records.get('peer', device)?.account ?? this.init.accountOf(device)
  }
}
