// What describes a method of the API, and the pieces that several descriptions share.
import * as v from 'valibot'

import type { ErrorCode } from '../core/errors.ts'

/** Whom or what a name stands for. An author is a contact, or "me". */
export type Completes =
  | 'contact'
  | 'request'
  | 'nearby'
  | 'conversation'
  | 'group'
  | 'message'
  | 'author'
  | 'archive'

/** How a method looks as a command: `tidings contact add WHO --message TEXT`. */
export interface CommandSpec {
  /** Parameters given by position, in order. */
  readonly args: readonly string[]
  /**
   * The last positional parameter takes all remaining words; absent, it reads standard input. Of
   * phrases, those that were given as one word keep quotation marks.
   */
  readonly rest?: 'words' | 'words_or_stdin' | 'phrases'
  /** REPL name where it differs: `/add` for `contact.add`. Absent: not a REPL command. */
  readonly slash?: string
  /** What completes an argument, or the value of an option. */
  readonly completes?: Readonly<Record<string, Completes>>
  /** What a parameter often is, where it may be anything. */
  readonly suggests?: Readonly<Record<string, readonly string[]>>
  /** For help: lines a person can type. */
  readonly examples: readonly string[]
}

export interface MethodSpec {
  readonly summary: string
  readonly params: v.GenericSchema
  readonly result: v.GenericSchema
  /** Notifications that follow the result until the request is cancelled. */
  readonly notifies?: v.GenericSchema
  /** Answers may have megabytes: on one connection they are made one at a time. */
  readonly large?: true
  /** Codes beyond `bad_input` and `internal`, which any method may answer. */
  readonly errors: readonly ErrorCode[]
  readonly command?: CommandSpec
}

/** Keeps a description's exact type, so that parameters and results are known by it. */
export function method<S extends MethodSpec>(spec: S): S {
  return spec
}

export const text = (description: string) => v.pipe(v.string(), v.description(description))
export const who = text('name, account id or unique prefix, invite link, HOST:PORT, multiaddr')
export const none = v.strictObject({})
export const done = v.object({ done: v.literal(true) })

/** What any method may answer. */
export const ANY_ERRORS = [
  'internal',
  'bad_input',
  'too_busy',
  'shutting_down',
  'home_unusable',
] as const

/** What naming a contact may answer. */
export const CONTACT_ERRORS = ['unknown_name', 'ambiguous_name', 'not_a_contact'] as const

/** Spans of time that one often means. */
export const SPANS = ['1h', '8h', '1d', '1w']
