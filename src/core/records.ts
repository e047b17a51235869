// Records that the store keeps in binary form: values here, so that wire can turn them into bytes
// and store need not (store/store.ts re-exports them, wire/records encodes them).
import type { AccountId, ConversationId, DeviceId } from './id.ts'
import type { Head } from './run.ts'
import type { Digest } from './sync/log-digest.ts'

/** The newest state of one log. */
export interface HeadRecord {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly head: Head
  readonly forked: boolean
  /** Entries that are ordered, and the logical time of the last of them. */
  readonly shown: number
  readonly logical: number
  /** Position of the last change. */
  readonly changedAt: number
  /** `logDigest` of it, as it is read; heads of older versions have none. */
  readonly digest?: Digest | undefined
}

/** What happened at a position; the durable part of what `tail` tells. */
export type EventRecord =
  | {
      readonly type: 'shown'
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly first: number
      readonly last: number
    }
  /** An own message was taken back: what was shown there was never written. */
  | {
      readonly type: 'undone'
      readonly conversation: ConversationId
      readonly device: DeviceId
      readonly seq: number
    }
  | { readonly type: 'contact'; readonly account: AccountId; readonly state: ContactState }

export type ContactState = 'friend' | 'requested' | 'incoming' | 'blocked' | 'removed'

/** Which words some consecutive entries of a log may hold: its chunk of SEARCH_CHUNK_ENTRIES. */
export interface FilterRecord {
  readonly chunk: number
  /** The last entry that it knows; a chunk that is not full goes on after it. */
  readonly last: number
  /** Wall times of the oldest and the newest of its entries, and of the newest before them. */
  readonly oldestMs: number
  readonly newestMs: number
  readonly beforeMs: number
  readonly filter: Uint8Array
}
