// What the user chose: which conversations are muted, and whether others are told how far was read
// and what is being typed, for all and for single conversations. On disk before it holds.
import type { ConversationId } from '../../core/id.ts'
import type { ConversationRecord, Store } from '../../store/store.ts'
import { ifReadableNow } from '../if-readable.ts'
import type { Telling } from './talk-types.ts'

export interface HabitsInit {
  readonly store: Store
  /** Wall time in ms. */
  readonly now: () => number
  /** By the configuration. */
  readonly tells: Readonly<Record<Telling, boolean>>
}

const FIELDS = { read: 'tellRead', typing: 'tellTyping' } as const
/** Of what cannot be read any more: the user may have said no, and nobody is told by mistake. */
const UNREADABLE: ConversationRecord = { tellRead: false, tellTyping: false }
const SETTINGS = { read: 'tell-read', typing: 'tell-typing' } as const

export class Habits {
  private readonly init: HabitsInit
  /** Changes follow one another. */
  private work: Promise<unknown> = Promise.resolve()

  constructor(init: HabitsInit) {
    this.init = init
  }

  /** Undefined when it is not muted, or not any more. */
  muted(id: ConversationId): ConversationRecord['muted'] {
    const { muted } = this.of(id)
    const untilMs = muted?.untilMs ?? Infinity
    const isOver = untilMs <= this.init.now()
    return isOver ? undefined : muted
  }

  setMuted(id: ConversationId, muted: ConversationRecord['muted']): Promise<void> {
    return this.change(id, (record) => without({ ...record, muted }))
  }

  /** Whether others in the conversation are told. */
  tells(what: Telling, id: ConversationId): boolean {
    return this.chosen(what, id) ?? this.tellsAll(what)
  }

  tellsAll(what: Telling): boolean {
    const { store, tells } = this.init
    const kept = ifReadableNow(() => store.get('setting', SETTINGS[what]) ?? { value: tells[what] })
    return kept?.value === true
  }

  /** What was chosen for one conversation. */
  chosen(what: Telling, id: ConversationId): boolean | undefined {
    return this.of(id)[FIELDS[what]]
  }

  setTells(
    what: Telling,
    value: boolean | undefined,
    id: ConversationId | undefined,
  ): Promise<void> {
    if (id !== undefined) {
      return this.change(id, (record) => {
        return without({ ...record, [FIELDS[what]]: value })
      })
    }
    return this.inTurn(async () => {
      const batch = this.init.store.batch()
      if (value === undefined) batch.delete('setting', SETTINGS[what])
      else batch.put('setting', SETTINGS[what], { value })
      await this.init.store.commit(batch)
    })
  }

  private of(id: ConversationId): ConversationRecord {
    return ifReadableNow(() => this.init.store.get('conversation', id) ?? {}) ?? UNREADABLE
  }

  private change(
    id: ConversationId,
    amend: (record: ConversationRecord) => ConversationRecord,
  ): Promise<void> {
    return this.inTurn(async () => {
      const record = amend(this.of(id))
      const batch = this.init.store.batch()
      if (Object.keys(record).length === 0) batch.delete('conversation', id)
      else batch.put('conversation', id, record)
      await this.init.store.commit(batch)
    })
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.work.then(work)
    this.work = done.catch(() => {})
    return done
  }
}

/** Without what is not chosen (any more). */
function without(record: {
  readonly [K in keyof ConversationRecord]: unknown
}): ConversationRecord {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
