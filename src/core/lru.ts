// A bounded map that forgets what was not asked for longest, many at a time: one map is filled, the
// one before is only read, and dropped when the other is full. To move each value that is asked for
// to the end of a single map would leave holes in it, and whoever looks for the oldest would step
// over all of them.

export class Lru<V> {
  private young = new Map<string, V>()
  private old = new Map<string, V>()
  private readonly max: number

  /** @param max so many that were used last are kept, and no more than twice as many in all */
  constructor(max: number) {
    this.max = max
  }

  get(key: string): V | undefined {
    const value = this.young.get(key)
    if (value !== undefined) return value
    const kept = this.old.get(key)
    if (kept !== undefined) this.set(key, kept)
    return kept
  }

  set(key: string, value: V): void {
    if (this.young.size >= this.max && !this.young.has(key)) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(key, value)
  }

  delete(key: string): void {
    this.young.delete(key)
    this.old.delete(key)
  }

  deleteAll(prefix: string): void {
    for (const map of [this.young, this.old]) {
      for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key)
    }
  }
}
