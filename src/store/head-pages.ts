// The heads of all logs once more, many in one value: a start with ten thousand conversations
// reads them in a third of the time that one value for each log takes. They are derived. A node
// that stops makes those pages anew in which a head was written since it started, from what is on
// disk, and notes the number of that commit. They are read only where nothing was committed after
// it; and whoever opens the database without them takes the note back, since repair writes heads.
import { TidingsError } from '../core/errors.ts'
import { GROUP_BYTES_MAX } from '../core/limits.ts'
import { type LogKey, logKey } from '../core/sync/state.ts'
import type { Codec } from './codec.ts'
import { readMeta } from './format.ts'
import type { GroupCommit } from './group.ts'
import { headPageKey, headsInPage, metaKey, tagRange } from './keys.ts'
import type { Database, Operation } from './level.ts'
import { readable } from './repair/lost.ts'
import type { Tally } from './repair/tally.ts'
import type { HeadRecord } from './store.ts'

const PAGES = 256
/** With fewer logs their heads are read one by one: that takes no longer. */
export const HEAD_PAGES_LOGS_MIN = 1024

export interface HeadPagesComponents {
  readonly database: Database
  readonly codec: Codec
}

export class HeadPages {
  private readonly database: Database
  private readonly codec: Codec
  /** Pages that are not as the heads on disk. */
  private readonly worn: Set<number>
  private isSettling = false

  /** @param areWhole they are as the heads on disk */
  constructor({ database, codec }: HeadPagesComponents, areWhole: boolean) {
    this.database = database
    this.codec = codec
    this.worn = new Set(areWhole ? [] : Array.from({ length: PAGES }, (_, page) => page))
  }

  /** All heads; undefined where pages do not say all of them as they are. */
  static async read({
    database,
    codec,
  }: HeadPagesComponents): Promise<Map<LogKey, HeadRecord> | undefined> {
    const [writes, logs] = noted(readMeta(database, codec, 'heads'))
    const numbers = [readMeta(database, codec, 'settled'), readMeta(database, codec, 'writes')]
    if (writes === 0 || numbers.some((number) => number !== writes)) return undefined
    const heads = new Map<LogKey, HeadRecord>()
    for (const [key, value] of await database.entries(tagRange('headPage'))) {
      const page = readable(() => codec.openHeads(key, value))
      for (const head of page ?? []) heads.set(logKey(head.conversation, head.device), head)
    }
    return heads.size === logs ? heads : undefined
  }

  /** What an opening without them writes. */
  static takenBack(): Operation {
    return { key: metaKey('heads') }
  }

  /**
   * The head of a log is about to be written.
   *
   * @throws TidingsError `shutting_down` while they are settled: the page would not have it
   */
  wear(log: Buffer): void {
    if (this.isSettling) throw new TidingsError('shutting_down', 'heads of logs are being settled')
    this.worn.add(log[0] ?? 0)
  }

  /** Makes the worn ones anew once nothing is being written, and notes that all is settled. */
  async settle(group: GroupCommit, tally: Tally, logs: number): Promise<void> {
    this.isSettling = true
    try {
      await group.idle()
      await this.makeAnew(group, tally, logs)
    } finally {
      this.isSettling = false
    }
  }

  private async makeAnew(group: GroupCommit, tally: Tally, logs: number): Promise<void> {
    const arePaged = logs >= HEAD_PAGES_LOGS_MIN
    const operations: Operation[] = []
    let bytes = 0
    for (const page of arePaged ? this.worn : []) {
      const key = headPageKey(page)
      const heads = await this.database.entries(headsInPage(page))
      const value = this.codec.sealHeads(key, heads)
      operations.push({ key, value })
      bytes += value.byteLength
      if (bytes < GROUP_BYTES_MAX) continue
      await group.commit(operations.splice(0), bytes)
      bytes = 0
    }
    if (arePaged) operations.push(this.note(tally.nextWrite, logs))
    await group.commit([...operations, tally.settling()], bytes)
    if (arePaged) this.worn.clear()
  }

  private note(writes: number, logs: number): Operation {
    const key = metaKey('heads')
    return { key, value: this.codec.sealJson(key, [writes, logs]) }
  }
}

function noted(value: unknown): [writes: number, logs: number] {
  return Array.isArray(value) ? [Number(value[0]), Number(value[1])] : [0, 0]
}
