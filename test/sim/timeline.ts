// Simulated time: things happen in the order of their times, and in the order of planning where
// these are equal. An hour passes as fast as its events can be computed.

interface Planned {
  readonly atMs: number
  readonly order: number
  readonly happen: () => void
}

export class Timeline {
  private readonly heap: Planned[] = []
  private order = 0
  private current = 0

  get nowMs(): number {
    return this.current
  }

  after(delayMs: number, happen: () => void): void {
    this.push({ atMs: this.current + delayMs, order: this.order++, happen })
  }

  /** Lets everything happen that is due within the duration. */
  run(durationMs: number): void {
    const endMs = this.current + durationMs
    for (let next = this.heap[0]; next && next.atMs <= endMs; next = this.heap[0]) {
      this.pop()
      this.current = next.atMs
      next.happen()
    }
    this.current = endMs
  }

  private push(planned: Planned): void {
    const { heap } = this
    let at = heap.push(planned) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.isBefore(at, parent)) break
      this.swap(at, parent)
      at = parent
    }
  }

  private pop(): void {
    const { heap } = this
    this.swap(0, heap.length - 1)
    heap.pop()
    let at = 0
    for (;;) {
      let least = at
      if (this.isBefore(2 * at + 1, least)) least = 2 * at + 1
      if (this.isBefore(2 * at + 2, least)) least = 2 * at + 2
      if (least === at) return
      this.swap(at, least)
      at = least
    }
  }

  private isBefore(a: number, b: number): boolean {
    const one = this.heap[a]
    const other = this.heap[b]
    if (!one || !other) return false
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
  }

  private swap(a: number, b: number): void {
    const one = this.heap[a]
    const other = this.heap[b]
    if (!one || !other) return
    this.heap[a] = other
    this.heap[b] = one
  }
}
