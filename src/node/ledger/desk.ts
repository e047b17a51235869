// What waits at the appender of own entries, for each conversation.
import type { Body, Dep, EntryRef } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { DEPS_MAX } from '../../core/limits.ts'
import type { OwnLogState } from '../own-log.ts'
import type { LedgerConversation } from './ledger-log.ts'

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

/** Heads of what is shown of others' logs, where they changed since the last own entry. */
export function newDeps({ told }: Desk, me: DeviceId, logs: LedgerConversation): Dep[] {
  const deps: Dep[] = []
  for (const [device, { order }] of logs) {
    const seq = order.shown
    if (device === me || seq === 0 || seq === told.get(device)) continue
    deps.push({ device, seq })
  }
  deps.splice(DEPS_MAX)
  for (const { device, seq } of deps) told.set(device, seq)
  return deps
}

/** Where a message is now that was at a place of a conversation. */
export type PlaceNow = (place: EntryRef & { readonly conversation: ConversationId }) => EntryRef

/** The same, with what it names at its place of now. */
export function naming(
  waiting: Waiting,
  conversation: ConversationId,
  placeNow: PlaceNow,
): Waiting {
  const { body } = waiting
  const named = namedBy(body)
  if (body instanceof Uint8Array || !named) return waiting
  const { device, seq } = placeNow({ conversation, ...named })
  const ref = { device, seq }
  const now = 'target' in body ? { ...body, target: ref } : { ...body, replyTo: ref }
  return { ...waiting, body: now }
}

/** The message that an entry changes or answers. */
export function namedBy(body: Waiting['body']): EntryRef | undefined {
  if (body instanceof Uint8Array) return undefined
  if ('target' in body) return body.target
  return 'replyTo' in body ? body.replyTo : undefined
}

/** What waits behind may be refused once this is known: the user may have left a group by it. */
export function mayLeave(body: Waiting['body']): boolean {
  return !(body instanceof Uint8Array) && body.kind === 'group_remove'
}
