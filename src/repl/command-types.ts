// The form of a command of the REPL, whoever carries it out.

import type * as spec from '../api/spec.ts'

export type Completes = spec.Completes | 'topic' | 'alerts'

export interface ReplArgument {
  readonly name: string
  readonly required: boolean
  readonly completes: Completes | undefined
  /** Words in quotation marks keep them. */
  readonly phrases?: boolean
}

export interface ReplOption {
  readonly name: string
  /** As typed, without the dashes. */
  readonly flag: string
  readonly type: 'string' | 'number' | 'boolean'
  readonly summary: string
  readonly completes?: Completes | undefined
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
