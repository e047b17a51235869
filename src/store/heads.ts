// The heads of all logs, as a node takes them up when it starts: what was found at the opening, as
// long as nothing was written since, so that none is opened twice.
import { setImmediate } from 'node:timers/promises'

import type { HeadRecord } from '../core/records.ts'
import type { Codec } from './codec.ts'
import { tagRange } from './keys.ts'
import type { Database } from './level.ts'

/** Others have a turn after so many: some milliseconds. */
const OPENED_AT_ONCE = 1024

export class Heads {
  private readonly database: Database
  private readonly codec: Codec
  private found: readonly HeadRecord[] | undefined

  constructor(
    { database, codec }: { readonly database: Database; readonly codec: Codec },
    found: readonly HeadRecord[],
  ) {
    this.database = database
    this.codec = codec
    this.found = found
  }

  async all(): Promise<readonly HeadRecord[]> {
    const { found } = this
    this.found = undefined
    if (found) return found
    const heads: HeadRecord[] = []
    for (const [key, value] of await this.database.entries(tagRange('head'))) {
      heads.push(this.codec.openHead(key, value))
      if (heads.length % OPENED_AT_ONCE === 0) await setImmediate()
    }
    return heads
  }

  /** Something is written. */
  forget(): void {
    this.found = undefined
  }
}
