// The order index as it is read: chunks of logical times and marks, from memory or by one read. A
// hole in it is damage and never a guess.
import { TidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { ORDER_CACHE_CHUNKS, ORDER_CHUNK_ENTRIES } from '../core/limits.ts'
import { Lru } from '../core/lru.ts'
import { EMPTY_CHUNK, type OrderChunk } from '../core/order-chunk.ts'
import { logKey } from '../core/sync/state.ts'
import type { Codec, LogRef } from './codec.ts'
import { logIdOf, orderKey } from './keys.ts'
import type { Database } from './level.ts'
import type { Suspects } from './repair/suspects.ts'

export interface OrderIndexComponents {
  readonly database: Database
  readonly codec: Codec
  readonly suspects: Suspects
  /** The last entry of a log; 0 for none. */
  readonly lastOf: (conversation: ConversationId, device: DeviceId) => number
}

export class OrderIndex {
  private readonly components: OrderIndexComponents
  private readonly chunks = new Lru<OrderChunk>(ORDER_CACHE_CHUNKS)

  constructor(components: OrderIndexComponents) {
    this.components = components
  }

  chunk(log: LogRef, chunk: number, least: number): OrderChunk {
    const name = `${logKey(log.conversation, log.device)}/${chunk}`
    const known = this.chunks.get(name)
    if (known && known.logicals.length >= least) return known
    const { database, codec, suspects, lastOf } = this.components
    // Who asks did so before the end of the log was taken off: there is no hole.
    const end = lastOf(log.conversation, log.device)
    if (least > 0 && chunk * ORDER_CHUNK_ENTRIES + least > end) throw hole(log)
    const key = orderKey(logIdOf(log), chunk)
    const value = database.get(key)
    try {
      const found = value ? codec.openChunk(key, value) : EMPTY_CHUNK
      if (found.logicals.length < least) throw hole(log)
      if (value) this.chunks.set(name, found)
      return found
    } catch (error) {
      suspects.note(log, error)
      throw error
    }
  }

  /** What is on disk now. */
  stored(log: string, chunk: number, now: OrderChunk): void {
    this.chunks.set(`${log}/${chunk}`, now)
  }

  forget(log: string): void {
    this.chunks.deleteAll(`${log}/`)
  }
}

function hole({ conversation, device }: LogRef): TidingsError {
  const what = `the order index of the log of ${device} in ${conversation}`
  return new TidingsError('database_damaged', `${what} has a hole`)
}
