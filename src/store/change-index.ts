// The index of changes as it is read: what was done to messages, and which are pinned. It is
// derived from the entries and written in the commits that show them. Whether it says all that
// they say is noted in the database: it is not after damage, nor in one that an older version
// wrote, and is made anew then (docs/STORAGE.md, "Changes").
import type { DeviceChanges } from '../core/changes.ts'
import type { EntryRef } from '../core/entry.ts'
import { isTidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { GROUP_BYTES_MAX, NUMBER_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { logKey } from '../core/sync/state.ts'
import type { Codec, LogRef } from './codec.ts'
import {
  changesKey,
  changesRange,
  logIdOf,
  metaKey,
  numberOfKey,
  pinsRange,
  placeOfPinKey,
  tagRange,
} from './keys.ts'
import type { Database, Operation } from './level.ts'
import { NewestChanged } from './newest-changed.ts'
import type { Damage } from './repair/damage.ts'
import type { ChangeStore, StoredChanges, StoredPin } from './store.ts'

/** Of how the index is made. With another one it is made anew. */
const VERSION = 2
/** Keys taken away in one write. */
const CLEAR_KEYS = GROUP_BYTES_MAX / 64

export interface ChangeIndexComponents {
  readonly database: Database
  readonly codec: Codec
  readonly damage: Damage
  readonly log: Logger
  readonly isIndexed: boolean
}

type Write = (operations: readonly Operation[]) => Promise<void>

export class ChangeIndex implements ChangeStore {
  private readonly components: ChangeIndexComponents
  private readonly write: Write
  private readonly newest = new NewestChanged()
  private whole: boolean
  private doubted = false

  constructor(components: ChangeIndexComponents, write: Write) {
    this.components = components
    this.write = write
    this.whole = components.isIndexed
  }

  get isWhole(): boolean {
    return this.whole
  }

  async inRange(
    conversation: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<StoredChanges[]> {
    const { database, codec } = this.components
    const log = { conversation, device }
    if (!this.newest.isKnown(logKey(conversation, device))) await this.learnNewest(log)
    if (this.newest.isBefore(logKey(conversation, device), first)) return []
    const range = changesRange(logIdOf({ conversation, device }), first, last)
    return (await database.entries(range)).map(([key, value]) => ({
      seq: numberOfKey(key),
      ...this.opened(key, () => codec.openChanges(key, value, conversation)),
    }))
  }

  /** A batch is being made, or is on disk, that changes a message or takes a change away. */
  changing(conversation: ConversationId, target: EntryRef): void {
    this.newest.note(logKey(conversation, target.device), target.seq)
  }

  async by(
    conversation: ConversationId,
    device: DeviceId,
    targets: readonly EntryRef[],
  ): Promise<(DeviceChanges | 'damaged' | undefined)[]> {
    const { database, codec } = this.components
    const author = logIdOf({ conversation, device })
    const keys = targets.map((target) =>
      changesKey(logIdOf({ conversation, device: target.device }), target.seq, author),
    )
    const values = await database.read((level) => level.getMany(keys))
    return values.map((value, i) => {
      const key = keys[i]
      if (!key || !value) return undefined
      try {
        return this.opened(key, () => codec.openChanges(key, value, conversation))
      } catch (error) {
        if (isTidingsError(error, 'database_damaged')) return 'damaged'
        throw error
      }
    })
  }

  async pins(conversation: ConversationId, limit: number): Promise<StoredPin[]> {
    const { database, codec } = this.components
    const range = { ...pinsRange(conversation), reverse: true, limit }
    const found = await database.read((level) => level.iterator(range).all())
    return found.map(([key, value]) => {
      const target = this.opened(key, () => codec.openPin(key, value))
      return { place: placeOfPinKey(key), target }
    })
  }

  async clear(): Promise<void> {
    this.whole = false
    const { database, codec } = this.components
    await this.write([indexRecord(codec, false)])
    for (const range of [tagRange('changes'), tagRange('pin')]) {
      for (;;) {
        const some = { ...range, limit: CLEAR_KEYS }
        const keys = await database.read((level) => level.keys(some).all())
        if (keys.length === 0) break
        await this.write(keys.map((key) => ({ key })))
      }
    }
  }

  async finish(): Promise<void> {
    await this.write([indexRecord(this.components.codec, true)])
    this.whole = true
  }

  private async learnNewest({ conversation, device }: LogRef): Promise<void> {
    const { database } = this.components
    const tracked = this.newest.track(logKey(conversation, device))
    const range = changesRange(logIdOf({ conversation, device }), 1, NUMBER_MAX)
    const found = { ...range, reverse: true, limit: 1 }
    const [key] = await database.read((level) => level.keys(found).all())
    this.newest.learn(tracked, key ? numberOfKey(key) : 0)
  }

  /** What is read of it. Damage is reported, and noted for the next opening. */
  private opened<T>(key: Buffer, read: () => T): T {
    try {
      return read()
    } catch (error) {
      this.doubt(key, error)
      throw error
    }
  }

  private doubt(key: Buffer, error: unknown): void {
    const { codec, damage, log } = this.components
    if (!isTidingsError(error, 'database_damaged')) return
    damage.report(key.toString('hex'), error.message)
    if (this.doubted) return
    this.doubted = true
    this.write([indexRecord(codec, false)]).catch((cause: unknown) => {
      this.doubted = false
      log.warn({ error: String(cause) }, 'the damage could not be noted')
    })
  }
}

/** What says that the index is whole, or takes that away. */
export function indexRecord(codec: Codec, isWhole: boolean): Operation {
  const key = metaKey('changes')
  return isWhole ? { key, value: codec.sealJson(key, VERSION) } : { key }
}

/** Whether the record says that it is. */
export function isWhole(record: unknown): boolean {
  return record === VERSION
}
