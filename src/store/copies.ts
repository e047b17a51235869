// Copies of all that a database holds, made while it is in use: backups. What a copy has may come
// back one day and reach others, so nothing of it can be taken back any more; and nothing is taken
// back while one is being made.

export class Copies {
  /** How many were begun. */
  private count = 0
  private running = 0
  private holding: Promise<void> | undefined

  /** The moment, for `without`; undefined while a copy is being made. */
  get mark(): number | undefined {
    return this.running > 0 ? undefined : this.count
  }

  /** Makes a copy, once nothing is being taken back. */
  async making<T>(work: () => Promise<T>): Promise<T> {
    while (this.holding) await this.holding
    this.count += 1
    this.running += 1
    try {
      return await work()
    } finally {
      this.running -= 1
    }
  }

  /**
   * Takes something back that is younger than the mark; copies wait meanwhile.
   *
   * @returns undefined, and nothing is done, where a copy was begun since
   */
  async without<T>(mark: number | undefined, work: () => Promise<T>): Promise<T | undefined> {
    if (this.holding || mark === undefined || this.mark !== mark) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.holding = promise
    try {
      return await work()
    } finally {
      this.holding = undefined
      resolve()
    }
  }
}
