// What was typed is carried out in turn, one line after the other, once the node is known; but
// messages go out side by side, and what may take long holds up nobody.

export class Turns {
  /** The last one's turn. */
  #turn: Promise<void>
  #waiting = 1
  readonly #sends = new Set<Promise<void>>()
  readonly #beside = new Set<Promise<void>>()
  readonly #unfinished = new Set<{ readonly line: string }>()

  /** @param ready when the first one may begin */
  constructor(ready: Promise<void>) {
    this.#turn = ready.finally(() => this.#waiting--)
  }

  /** Nothing typed before is still to be done, but for messages and what may take long. */
  get isFree(): boolean {
    return this.#waiting === 0
  }

  /** Lines that have no answer yet, but for what may take long. */
  get unfinished(): readonly string[] {
    return [...this.#unfinished].map(({ line }) => line)
  }

  /** After what was typed before. @param action never rejects */
  next(line: string, action: () => Promise<void>): void {
    const carryOut = this.#noted(line, action)
    this.#waiting++
    this.#turn = this.#turn.then(carryOut).finally(() => this.#waiting--)
  }

  /** At once; the next one may wait for it. @param action never rejects */
  send(line: string, action: () => Promise<void>): void {
    keep(this.#sends, this.#noted(line, action)())
  }

  /** At once, and nobody waits for it. @param action never rejects */
  beside(action: () => Promise<void>): void {
    keep(this.#beside, action())
  }

  /** Resolves when what is typed now can be carried out, with fewer messages under way. */
  async room(sendsMax: number): Promise<void> {
    await this.#turn
    while (this.#sends.size >= sendsMax) await Promise.race(this.#sends)
  }

  /** Resolves when all messages typed so far were accepted or refused. */
  async sent(): Promise<void> {
    await Promise.all(this.#sends)
  }

  /** Resolves when everything typed so far is carried out, but for what may take long. */
  async done(): Promise<void> {
    await this.#turn
    await this.sent()
  }

  /** The same, and what may take long too. */
  async over(): Promise<void> {
    await this.done()
    await Promise.all(this.#beside)
  }

  #noted(line: string, action: () => Promise<void>): () => Promise<void> {
    const entry = { line }
    this.#unfinished.add(entry)
    return () => action().finally(() => this.#unfinished.delete(entry))
  }
}

function keep(all: Set<Promise<void>>, one: Promise<void>): void {
  all.add(one)
  void one.finally(() => all.delete(one))
}
