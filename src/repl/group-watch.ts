// How many are in a group and how many of them are there: no event tells, so whatever may have
// changed it has the node asked again, once for all that happens together.
import type { Directory } from './directory.ts'
import { Gathering } from './gathering.ts'
import type { ReplClient } from './repl-client.ts'

const GATHER_MS = 300

export interface GroupWatchComponents {
  readonly client: () => ReplClient
  readonly directory: Directory
  /** Something about a group is otherwise now. */
  readonly changed: () => void
}

export class GroupWatch {
  readonly #with: GroupWatchComponents
  readonly #gathering = new Gathering(GATHER_MS, () => this.#read())

  constructor(components: GroupWatchComponents) {
    this.#with = components
  }

  /** Somebody came or went. Failures wait for the next time. */
  look(): void {
    if (this.#with.directory.groups.list.length === 0) return
    this.#gathering.look()
  }

  stop(): void {
    this.#gathering.stop()
  }

  async #read(): Promise<void> {
    const { client, directory, changed } = this.#with
    const groups = await client().call('group.list')
    // What a group is to the user is told by events, which may be ahead of this.
    for (const group of groups) {
      const known = directory.groups.get(group.conversation)
      if (known?.state === group.state) directory.groups.update(group)
    }
    changed()
  }
}
