// Where messages stand: what each peer's devices hold (delivered) and how far people have read.
// A peer's clock is the receipt; there is no other. Kept on disk so that it is known offline too,
// written a little later than it is learned: a lost write is told again at the next meeting.
import { type Clock, mergeClocks } from '../core/clock.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import { RECEIPT_WRITE_DELAY_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { Store } from '../store/store.ts'

type HoldsKey = `${DeviceId}/${ConversationId}`
type ReadKey = `${AccountId}/${ConversationId}`

export class Receipts {
  private readonly store: Store
  private readonly log: Logger
  private readonly held = new Map<HoldsKey, Clock>()
  private readonly reads = new Map<ReadKey, Clock>()
  private readonly unsaved = new Map<HoldsKey, Clock>()
  private readonly tokens = new Map<DeviceId, ResumeToken>()
  private timer: NodeJS.Timeout | undefined
  private saving: Promise<void> = Promise.resolve()

  constructor(store: Store, log: Logger) {
    this.store = store
    this.log = log
  }

  /** What a device holds of a conversation, as it last told. */
  holds(device: DeviceId, conversation: ConversationId): Clock {
    const key: HoldsKey = `${device}/${conversation}`
    let clock = this.held.get(key)
    if (!clock) {
      clock = new Map(this.store.get('holds', key)?.clock ?? [])
      this.held.set(key, clock)
    }
    return clock
  }

  setHolds(device: DeviceId, conversation: ConversationId, clock: Clock): void {
    const key: HoldsKey = `${device}/${conversation}`
    this.held.set(key, clock)
    this.unsaved.set(key, clock)
    this.schedule()
  }

  token(device: DeviceId): ResumeToken | undefined {
    return this.tokens.get(device) ?? this.store.get('peer', device)?.token
  }

  setToken(device: DeviceId, token: ResumeToken): void {
    this.tokens.set(device, token)
    this.schedule()
  }

  /** How far an account's user has read. */
  read(account: AccountId, conversation: ConversationId): Clock {
    const key: ReadKey = `${account}/${conversation}`
    let clock = this.reads.get(key)
    if (!clock) {
      clock = new Map(this.store.get('read', key)?.clock ?? [])
      this.reads.set(key, clock)
    }
    return clock
  }

  /** Read positions only rise; the merged clock, once it is on disk. */
  async setRead(account: AccountId, conversation: ConversationId, clock: Clock): Promise<Clock> {
    const key: ReadKey = `${account}/${conversation}`
    const merged = mergeClocks(this.read(account, conversation), clock)
    this.reads.set(key, merged)
    const batch = this.store.batch()
    batch.put('read', key, { clock: [...merged] })
    await this.store.commit(batch)
    return merged
  }

  /** How far a log has come with a person: delivered to any of their devices, read by them. */
  progress(
    conversation: ConversationId,
    author: DeviceId,
    account: AccountId,
    devices: Iterable<DeviceId>,
  ): { delivered: number; read: number } {
    let delivered = 0
    for (const device of devices) {
      delivered = Math.max(delivered, this.holds(device, conversation).get(author) ?? 0)
    }
    return { delivered, read: this.read(account, conversation).get(author) ?? 0 }
  }

  async close(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    await this.saving
    await this.save()
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.saving = this.saving.then(() => this.save())
    }, RECEIPT_WRITE_DELAY_MS)
  }

  private async save(): Promise<void> {
    if (this.unsaved.size === 0 && this.tokens.size === 0) return
    const batch = this.store.batch()
    for (const [key, clock] of this.unsaved) batch.put('holds', key, { clock: [...clock] })
    for (const [device, token] of this.tokens) {
      const peer = this.store.get('peer', device)
      if (peer) batch.put('peer', device, { ...peer, token })
    }
    this.unsaved.clear()
    this.tokens.clear()
    try {
      await this.store.commit(batch)
    } catch (error) {
      // Told again when the peer is met next: its old token still stands.
      this.log.warn({ err: error }, 'receipts could not be written')
    }
  }
}
