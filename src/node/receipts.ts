// Where messages stand: what each peer's devices hold (delivered) and how far people have read.
// A peer's clock is the receipt; there is no other. Kept on disk so that it is known offline too,
// written a little later than it is learned: a lost write is told again at the next meeting.
import { type Clock, EMPTY_CLOCK, withSeq } from '../core/clock.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import { ADDRESSES_PER_PEER_MAX } from '../core/limits.ts'
import type { Counted } from '../core/sync/state.ts'
import type { PeerRecord } from '../store/store.ts'
import { type ClockKey, KeptClocks } from './kept-clocks.ts'
import type { LateRecords } from './late-records.ts'
import { ReadMarks, type ReadMarksInit } from './read-marks.ts'

/** What a device told of a conversation. */
interface Told {
  readonly clock: Clock
  /** Of logs of which it may hold other entries than those here: what it certainly holds. */
  readonly doubted: Clock
  readonly witnessed: number
}

/** How far an own log has come with somebody: delivered to any of their devices, read by them. */
export interface Progress {
  readonly delivered: number
  readonly read: number
}

export interface ReceiptsInit extends ReadMarksInit {
  readonly records: LateRecords
  readonly me: DeviceId
  /** How many entries of a log are on disk here. */
  readonly heldOf: (conversation: ConversationId, device: DeviceId) => number
  readonly accountOf: (device: DeviceId) => AccountId | undefined
  /** The database lost something: peers are asked to tell everything anew. */
  readonly isDamaged: boolean
}

export class Receipts {
  readonly reads: ReadMarks
  private readonly init: ReceiptsInit
  private readonly clocks: KeptClocks
  private readonly held = new Map<ClockKey, Told>()
  private readonly told = new Set<DeviceId>()
  /** They told something that is not kept: what was counted would not be what lies on disk. */
  private readonly uncounted = new Set<DeviceId>()

  constructor(init: ReceiptsInit) {
    this.init = init
    this.clocks = new KeptClocks(init.records, 'holds')
    this.reads = new ReadMarks(init)
  }

  /**
   * Looks which read positions there are. After damage nothing that was counted before it is relied
   * on, now or later.
   */
  async load(): Promise<void> {
    const { isDamaged, records } = this.init
    await this.reads.load()
    if (!isDamaged) return
    for (const [device, { counted, ...peer }] of await records.peers()) {
      if (counted) records.put('peer', device, peer)
    }
    // Where it cannot be written the next opening finds the damage again.
    await records.flush().catch(() => {})
  }

  /** What a device holds of a conversation, as it last told. */
  holds(device: DeviceId, conversation: ConversationId): Clock {
    return this.toldBy(device, conversation).clock
  }

  /** What of that certainly is what was written here. */
  proven(device: DeviceId, conversation: ConversationId): Clock {
    return provenOf(this.toldBy(device, conversation))
  }

  /** @param unproven devices of whose logs it may hold other entries: these are no receipts */
  setHolds(
    device: DeviceId,
    conversation: ConversationId,
    clock: Clock,
    unproven: ReadonlySet<DeviceId> = new Set(),
  ): void {
    const { me, heldOf } = this.init
    const key: ClockKey = `${device}/${conversation}`
    const before = this.toldBy(device, conversation)
    const claimed = clock.get(me) ?? 0
    const own = heldOf(conversation, me)
    const least = Math.min(before.witnessed, claimed)
    const witnessed = claimed <= own ? claimed : Math.max(own, least)
    const now = { clock, doubted: doubtedOf(before, clock, unproven), witnessed }
    this.held.set(key, now)
    const kept = this.kept(now)
    if (kept !== clock) this.uncounted.add(device)
    this.clocks.save(key, this.kept(before), kept)
  }

  /**
   * How many of one's own entries a device told that it holds while they were on disk here too. So
   * they did exist, whatever this database has lost since; anything above is only a claim, and is
   * not kept on disk.
   */
  witness(device: DeviceId, conversation: ConversationId): number {
    return this.toldBy(device, conversation).witnessed
  }

  token(device: DeviceId): ResumeToken | undefined {
    if (this.init.isDamaged && !this.hasTold(device)) return undefined
    return this.init.records.get('peer', device)?.token
  }

  /** What it told, as the engine counts it along; kept with the clocks. */
  counted(device: DeviceId): Counted | undefined {
    const counted = this.init.records.get('peer', device)?.counted
    return counted && { ...counted, told: Buffer.from(counted.told, 'base64') }
  }

  /** Never without what was counted. @param isKept whether what was counted last is */
  setCounted(device: DeviceId, now: Counted | undefined, isKept: boolean): void {
    if (!isKept) this.uncounted.add(device)
    const told = now && Buffer.from(now.told).toString('base64')
    const counted = told === undefined || this.uncounted.has(device) ? undefined : { told }
    this.changePeer(device, (peer) => {
      const { counted: before, ...rest } = peer
      if (!counted || !now) return before ? rest : peer
      return { ...rest, counted: { ...counted, lacked: now.lacked } }
    })
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

  /** How far an own log has come with a person, as they told: by any of their devices. */
  claims(
    conversation: ConversationId,
    author: DeviceId,
    account: AccountId,
    devices: Iterable<DeviceId>,
  ): Progress {
    let delivered = 0
    for (const device of devices) {
      delivered = Math.max(delivered, this.proven(device, conversation).get(author) ?? 0)
    }
    return { delivered, read: this.reads.of(account, conversation).get(author) ?? 0 }
  }

  /** Nobody has received or read what was not written. */
  counts(conversation: ConversationId, author: DeviceId, claims: Progress): Progress {
    const most = this.init.heldOf(conversation, author)
    return { delivered: Math.min(claims.delivered, most), read: Math.min(claims.read, most) }
  }

  private toldBy(device: DeviceId, conversation: ConversationId): Told {
    const key: ClockKey = `${device}/${conversation}`
    let told = this.held.get(key)
    if (!told) {
      const clock = this.clocks.load(key)
      told = { clock, doubted: EMPTY_CLOCK, witnessed: clock.get(this.init.me) ?? 0 }
      this.held.set(key, told)
    }
    return told
  }

  /** What of it goes on disk. */
  private kept(told: Told): Clock {
    const { me } = this.init
    const proven = provenOf(told)
    const isClaim = (proven.get(me) ?? 0) > told.witnessed
    return isClaim ? withSeq(proven, me, told.witnessed) : proven
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

function provenOf({ clock, doubted }: Told): Clock {
  return doubted.size === 0 ? clock : new Map([...clock, ...doubted])
}

function doubtedOf(before: Told, clock: Clock, unproven: ReadonlySet<DeviceId>): Clock {
  if (unproven.size === 0) return EMPTY_CLOCK
  const proven = provenOf(before)
  const least = (device: DeviceId): number =>
    Math.min(proven.get(device) ?? 0, clock.get(device) ?? 0)
  return new Map([...unproven].map((device) => [device, least(device)] as const))
}
