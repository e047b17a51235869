// What a search has found and not told yet: the newest, as many as are still wanted, kept in the
// order in which they are told.
import type { EntryRef } from '../../core/entry.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'

/** Where words are, and when they were written by the clock of their author. */
export interface HitPlace {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly seq: number
  readonly wallTimeMs: number
}

export interface Hit extends HitPlace {
  /** The message that says so: another entry, if it was edited. */
  readonly target: EntryRef
}

/**
 * The order of results, newest last: by wall time, which is what people see and look for, also
 * across conversations, where no other order is. Of one device's entries of one moment the later is
 * the newer.
 */
export function compareHits(a: HitPlace, b: HitPlace): number {
  if (a.wallTimeMs !== b.wallTimeMs) return a.wallTimeMs - b.wallTimeMs
  if (a.conversation !== b.conversation) return a.conversation < b.conversation ? -1 : 1
  if (a.device !== b.device) return a.device < b.device ? -1 : 1
  return a.seq - b.seq
}

export class Hits {
  /** Oldest first. */
  private readonly hits: Hit[] = []
  private wanted: number

  /** @param wanted how many are taken at most */
  constructor(wanted: number) {
    this.wanted = wanted
  }

  add(hit: Hit): void {
    let low = 0
    let high = this.hits.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareHits(this.hits[middle] as Hit, hit) < 0) low = middle + 1
      else high = middle
    }
    if (low === 0 && this.hits.length >= this.wanted) return
    this.hits.splice(low, 0, hit)
    if (this.hits.length > this.wanted) this.hits.shift()
  }

  /** The newest one, if it is newer than that and more are wanted. */
  takeAfter(wallTimeMs: number): Hit | undefined {
    const newest = this.hits.at(-1)
    if (!newest || newest.wallTimeMs <= wallTimeMs) return undefined
    this.hits.pop()
    this.wanted -= 1
    return newest
  }

  get isFull(): boolean {
    return this.wanted === 0
  }
}
