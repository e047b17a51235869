// How far people have read: a clock for each person and conversation that only rises, kept on disk
// with the position of this database by which everybody who was there had been told. A token beyond
// that says that its peer was told too: a meeting need not tell what one knows.
import { type Clock, covers, EMPTY_CLOCK, mergeClocks } from '../core/clock.ts'
import type { AccountId, ConversationId } from '../core/id.ts'
import type { LateRecords } from './late-records.ts'

interface ReadMark {
  readonly clock: Clock
  readonly toldAt: number
}

const NOTHING: ReadonlyMap<ConversationId, ReadMark> = new Map()

export interface ReadMarksInit {
  readonly records: Pick<LateRecords, 'flush' | 'put' | 'reads'>
  /** The position that a token has now. */
  readonly position: () => number
}

export class ReadMarks {
  private readonly init: ReadMarksInit
  private readonly marks = new Map<AccountId, Map<ConversationId, ReadMark>>()

  constructor(init: ReadMarksInit) {
    this.init = init
  }

  async load(): Promise<void> {
    const { records, position } = this.init
    for (const [key, { clock, toldAt = position() }] of await records.reads()) {
      const [account, id] = key.split('/') as [AccountId, ConversationId]
      this.set(account, id, { clock: new Map(clock), toldAt })
    }
  }

  /** How far an account's user has read of a conversation. */
  of(account: AccountId, id: ConversationId): Clock {
    return this.marks.get(account)?.get(id)?.clock ?? EMPTY_CLOCK
  }

  /** Of which conversations one may not know that who knows this database up to a position. */
  untold(account: AccountId, knows: number | undefined): ConversationId[] {
    const marks = [...(this.marks.get(account) ?? NOTHING)]
    const isUntold = ({ toldAt }: ReadMark): boolean => knows === undefined || knows <= toldAt
    return marks.flatMap(([id, mark]) => (isUntold(mark) ? [id] : []))
  }

  /** The merged clock, once it is on disk. */
  async rise(account: AccountId, id: ConversationId, clock: Clock): Promise<Clock> {
    const before = this.of(account, id)
    if (covers(before, clock)) return before
    const merged = mergeClocks(before, clock)
    this.put(account, id, { clock: merged, toldAt: Infinity })
    await this.init.records.flush()
    return merged
  }

  /** Everybody who is there was told. Where that is lost they are told again. */
  told(account: AccountId, id: ConversationId): void {
    const mark = this.marks.get(account)?.get(id)
    if (mark) this.put(account, id, { ...mark, toldAt: this.init.position() })
  }

  private put(account: AccountId, id: ConversationId, mark: ReadMark): void {
    this.set(account, id, mark)
    const { clock, toldAt } = mark
    const told = Number.isFinite(toldAt) ? { toldAt } : {}
    this.init.records.put('read', `${account}/${id}`, { clock: [...clock], ...told })
  }

  private set(account: AccountId, id: ConversationId, mark: ReadMark): void {
    const marks = this.marks.get(account) ?? new Map<ConversationId, ReadMark>()
    this.marks.set(account, marks.set(id, mark))
  }
}
