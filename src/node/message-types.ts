// A message as the node tells it to front ends, and what may be said when one is sent.
import type { AccountId, ConversationId } from '../core/id.ts'

export interface MessageView {
  readonly id: string
  readonly conversation: ConversationId
  readonly author: AccountId
  readonly authorName: string
  readonly own: boolean
  readonly seq: number
  readonly sentAtMs: number
  readonly kind: string
  readonly text: string
  /** What the author does, told in the third person. */
  readonly action: boolean
  /** What it answers. */
  readonly replyTo: Quote | undefined
  /** People whom it addresses by name. */
  readonly mentions: readonly AccountId[]
  /** It addresses the user. */
  readonly mentionsYou: boolean
  /** The furthest that one's own has come with anybody. */
  readonly state: 'queued' | 'delivered' | 'read' | 'received'
  /** Of one's own: on how many people's disks it is, how many have read it, of how many. */
  readonly deliveredTo: number
  readonly readBy: number
  readonly of: number
  /** Of the kind "timer": messages are shown for so many seconds from here on; 0 is for ever. */
  readonly timer: number | undefined
  /** When it is not shown any more, by this machine's clock. */
  readonly goneAtMs: number | undefined
}

/** Another message, in short. Of one that is not here nothing is known but its id. */
export interface Quote {
  readonly id: string
  readonly author: AccountId | undefined
  readonly authorName: string
  /** The beginning of its text, on one line. */
  readonly text: string
}

export interface SendOptions {
  /** Id of the message that this one answers. */
  readonly reply?: string
  readonly action?: boolean
}
