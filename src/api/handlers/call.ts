// What goes around a call of any method: how it ends early, and answers that go on.
import type { Notification, StreamName } from '../methods.ts'

export interface CallContext {
  /** Aborted when the request is cancelled or its connection closes. */
  readonly signal: AbortSignal
  /** Sends one event of a stream, after the request's answer; resolves when there is room again. */
  readonly emit: (event: Notification<StreamName>) => Promise<void>
}

/** An answer that is followed by events until `ended` settles. */
export class Following {
  readonly result: unknown
  readonly ended: Promise<void>

  constructor(result: unknown, ended: Promise<void>) {
    this.result = result
    this.ended = ended
  }
}

/** Without the members that were not given. */
export function defined<T extends object>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given: Partial<T> = {}
  for (const name of Object.keys(values) as (keyof T)[]) {
    if (values[name] !== undefined) given[name] = values[name]
  }
  return given as { [K in keyof T]?: Exclude<T[K], undefined> }
}
