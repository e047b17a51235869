// Telling authors that their messages were read: one call at a time, and once more at the end if
// something arrived meanwhile.
import { isTidingsError, toTidingsError } from '../core/errors.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'

export interface ReadMarksComponents {
  readonly client: () => ReplClient
  /** Whose conversation is open: only that is read. */
  readonly open: () => Partner | undefined
  readonly failed: (message: string) => void
}

export class ReadMarks {
  readonly #with: ReadMarksComponents
  #state: 'idle' | 'running' | 'again' = 'idle'

  constructor(components: ReadMarksComponents) {
    this.#with = components
  }

  /** Never rejects. */
  async mark({ conversation }: Pick<Partner, 'conversation'>): Promise<void> {
    if (this.#state !== 'idle') {
      this.#state = 'again'
      return
    }
    this.#state = 'running'
    try {
      await this.#with.client().call('read', { conversation })
    } catch (error) {
      // That the node is gone is told by whoever watches it.
      if (!isTidingsError(error, 'no_daemon')) this.#with.failed(toTidingsError(error).message)
    }
    const again = this.#state === ('again' as string)
    this.#state = 'idle'
    const open = this.#with.open()
    if (again && open) await this.mark(open)
  }
}
