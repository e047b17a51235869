// What the store on LevelDB is made of, as `openStore` finds it.
import type { Logger } from '../core/logger.ts'
import type { HeadRecord } from '../core/records.ts'
import type { LogKey } from '../core/sync/state.ts'
import type { Codec } from './codec.ts'
import type { Epochs } from './epochs.ts'
import type { HeadPages } from './head-pages.ts'
import type { Database } from './level.ts'
import type { Lock } from './lock.ts'
import type { Aside } from './repair/aside.ts'
import type { Damage } from './repair/damage.ts'
import type { Tally } from './repair/tally.ts'
import type { RunCache } from './run-cache.ts'

export interface StoreParts {
  readonly database: Database
  readonly codec: Codec
  readonly epochs: Epochs
  readonly runs: RunCache
  readonly position: number
  readonly damage: Damage
  /** Whether the index of changes is whole. */
  readonly isIndexed: boolean
  /** What is derived is as it should be. */
  readonly isSettled: boolean
  /** As they are on disk. */
  readonly heads: readonly HeadRecord[]
  readonly pages: HeadPages
  /** The last entry of each log, and the logs whose name is stored. */
  readonly lasts: Map<LogKey, number>
  readonly named: Set<string>
  readonly tally: Tally
  readonly aside: Aside
  /** Given back once all is closed; undefined when somebody else holds it. */
  readonly lock: Lock | undefined
  readonly log: Logger
}
