// Messages that disappear go from the screen when their time is over, as they go from history.
import type { Block } from '../screen.ts'
import type { Transcript } from './transcript.ts'

const LOOK_MS = 1000

export interface ExpiryComponents {
  readonly transcripts: () => readonly Transcript[]
  /** Something is not shown any more. */
  readonly changed: () => void
}

export class Expiry {
  readonly #with: ExpiryComponents
  #timer: NodeJS.Timeout | undefined

  constructor(components: ExpiryComponents) {
    this.#with = components
  }

  /** Looks now and then, if this will disappear. */
  watch(block: Block): void {
    if (typeof block === 'string' || block.disappearsAtMs === undefined) return
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = Date.now()
    const all = this.#with.transcripts().map((transcript) => transcript.expire(now))
    if (all.some(({ isChanged }) => isChanged)) this.#with.changed()
    if (!all.some(({ waits }) => waits)) this.stop()
  }
}
