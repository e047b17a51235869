// News comes in bursts: what has to be done about it is done once for each, a moment later.

export class Gathering {
  readonly #waitMs: number
  readonly #act: () => Promise<void>
  #timer: NodeJS.Timeout | undefined

  /** @param act what is done; when it fails, that is left to the next time */
  constructor(waitMs: number, act: () => Promise<void>) {
    this.#waitMs = waitMs
    this.#act = act
  }

  /** Something happened. */
  look(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#act().catch(() => undefined)
    }, this.#waitMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
