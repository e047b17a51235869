// The heads of all logs, as a node takes them up when it starts: what was found at the opening, as
// long as nothing was written since, so that none is opened twice.
import type { HeadRecord } from '../core/records.ts'
import type { Codec } from './codec.ts'
import { tagRange } from './keys.ts'
import type { Database } from './level.ts'

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
    const heads = await this.database.entries(tagRange('head'))
    return heads.map(([key, value]) => this.codec.openHead(key, value))
  }

  /** Something is written. */
  forget(): void {
    this.found = undefined
  }
}
