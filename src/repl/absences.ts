// Writing to somebody who is away: what will happen is said, once for each time of absence.
import type { MessageState } from '../api/shapes.ts'
import type { Partner } from './partner.ts'

export class Absences {
  /** Conversations of which it was said. */
  readonly #said = new Set<string>()

  /** What to say of a message that was accepted; undefined when there is nothing to say. */
  noticed({ conversation, label, online, contact }: Partner, state?: MessageState) {
    if (online) this.#said.delete(conversation)
    if (online || state !== 'queued' || this.#said.has(conversation)) return undefined
    this.#said.add(conversation)
    const who =
      contact === undefined ? `Nobody of ${label} is here now` : `${label} is not here now`
    return `${who}. What you write is kept, and goes by itself when you meet.`
  }
}
