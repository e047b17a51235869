// Small records, found at once: from memory, or by one read; and events, in their order. Of records
// that cannot be read, some count as not there (peers tell them again), and the others are damage.
import { RECORD_CACHE_RECORDS } from '../core/limits.ts'
import { Lru } from '../core/lru.ts'
import type { Codec } from './codec.ts'
import { eventsFrom, keyOfRecordKey, placeOfEventKey, recordKey, recordRange } from './keys.ts'
import type { Database } from './level.ts'
import type { Damage } from './repair/damage.ts'
import type { RecordKind, Records, StoredEvent } from './store.ts'
import { tidy } from './tidy.ts'

/**
 * Kinds of records that come again, from peers or by another look at the logs: without one a node
 * goes on as if new.
 */
const TOLD_AGAIN: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'peer',
  'holds',
  'read',
  'counts',
  'timer',
  'deadline',
  'group_key',
  'group_entry',
  'group_page',
])

/** Too large to be kept in memory by number, or kept by who asks, as clocks are. */
const LARGE: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'archived',
  'holds',
  'read',
  'group_entry',
  'group_page',
])

export interface RecordReaderComponents {
  readonly database: Database
  readonly codec: Codec
  readonly damage: Damage
}

export class RecordReader {
  private readonly components: RecordReaderComponents
  private readonly cache = new Lru<Records[RecordKind]>(RECORD_CACHE_RECORDS)
  /** Records that there are not: what most conversations lack is asked for with each use. */
  private readonly absent = new Lru<true>(RECORD_CACHE_RECORDS)

  constructor(components: RecordReaderComponents) {
    this.components = components
  }

  get<K extends RecordKind>(kind: K, key: string): Records[K] | undefined {
    const name = `${kind}/${key}`
    const known = this.cache.get(name)
    if (known) return known as Records[K]
    if (this.absent.get(name)) return undefined
    const sealed = recordKey(kind, key)
    const { database, codec, damage } = this.components
    const value = database.get(sealed)
    if (!value) {
      this.absent.set(name, true)
      return undefined
    }
    const read = (): Records[K] => codec.openJson(sealed, value) as Records[K]
    const record = damage.readable(sealed, `a record (${kind})`, read)
    // Noted either way, so that the next opening looks at all files; and told to who relies on it.
    if (record === undefined && !TOLD_AGAIN.has(kind)) read()
    if (record && !LARGE.has(kind)) this.cache.set(name, record)
    return record
  }

  async all<K extends RecordKind>(kind: K, prefix: string): Promise<[string, Records[K]][]> {
    const { database, codec, damage } = this.components
    const found: [string, Records[K]][] = []
    for (const [key, value] of await database.entries(recordRange(kind, prefix))) {
      const json = damage.readable(key, `a record (${kind})`, () => codec.openJson(key, value))
      if (json !== undefined) found.push([keyOfRecordKey(key), json as Records[K]])
    }
    return found
  }

  async keys(kind: RecordKind): Promise<string[]> {
    const { database } = this.components
    const keys = await database.read((level) => level.keys(recordRange(kind, '')).all())
    return keys.map(keyOfRecordKey)
  }

  tidy(kind: RecordKind, prefix: string): Promise<void> {
    return tidy(this.components.database, recordRange(kind, prefix))
  }

  async events(from: { position: number; index: number }, limit: number): Promise<StoredEvent[]> {
    const { database, codec, damage } = this.components
    return database.read(async (level) => {
      const events: StoredEvent[] = []
      for await (const [key, value] of level.iterator(eventsFrom(from.position, from.index))) {
        const event = damage.readable(key, 'an event', () => codec.openEvent(key, value))
        if (event) events.push({ ...placeOfEventKey(key), event })
        if (events.length >= limit) break
      }
      return events
    })
  }

  /** What is on disk now; undefined for a record that was removed. */
  stored(kind: RecordKind, key: string, value: Records[RecordKind] | undefined): void {
    const name = `${kind}/${key}`
    this.absent.delete(name)
    if (value && !LARGE.has(kind)) this.cache.set(name, value)
    else this.cache.delete(name)
  }
}
