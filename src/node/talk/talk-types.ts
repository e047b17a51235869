// The contract of what goes with conversations beside their messages: what is not read, what is
// muted, drafts, who is typing, and what of all this others are told. `node-types.ts` has the rest.
import type { AccountId, ConversationId } from '../../core/id.ts'
import type { Cursor, MessageView } from '../node-types.ts'

/** How a conversation stands with the user. */
export interface Standing {
  readonly conversation: ConversationId
  readonly name: string
  readonly account: AccountId | undefined
  /** Messages of others after what the user has read. */
  readonly unread: number
  /** Of these, messages that address the user. */
  readonly mentions: number
  /** Nothing of it is pointed out, but for what addresses the user. */
  readonly muted: boolean
  /** Undefined for always. */
  readonly mutedUntilMs: number | undefined
  /** Mentions are not pointed out either. */
  readonly mutedAll: boolean
}

export interface ConversationView extends Standing {
  /** The beginning of what was typed and not sent, on one line; empty for nothing. */
  readonly draft: string
  readonly lastMessage: MessageView | undefined
}

export type Telling = 'read' | 'typing'

export interface Tellings {
  readonly read: boolean
  readonly typing: boolean
  /** Conversations for which something was chosen. */
  readonly conversations: readonly {
    readonly conversation: ConversationId
    readonly name: string
    /** Undefined where what holds for all holds. */
    readonly read: boolean | undefined
    readonly typing: boolean | undefined
  }[]
}

export type TalkEvent =
  /** It was read or muted, here, in another window or on another device. */
  | ({ readonly type: 'conversation'; readonly cursor: Cursor } & Standing)
  | {
      readonly type: 'typing'
      readonly cursor: Cursor
      readonly conversation: ConversationId
      readonly account: AccountId
      readonly name: string
      readonly typing: boolean
    }

/** Conversations are named as people name them. */
export interface TalkNode {
  /** In all conversations together. */
  unread(): { readonly messages: number; readonly mentions: number }
  /** @param forMs how long; until `unmute` without it */
  mute(conversation: string, how: { forMs?: number; all?: boolean }): Promise<Standing>
  unmute(conversation: string): Promise<Standing>
  /** What was typed there and not sent; empty for nothing. */
  draft(conversation: string): { conversation: ConversationId; text: string }
  /** An empty text takes it away. */
  setDraft(
    conversation: string,
    text: string,
  ): Promise<{ conversation: ConversationId; text: string }>
  /** @throws TidingsError where a conversation is meant that is not there */
  tellings(conversation?: string): Tellings
  /** @param value undefined for what holds otherwise: for all, or by the configuration */
  setTelling(what: Telling, value: boolean | undefined, conversation?: string): Promise<Tellings>
  /** The user is typing there, or stopped. Whoever may know is told, now and then. */
  typing(conversation: string, isTyping: boolean): void
}
