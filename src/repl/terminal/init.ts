// What a terminal screen is made from.
import type { Readable, Writable } from 'node:stream'

import type { Completion } from '../complete.ts'
import type { Keyed } from '../screen.ts'

export interface TerminalComponents {
  readonly input: Readable & { setRawMode?: (raw: boolean) => unknown }
  readonly output: Writable & { readonly columns?: number; readonly rows?: number }
}

export interface TerminalInit {
  readonly color: boolean
  readonly unicode: boolean
  readonly links?: boolean
  /** Lines typed before, newest first. */
  readonly history: readonly string[]
  readonly historyLinesMax: number
  readonly complete: (before: string) => Completion
  readonly onLine: (line: string) => void
  /** Keys changed the line. */
  readonly onEdit: (line: string) => void
  /** A line that was begun is cleared. @returns whether it comes back where it was typed */
  readonly onAside: (line: string) => boolean
  /** Another conversation is to come into view, or with undefined none. */
  readonly onSwitch: (conversation: string | undefined) => void
  /** What was said before a message, oldest first; undefined when that cannot be told now. */
  readonly onEarlier: (
    conversation: string,
    before: string,
  ) => Promise<readonly Keyed[] | undefined>
  /** The line is to be edited elsewhere. @returns what it became */
  readonly onEditor: (text: string) => Promise<string>
  /** The program is to end, by a signal. */
  readonly onInterrupt: () => void
  /** The person leaves, or the input is over. */
  readonly onEnd: () => void
}
