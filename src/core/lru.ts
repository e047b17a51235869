// A bounded map that forgets what was not asked for longest.

export class Lru<V> {
  private readonly entries = new Map<string, V>()
  private readonly max: number
  /** What was asked for last needs no new place. */
  private newest: string | undefined

  /** @param max how many values are kept */
  constructor(max: number) {
    this.max = max
  }

  get(key: string): V | undefined {
    if (key === this.newest) return this.entries.get(key)
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    this.newest = key
    return value
  }

  set(key: string, value: V): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    this.newest = key
    if (this.entries.size <= this.max) return
    const [oldest] = this.entries.keys()
    if (oldest !== undefined) this.entries.delete(oldest)
  }

  delete(key: string): void {
    this.entries.delete(key)
  }

  deleteAll(prefix: string): void {
    for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.entries.delete(key)
  }
}
