// Messages as the node tells them to front ends, and what these can do to them.
import type { AccountId, ConversationId } from '../../core/id.ts'

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
  /** The text is another one than at first. */
  readonly edited: boolean
  /** Its author took it back: there is no text, nor anything that belongs to one. */
  readonly deleted: boolean
  readonly reactions: readonly ReactionView[]
  readonly pinned: boolean
}

export interface ReactionView {
  readonly emoji: string
  readonly accounts: readonly AccountId[]
  /** The user is among them. */
  readonly mine: boolean
}

export type ChangeWord = 'edited' | 'deleted' | 'reacted' | 'unreacted' | 'pinned' | 'unpinned'

export interface ChangedMessage {
  readonly change: ChangeWord
  /** Who did it. */
  readonly by: AccountId
  readonly byName: string
  /** The user did, here or on another device. */
  readonly own: boolean
  /** Of a reaction. */
  readonly emoji: string | undefined
  readonly message: MessageView
}

/** The words of a message at some time. */
export interface EditView {
  /** Of the entry that has them. */
  readonly id: string
  readonly sentAtMs: number
  readonly text: string
}

/** Which message is taken back. */
export interface UndoOptions {
  /** @default the newest that this node sent */
  readonly id?: string
  /** The newest there. */
  readonly conversation?: string
}

/** What is done to messages, which are named by their ids. Each answers once it is on disk. */
export interface MessageChanges {
  edit(id: string, text: string): Promise<MessageView>
  delete(id: string): Promise<MessageView>
  /** Takes a message back that has not left this device; as it was. */
  undo(options: UndoOptions): Promise<MessageView>
  /** `remove` takes it back. */
  react(id: string, emoji: string, options?: { readonly remove?: boolean }): Promise<MessageView>
  pin(id: string): Promise<MessageView>
  unpin(id: string): Promise<MessageView>
  /** The pinned messages, those first that were pinned last. */
  pins(conversation: string): Promise<MessageView[]>
  /** What a message said, oldest first; the last one is what it says now. */
  edits(id: string): Promise<EditView[]>
}

/** Another message, in short. Of one that is not here nothing is known but its id. */
export interface Quote {
  readonly id: string
  readonly author: AccountId | undefined
  readonly authorName: string
  /** The beginning of its text, on one line. */
  readonly text: string
  readonly deleted: boolean
}

export interface SendOptions {
  /** Id of the message that this one answers. */
  readonly reply?: string
  readonly action?: boolean
}
