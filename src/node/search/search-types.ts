// What is asked of search, and what it answers.
import type { MessageView } from '../node-types.ts'

export interface SearchOptions {
  /** Words, and phrases in quotation marks: a message that is found has all of them. */
  readonly query: string
  /** Only in this conversation. */
  readonly in?: string
  /** Only what this person wrote; "me" for the user. */
  readonly from?: string
  /** Only what was written at this moment or later, by the clock of its author. */
  readonly sinceMs?: number
  /** Only what comes after this message in the results: it is older. */
  readonly before?: string
  readonly limit: number
}

export interface FoundView extends MessageView {
  readonly conversationName: string
}

export interface SearchResults {
  /** What is looked for, as it is compared. */
  readonly words: readonly string[]
  /**
   * Newest first, each as soon as it is certain that none is newer. Ends early when the signal
   * aborts.
   *
   * @throws TidingsError `database_damaged` at the end, when a part of the logs was not readable
   */
  readonly results: (signal: AbortSignal) => AsyncIterable<FoundView>
}
