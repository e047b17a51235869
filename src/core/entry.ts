// An entry is one element of a log; a message is one kind. The signed bytes are the truth and are
// never re-encoded: these values are what wire/entry reads out of them.
import type { GroupBody } from './group/bodies.ts'
import type { AccountId, DeviceId } from './id.ts'

/** The head of another device's log that the author had seen when writing. */
export interface Dep {
  readonly device: DeviceId
  readonly seq: number
}

/** Names an entry of the same conversation. */
export interface EntryRef {
  readonly device: DeviceId
  readonly seq: number
}

export interface TextBody {
  readonly kind: 'text'
  readonly text: string
  /** What the author does, told in the third person: `/me`. */
  readonly action?: boolean
  /** What it answers. Nothing says that it is there. */
  readonly replyTo?: EntryRef
  /** People who are addressed by name in it, in ascending order, each once. */
  readonly mentions?: readonly AccountId[]
  /** Seconds after which it is no longer shown. */
  readonly expires?: number
}

/** How long messages of the conversation are shown from here on. */
export interface TimerBody {
  readonly kind: 'timer'
  /** 0: for ever. */
  readonly seconds: number
}

/** Other words for a message of the same account. */
export interface EditBody {
  readonly kind: 'edit'
  readonly target: EntryRef
  readonly text: string
  /** As in a text. */
  readonly mentions?: readonly AccountId[]
}

/** Takes a message of the same account back, for ever. */
export interface DeleteBody {
  readonly kind: 'delete'
  readonly target: EntryRef
}

export interface ReactionBody {
  readonly kind: 'reaction'
  readonly target: EntryRef
  /** One, as core/emoji has it. */
  readonly emoji: string
  /** It is taken back. */
  readonly removed: boolean
}

export interface PinBody {
  readonly kind: 'pin'
  readonly target: EntryRef
  readonly removed: boolean
}

/** What changes a message, and is none itself (core/changes). */
export type ChangeBody = EditBody | DeleteBody | ReactionBody | PinBody

/** What stands in a group with keys: the body is in the box (wire/closed-entry). */
export interface ClosedBody {
  readonly kind: 'closed'
  /** Of the key. */
  readonly epoch: number
  readonly box: Uint8Array
}

export type Body =
  | TextBody
  | GroupBody
  | TimerBody
  | ChangeBody
  | ClosedBody
  /** A kind from a later version: kept, forwarded, and shown as such. `tag` is its field number. */
  | { readonly kind: 'unknown'; readonly tag: number }

export interface Entry {
  /** The author's wall clock, ms since 1970. Shown to people, never trusted for order. */
  readonly wallTimeMs: number
  readonly deps: readonly Dep[]
  readonly body: Body
}

/** Where an entry stands: its place in its log, and its place in the conversation's order. */
export interface Place {
  readonly device: DeviceId
  readonly seq: number
  readonly logical: number
}
