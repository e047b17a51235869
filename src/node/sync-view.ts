// What a node holds of a conversation, and what it knows to be missing.
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'

export interface SyncView {
  readonly conversation: ConversationId
  readonly name: string
  readonly complete: boolean
  readonly devices: readonly {
    readonly account: AccountId
    readonly name: string
    readonly device: DeviceId
    readonly have: number
    readonly shown: number
    readonly known: number
    readonly waitingFor: { readonly device: DeviceId; readonly seq: number } | undefined
    readonly holders: readonly AccountId[]
    readonly forked: boolean
    /** Nothing more of it is taken for now. */
    readonly heldBack: boolean
  }[]
}
