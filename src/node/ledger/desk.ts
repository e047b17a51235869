// What waits at the appender of own entries, for each conversation.
import type { Body, EntryRef } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import type { DeviceId } from '../../core/id.ts'
import type { OwnLogState } from '../own-log.ts'

/** Where an entry went. */
export interface Appended {
  readonly device: DeviceId
  readonly seq: number
}

export interface Waiting {
  /** What is to be said, or the bytes that say it. */
  readonly body: Body | Uint8Array
  readonly sinceMs: number
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

/** What one conversation has under way. */
export interface Desk {
  readonly waiting: Waiting[]
  /** The callers of the run that is being written, which may have none; undefined when none is. */
  writing: readonly Waiting[] | undefined
  /** Heads of others' logs that own entries have named already. */
  readonly told: Map<DeviceId, number>
  scheduled: boolean
  /** Something is done to the end of the log: nothing is written meanwhile. */
  held: boolean
}

const REFUSALS: Readonly<Record<Exclude<OwnLogState, 'ready'>, string>> = {
  behind:
    'this device has lost messages of yours that the other side still holds; ' +
    'you can write again once they have come back, which needs the other side online',
  forked:
    'another copy of this profile has written here too, and this one could not go on under a new ' +
    'device key yet; it keeps trying (the log says why)',
}

export function emptyDesk(): Desk {
  return { waiting: [], writing: undefined, told: new Map(), scheduled: false, held: false }
}

/** Why nothing can be written: it would fork the log, or add to a fork. */
export function refusal(state: Exclude<OwnLogState, 'ready'>): TidingsError {
  return new TidingsError('database_damaged', REFUSALS[state])
}

/** The message that an entry changes or answers. */
export function namedBy(body: Waiting['body']): EntryRef | undefined {
  if (body instanceof Uint8Array) return undefined
  if ('target' in body) return body.target
  return 'replyTo' in body ? body.replyTo : undefined
}
