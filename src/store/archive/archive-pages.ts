// The pages of one archive: its lines in order, some 64 KiB a record. Pages are numbered from 0
// without a gap, so that the one with a line is found by bisection, and the last one as well.
import { TidingsError } from '../../core/errors.ts'
import { GROUP_BYTES_MAX } from '../../core/limits.ts'
import type { Batch, Records, Store } from '../store.ts'
import type { ArchivedItem } from './archive-types.ts'

type Page = Records['archived']

/** Pages removed in one commit. */
const REMOVED_AT_ONCE_MAX = 1024

/** A line with its number, from 1. */
export type NumberedItem = ArchivedItem & { readonly number: number }

export class ArchivePages {
  private readonly store: Store
  private readonly id: string

  constructor(store: Store, id: string) {
    this.store = store
    this.id = id
  }

  put(batch: Batch, number: number, page: Page): void {
    batch.put('archived', this.key(number), page)
  }

  /**
   * The newest lines that fit, oldest first. Without a search it costs what it answers; with one it
   * reads back as far as it has to, a page at a time.
   */
  async newest(
    { limit, before = Infinity, search }: { limit: number; before?: number; search?: string },
    signal: AbortSignal,
  ): Promise<NumberedItem[]> {
    const wanted = search === undefined ? undefined : folded(search)
    const found: NumberedItem[] = []
    for (let at = await this.lastBefore(before); at >= 0 && found.length < limit; at--) {
      if (signal.aborted) throw new TidingsError('interrupted', 'interrupted')
      const { first, items } = await this.read(at)
      for (let i = items.length - 1; i >= 0 && found.length < limit; i--) {
        const item = items[i]
        if (!item || first + i >= before) continue
        if (wanted === undefined || hasWords(item, wanted))
          found.push({ ...item, number: first + i })
      }
      // Between two pages everything else has its turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return found.toReversed()
  }

  /** From the last one back: whatever stops it, what is left begins at 0. */
  async remove(): Promise<void> {
    let batch = this.store.batch()
    let taken = 0
    for (let at = this.count() - 1; at >= 0; at--) {
      batch.delete('archived', this.key(at))
      taken += 1
      // A key is small, and so is what is left of a page until the database tidies up.
      if (batch.bytes < GROUP_BYTES_MAX && taken < REMOVED_AT_ONCE_MAX) continue
      await this.store.commit(batch)
      batch = this.store.batch()
      taken = 0
    }
    if (taken > 0) await this.store.commit(batch)
  }

  /** Gives the room of pages that were removed back to the disk. */
  tidy(): Promise<void> {
    return this.store.tidy('archived', `${this.id}/`)
  }

  /** The last page with a line before this one; -1 for none. */
  private async lastBefore(line: number): Promise<number> {
    let low = -1
    let high = this.count() - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((await this.read(middle)).first < line) low = middle
      else high = middle - 1
    }
    return low
  }

  private count(): number {
    let high = 1
    while (this.has(high - 1)) high *= 2
    let low = 0
    high -= 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.has(middle - 1)) low = middle
      else high = middle - 1
    }
    return low
  }

  private has(number: number): boolean {
    return this.store.has('archived', this.key(number))
  }

  private async read(number: number): Promise<Page> {
    const [found] = await this.store.all('archived', this.key(number))
    if (found) return found[1]
    throw new TidingsError('database_damaged', 'a part of this archive cannot be read from disk')
  }

  private key(number: number): string {
    return `${this.id}/${String(number).padStart(8, '0')}`
  }
}

function hasWords(item: ArchivedItem, words: string): boolean {
  if (item.type === 'gap') return false
  const { text, authorName } = item.message
  return folded(text).includes(words) || folded(authorName).includes(words)
}

function folded(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase('en')
}
