// What a terminal screen is made from.
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

import type { Completion } from './complete.ts'

export interface TerminalComponents {
  readonly input: Readable
  readonly output: Writable & { readonly columns?: number; readonly rows?: number }
}

export interface TerminalInit {
  readonly color: boolean
  readonly unicode: boolean
  /** Lines typed before, newest first. */
  readonly history: string[]
  readonly historyLinesMax: number
  readonly complete: (before: string) => Completion
  readonly onLine: (line: string) => void
  /** Keys changed the line. */
  readonly onEdit: (line: string) => void
  /** A line that was begun is cleared. */
  readonly onAside: (line: string) => void
  /** The person leaves, or the input is over. */
  readonly onEnd: () => void
}

/** What this program relies on of readline. */
export interface CountsRows {
  prevRows: number
  /** False for all but the last character of input that came at once. */
  readonly isCompletionEnabled?: boolean
}

export interface Key {
  readonly ctrl?: boolean
  /** Alt, or Escape before it. */
  readonly meta?: boolean
  readonly name?: string
}

/** The last thing written, as long as it can still be changed. */
export interface LastBlock {
  readonly key: string
  readonly rows: number
}

export function openReadline(
  { input, output }: TerminalComponents,
  { history, historyLinesMax }: TerminalInit,
  completer: (before: string) => Completion,
): Interface & CountsRows {
  const readline: Interface & Partial<CountsRows> = createInterface({
    input,
    output,
    prompt: '',
    terminal: true,
    history,
    historySize: historyLinesMax,
    removeHistoryDuplicates: true,
    completer,
  })
  return Object.assign(readline, { prevRows: 0 })
}

/** Whether a key hands the line over, or ends the editing. */
export function endsLine(key: Key | undefined, line: string): boolean {
  if (key?.name === 'return' || key?.name === 'enter') return key.meta !== true
  return key?.ctrl === true && key.name === 'd' && line === ''
}
