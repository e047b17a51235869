// What a command is, once commander has read its arguments.
import type { Command } from 'commander'

import type { CliContext } from '../context.ts'
import type { Output } from '../output.ts'

export interface Invocation {
  readonly context: CliContext
  readonly output: Output
  /** Positional arguments in order; the last may be a list of words. */
  readonly given: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
}

/** @returns the exit code; nothing for 0 */
export type Action = (invocation: Invocation) => Promise<number | void>

/** Ties an action to a command: context and output come into being when it runs, not before. */
export type Bind = (command: Command, action: Action) => void

export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
