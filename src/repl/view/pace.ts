// When to draw: what a key did at once, all else together, so that a flood of changes is a frame
// now and then.

/** A frame takes the place of those within this time. */
const FRAME_MS = 16

export class Pace {
  readonly #draw: () => void
  #timer: NodeJS.Timeout | undefined
  #drawnAtMs = 0

  constructor(draw: () => void) {
    this.#draw = draw
  }

  soon(now = false): void {
    if (this.#timer && !now) return
    this.stop()
    const waitMs = now ? 0 : FRAME_MS - (performance.now() - this.#drawnAtMs)
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, waitMs))
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #tick(): void {
    this.#timer = undefined
    this.#drawnAtMs = performance.now()
    this.#draw()
  }
}
