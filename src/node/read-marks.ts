// How far people have read: a clock for each person and conversation that only rises, kept on disk.
// In memory is by which position of this database everybody who was there had been told: a token
// beyond that says that its peer was told too, so that a meeting need not tell it again.
import { type Clock, EMPTY_CLOCK, mergeClocks } from '../core/clock.ts'
import type { AccountId, ConversationId } from '../core/id.ts'
import { KeptClocks } from './kept-clocks.ts'
import type { LateRecords } from './late-records.ts'

type ReadKey = `${AccountId}/${ConversationId}`

const NOTHING: ReadonlyMap<ConversationId, number> = new Map()

export interface ReadMarksInit {
  readonly records: Pick<LateRecords, 'flush' | 'get' | 'put' | 'reads'>
  /** The position that a token has now. */
  readonly position: () => number
}

export class ReadMarks {
  private readonly init: ReadMarksInit
  private readonly onDisk: KeptClocks
  private readonly clocks = new Map<ReadKey, Clock>()
  /** What was written last, or waits to be. */
  private readonly kept = new Map<ReadKey, Clock>()
  /** What they will be, once that is on disk. */
  private readonly rising = new Map<ReadKey, Clock>()
  /** Of all that are kept. What was told before the start may be told once more. */
  private readonly toldAt = new Map<AccountId, Map<ConversationId, number>>()

  constructor(init: ReadMarksInit) {
    this.init = init
    this.onDisk = new KeptClocks(init.records, 'read')
  }

  /** Looks which there are. */
  async load(): Promise<void> {
    const { records, position } = this.init
    for (const key of await records.reads()) {
      const [account, id] = key.split('/') as [AccountId, ConversationId]
      this.note(account, id, position())
    }
  }

  /** How far an account's user has read of a conversation. */
  of(account: AccountId, id: ConversationId): Clock {
    const key: ReadKey = `${account}/${id}`
    const known = this.clocks.get(key)
    if (known) return known
    const clock = this.onDisk.load(key)
    this.clocks.set(key, clock)
    this.kept.set(key, clock)
    return clock
  }

  /** Whether anything of that is known. */
  has(account: AccountId, id: ConversationId): boolean {
    return this.toldAt.get(account)?.has(id) === true
  }

  /** Of which conversations one may not know that who knows this database up to a position. */
  untold(account: AccountId, knows: number | undefined): ConversationId[] {
    const marks = [...(this.toldAt.get(account) ?? NOTHING)]
    return marks.flatMap(([id, at]) => (knows === undefined || knows <= at ? [id] : []))
  }

  /** What the user has read counts once it is on disk. @throws TidingsError where it is not */
  async rise(account: AccountId, id: ConversationId, clock: Clock): Promise<void> {
    const key: ReadKey = `${account}/${id}`
    const merged = mergeClocks(this.rising.get(key) ?? this.of(account, id), clock)
    this.rising.set(key, merged)
    try {
      await this.keep(key, merged)
    } finally {
      if (this.rising.get(key) === merged) this.rising.delete(key)
    }
    this.take(account, id, merged)
  }

  /** What a peer tells counts at once: where it cannot be kept, it is when there is room. */
  async heard(account: AccountId, id: ConversationId, clock: Clock): Promise<void> {
    this.take(account, id, clock)
    await this.keep(`${account}/${id}`, this.of(account, id)).catch(() => {})
  }

  /** Everybody who is there was told. */
  told(account: AccountId, id: ConversationId): void {
    if (this.has(account, id)) this.note(account, id, this.init.position())
  }

  private take(account: AccountId, id: ConversationId, clock: Clock): void {
    this.clocks.set(`${account}/${id}`, mergeClocks(this.of(account, id), clock))
    this.note(account, id, Infinity)
  }

  private keep(key: ReadKey, clock: Clock): Promise<void> {
    this.onDisk.save(key, this.kept.get(key) ?? EMPTY_CLOCK, clock)
    this.kept.set(key, clock)
    return this.init.records.flush()
  }

  private note(account: AccountId, id: ConversationId, toldAt: number): void {
    const marks = this.toldAt.get(account) ?? new Map<ConversationId, number>()
    this.toldAt.set(account, marks.set(id, toldAt))
  }
}
