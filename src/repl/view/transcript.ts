// What was said in one place, as the screen keeps it: messages and words of this program in order,
// and which part of it is in view. Rows are made when they come into view and kept until something
// about them changes, so that drawing costs what is seen and not what is held.
import { stringWidth } from '../../cli/width.ts'
import type { Look } from '../look.ts'
import type { Block, Keyed } from '../screen.ts'
import { blockRows, type Neighbour } from './block-rows.ts'

/** Items of one place; `GO_AT_ONCE` go when there are more, twice as many while one reads them. */
const ITEMS_MAX = 20_000
const GO_AT_ONCE = 2000
/** Names take at least and at most so many columns, and never more than a fifth of them. */
const NAME_COLUMNS_MIN = 3
const NAME_COLUMNS_MAX = 16

interface Item {
  block: Block
  key: string | undefined
  /** What it looked like last, and for which look. */
  drawn?: { readonly shape: string; readonly rows: readonly string[] } | undefined
}

/** The lowest row in view: the one above the `below` last ones of an item. */
interface Anchor {
  readonly item: Item
  readonly below: number
}

export class Transcript {
  #items: Item[] = []
  readonly #byKey = new Map<string, Item>()
  /** Undefined: the end is in view, and stays so. */
  #anchor: Anchor | undefined
  /** Messages that came since the end went out of view. */
  #come = 0
  #nameColumns = NAME_COLUMNS_MIN
  /** What was said there last is held. */
  isFilled = false
  /** Its messages from before are not held here. */
  mayHaveEarlier = false

  /** The key of the oldest message that is held. */
  get oldestKey(): string | undefined {
    return this.#items.find(({ block, key }) => typeof block !== 'string' && key !== undefined)?.key
  }

  get isAtEnd(): boolean {
    return this.#anchor === undefined
  }

  /** Messages that came below what is in view, since one went back. */
  get newCount(): number {
    return this.isAtEnd ? 0 : this.#come
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  add(block: Block, key?: string): void {
    const before = key === undefined ? undefined : this.#byKey.get(key)
    if (before) {
      before.block = block
      before.drawn = undefined
      return
    }
    this.#items.push(this.#item({ block, key }))
    if (typeof block !== 'string') this.#come++
    if (this.#items.length > ITEMS_MAX) this.#forget(GO_AT_ONCE)
  }

  /** Takes what was said before everything that is held; what is held already stays as it is. */
  addBefore(blocks: readonly Keyed[]): void {
    const fresh = blocks.filter(({ key }) => key === undefined || !this.#byKey.has(key))
    this.#items = [...fresh.map((keyed) => this.#item(keyed)), ...this.#items]
  }

  /** Puts something in the place of another; a message goes on under the name it was shown with. */
  replace(key: string, block: Block, newKey: string): boolean {
    const item = this.#byKey.get(key)
    if (!item) return false
    const { block: old } = item
    // A page that was read meanwhile had it already.
    if (newKey !== key) this.remove(newKey)
    const isMessage = typeof old !== 'string' && typeof block !== 'string'
    item.block = isMessage ? { ...block, who: old.who, aside: old.aside } : block
    item.drawn = undefined
    this.#byKey.delete(key)
    item.key = newKey
    this.#byKey.set(newKey, item)
    return true
  }

  /** Takes something out. */
  remove(key: string): boolean {
    const item = this.#byKey.get(key)
    if (!item) return false
    this.#byKey.delete(key)
    this.#takeOut((other) => other === item)
    return true
  }

  /**
   * Takes out what is not to be shown any more.
   *
   * @returns whether something was taken out, and whether something will be
   */
  expire(nowMs: number): { isChanged: boolean; waits: boolean } {
    const isOver = ({ block }: Item): boolean => (endOf(block) ?? Infinity) <= nowMs
    const over = this.#items.filter(isOver)
    for (const { key } of over) if (key !== undefined) this.#byKey.delete(key)
    if (over.length > 0) this.#takeOut(isOver)
    const waits = this.#items.some(({ block }) => endOf(block) !== undefined)
    return { isChanged: over.length > 0, waits }
  }

  toEnd(): void {
    this.#anchor = undefined
  }

  /** Brings the beginning of the last item into view where it is higher than the screen. */
  showLast(height: number, look: Look): void {
    const index = this.#items.length - 1
    const item = this.#items[index]
    const count = this.#rowsAt(index, look).length
    if (!item || !this.isAtEnd || count <= height) return
    this.#anchor = { item, below: count - height }
    this.#come = 0
  }

  /** The rows in view, the oldest first, at most `height`. */
  rows(height: number, look: Look): string[] {
    let { index, below } = this.#position(look)
    const rows: string[][] = []
    let count = 0
    for (; index >= 0 && count < height; index--) {
      const all = this.#rowsAt(index, look)
      const seen = below > 0 ? all.slice(0, -below) : all
      below = 0
      rows.push([...seen])
      count += seen.length
    }
    const flat = rows.toReversed().flat()
    return flat.length > height ? flat.slice(-height) : flat
  }

  /**
   * Moves what is in view by so many rows, up or (negative) down.
   *
   * @returns whether there is nothing more above
   */
  scroll(by: number, height: number, look: Look): boolean {
    if (this.isAtEnd) this.#come = 0
    let { index, below } = this.#position(look)
    below += by
    while (index >= 0 && below >= this.#rowsAt(index, look).length) {
      below -= this.#rowsAt(index, look).length
      index--
    }
    while (index < this.#items.length && below < 0) {
      index++
      below += index < this.#items.length ? this.#rowsAt(index, look).length : 0
    }
    const item = this.#items[index]
    this.#anchor =
      item && (index < this.#items.length - 1 || below > 0) ? { item, below } : undefined
    const isTop = (item === undefined && by > 0) || this.rows(height, look).length < height
    if (isTop) this.#showTop(height, look)
    return isTop
  }

  /** Where the lowest one in view goes, what stood above it is that then. */
  #takeOut(isMeant: (item: Item) => boolean): void {
    const { item } = this.#anchor ?? {}
    if (item && isMeant(item)) {
      const at = this.#items.lastIndexOf(item)
      const above = this.#items.slice(0, at).findLast((other) => !isMeant(other))
      this.#anchor = above && { item: above, below: 0 }
    }
    this.#items = this.#items.filter((other) => !isMeant(other))
  }

  #showTop(height: number, look: Look): void {
    let count = 0
    this.#anchor = undefined
    for (const [index, item] of this.#items.entries()) {
      count += this.#rowsAt(index, look).length
      if (count < height) continue
      const isEnd = index === this.#items.length - 1 && count === height
      this.#anchor = isEnd ? undefined : { item, below: count - height }
      return
    }
  }

  #position(look: Look): { index: number; below: number } {
    const index = this.#anchor ? this.#items.lastIndexOf(this.#anchor.item) : -1
    if (!this.#anchor || index < 0) return { index: this.#items.length - 1, below: 0 }
    // On a screen that became wider it has fewer rows.
    const most = this.#rowsAt(index, look).length - 1
    return { index, below: Math.min(this.#anchor.below, most) }
  }

  #rowsAt(index: number, look: Look): readonly string[] {
    const item = this.#items[index]
    if (!item) return []
    const before = this.#neighbour(index)
    const nameColumns = Math.min(this.#nameColumns, NAME_COLUMNS_MAX, Math.floor(look.columns / 5))
    const shape = `${look.columns} ${nameColumns} ${before.day ?? ''} ${before.speaker ?? ''}`
    if (item.drawn?.shape !== shape) {
      item.drawn = { shape, rows: blockRows(item.block, before, { look, nameColumns }) }
    }
    return item.drawn.rows
  }

  /** What stands before an item decides whether it tells its day and its author. */
  #neighbour(index: number): Neighbour {
    let at = index - 1
    const last = this.#items[at]?.block
    while (at >= 0 && typeof this.#items[at]?.block === 'string') at--
    const message = this.#items[at]?.block
    return {
      day: typeof message === 'object' ? message.sentAt.toDateString() : undefined,
      speaker: typeof last === 'object' && !last.action && !last.event ? last.who : undefined,
    }
  }

  #item(keyed: Keyed): Item {
    const item: Item = { block: keyed.block, key: keyed.key }
    if (keyed.key !== undefined) this.#byKey.set(keyed.key, item)
    const { block } = keyed
    if (typeof block === 'object' && !block.aside && !block.action && !block.event) {
      this.#nameColumns = Math.max(this.#nameColumns, stringWidth(block.who))
    }
    return item
  }

  #forget(count: number): void {
    const read = this.#anchor ? this.#items.indexOf(this.#anchor.item) : Infinity
    if (read < 2 * count && this.#items.length <= 2 * ITEMS_MAX) return
    for (const { key } of this.#items.splice(0, count)) {
      if (key !== undefined) this.#byKey.delete(key)
    }
    if (this.#anchor && !this.#items.includes(this.#anchor.item)) this.#anchor = undefined
    this.mayHaveEarlier = true
  }
}

function endOf(block: Block): number | undefined {
  return typeof block === 'string' ? undefined : block.disappearsAtMs
}
