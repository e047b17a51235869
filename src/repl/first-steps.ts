// Watches a new person's first steps and says when one was taken, until all are.
import { checklist, isComplete, type Progress, readProgress, stepNotice } from './checklist.ts'
import type { Directory } from './directory.ts'
import { Gathering } from './gathering.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'

/** Events come in bursts; the node is asked once for each. */
const GATHER_MS = 400

export interface FirstStepsComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly client: () => ReplClient
}

export class FirstSteps {
  readonly #with: FirstStepsComponents
  #progress: Progress | undefined
  readonly #gathering = new Gathering(GATHER_MS, () => this.#tick())

  constructor(components: FirstStepsComponents) {
    this.#with = components
  }

  /** The list, as it stands now. */
  async list(): Promise<string> {
    return checklist(await this.#read(), this.#with.screen.look)
  }

  /** The list, or undefined when there is nothing left to do. */
  async listIfAnyLeft(): Promise<string | undefined> {
    const progress = await this.#read()
    return isComplete(progress) ? undefined : checklist(progress, this.#with.screen.look)
  }

  /** Something happened that may be a step. Failures are left to the next time. */
  look(): void {
    if (this.#progress && !isComplete(this.#progress)) this.#gathering.look()
  }

  stop(): void {
    this.#gathering.stop()
    this.#progress = undefined
  }

  async #tick(): Promise<void> {
    const before = this.#progress
    if (!before) return
    const now = await this.#read()
    const notice = stepNotice(before, now, this.#with.screen.look)
    if (notice !== undefined) this.#with.screen.say(notice)
  }

  async #read(): Promise<Progress> {
    const { client, directory } = this.#with
    this.#progress = await readProgress(client(), directory, this.#progress)
    return this.#progress
  }
}
