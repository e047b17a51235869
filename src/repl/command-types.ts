// The form of a command of the REPL, whoever carries it out.

import type * as spec from '../api/spec.ts'

/** What an argument names here, beside what the API knows: `text` may mention people. */
export type Completes = spec.Completes | 'member' | 'topic' | 'file' | 'emoji' | 'text'

/** What may be given. */
export interface Given {
  readonly completes?: Completes | undefined
  /** There is nothing else that it may be. */
  readonly choices?: readonly string[] | undefined
  /** What it often is. */
  readonly suggests?: readonly string[] | undefined
}

export interface ReplArgument extends Given {
  readonly name: string
  readonly required: boolean
  /** Words in quotation marks keep them. */
  readonly phrases?: boolean
}

export interface ReplOption extends Given {
  readonly name: string
  /** As typed, without the dashes. */
  readonly flag: string
  readonly type: 'string' | 'number' | 'boolean'
  readonly summary: string
}

export interface ReplCommand {
  /** Without the slash. */
  readonly name: string
  readonly summary: string
  readonly args: readonly ReplArgument[]
  readonly options: readonly ReplOption[]
  readonly examples: readonly string[]
  /** More to know, for `/help NAME`. */
  readonly detail?: string
}
