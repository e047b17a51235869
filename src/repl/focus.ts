// Whether the person looks at this terminal: most terminals tell when they get and lose the focus,
// once they are asked to (xterm's private mode 1004), which the screen does.
import type { Readable } from 'node:stream'

import type { Presence } from './alert-rule.ts'

const CAME = '\x1b[I'
const WENT = '\x1b[O'

interface Pressed {
  readonly sequence?: string
}

export class Focus {
  #presence: Presence = 'unknown'
  readonly #input: Readable
  readonly #pressed = (_text: unknown, key: Pressed = {}): void => this.#heard(key.sequence)

  /** @param input of which node:readline makes keys */
  constructor(input: Readable) {
    this.#input = input
    input.on('keypress', this.#pressed)
  }

  get presence(): Presence {
    return this.#presence
  }

  end(): void {
    this.#input.off('keypress', this.#pressed)
  }

  #heard(sequence: string | undefined): void {
    if (sequence === CAME) this.#presence = 'here'
    else if (sequence === WENT) this.#presence = 'away'
  }
}
