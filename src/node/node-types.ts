// The contract of the node: everything a front end can ask of it, and the one typed event map.
// The API's handlers are a thin skin over this; bots that embed a node may use it as it is.
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { Archives } from '../store/archive/archives.ts'
import type { ContactState } from '../store/store.ts'
import type { Activity } from './activity.ts'
import type { GroupView, NodeGroups } from './groups/group-types.ts'
import type { DisappearView } from './messages/disappearing.ts'
import type { ExportOptions, ExportPage } from './messages/exporter.ts'
import type {
  ChangedMessage,
  MessageChanges,
  MessageView,
  SendOptions,
} from './messages/message-types.ts'
import type { HistoryOptions } from './messages/pages.ts'
import type { SearchOptions, SearchResults } from './search/search-types.ts'
import type { NetworkSurvey } from './survey/survey-types.ts'
import type { SyncView } from './sync-view.ts'
import type { ConversationView, TalkEvent, TalkNode } from './talk/talk-types.ts'
import type { Trouble } from './troubles.ts'

export type { Activity } from './activity.ts'
export type { ArchiveSummary } from '../store/archive/archive-types.ts'
export type { ExportOptions, ExportPage } from './messages/exporter.ts'
export type {
  ChangedMessage,
  EditView,
  MessageChanges,
  MessageView,
} from './messages/message-types.ts'
export type { SendOptions } from './messages/message-types.ts'

export interface ContactView {
  readonly account: AccountId
  readonly name: string
  readonly alias: string
  readonly state: ContactState
  readonly online: boolean
  readonly lastSeenMs: number
  readonly verified: boolean
  readonly conversation: ConversationId
  readonly request: string
  /** The contact whose name this one's looks like, as shown, or "you". */
  readonly imitates: string | undefined
}

export interface ContactDetails extends ContactView {
  readonly devices: readonly { device: DeviceId; peerId: string; online: boolean }[]
  readonly addresses: readonly string[]
  readonly safetyNumber: string
}

export interface ContactQuota extends ContactView {
  readonly receivedBytes: number
  /** Infinity for no bound. */
  readonly quotaBytes: number
}

export interface NearbyView {
  readonly account: AccountId | undefined
  readonly name: string
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly contact: ContactState | undefined
  /** Another device of the user's. */
  readonly own: boolean
  /** The contact whose name this one's looks like, as shown, or "you". */
  readonly imitates: string | undefined
}

export interface Sent {
  readonly id: string
  readonly conversation: ConversationId
  readonly seq: number
  readonly state: 'queued' | 'delivered' | 'read'
}

/** A durable place in what happened: `position.index`, as text. */
export type Cursor = string

export type NodeEvent =
  | TalkEvent
  | { readonly type: 'message'; readonly cursor: Cursor; readonly message: MessageView }
  /** Somebody edited, deleted, pinned or reacted to a message, which is as it is now. */
  | ({ readonly type: 'changed'; readonly cursor: Cursor } & ChangedMessage)
  /** An own message was taken back, as if it had never been. Its id may come again. */
  | {
      readonly type: 'undone'
      readonly cursor: Cursor
      readonly conversation: ConversationId
      readonly id: string
    }
  | {
      readonly type: 'state'
      readonly cursor: Cursor
      readonly conversation: ConversationId
      readonly account: AccountId
      readonly state: 'delivered' | 'read'
      readonly id: string
      readonly seq: number
      readonly count: number
      /** Of the message with this id, as in MessageView. */
      readonly deliveredTo: number
      readonly readBy: number
      readonly of: number
    }
  | {
      readonly type: 'presence'
      readonly cursor: Cursor
      readonly account: AccountId
      readonly name: string
      readonly online: boolean
    }
  | { readonly type: 'request'; readonly cursor: Cursor; readonly contact: ContactView }
  | { readonly type: 'contact'; readonly cursor: Cursor; readonly contact: ContactView }
  | {
      readonly type: 'renamed'
      readonly cursor: Cursor
      readonly account: AccountId
      readonly from: string
      readonly to: string
      readonly imitates: string | undefined
    }
  /** A contact writes from another device too, or from another one now. */
  | {
      readonly type: 'device'
      readonly cursor: Cursor
      readonly account: AccountId
      readonly name: string
      /** How many the contact has. */
      readonly devices: number
    }
  | {
      readonly type: 'nearby'
      readonly cursor: Cursor
      readonly node: NearbyView
      readonly present: boolean
    }
  | {
      readonly type: 'trouble'
      readonly cursor: Cursor
      readonly where: string
      readonly message: string
    }
  /** A group was joined, left, renamed, or the user was invited to it. */
  | { readonly type: 'group'; readonly cursor: Cursor; readonly group: GroupView }
  /** A device has signed two different logs. */
  | {
      readonly type: 'fork'
      readonly cursor: Cursor
      readonly conversation: ConversationId
      readonly account: AccountId
      readonly name: string
      /** It is a device of this account: another copy of the profile wrote too. */
      readonly own: boolean
    }

export interface Identity {
  readonly account: AccountId
  readonly peerId: string
  readonly name: string
  readonly addresses: readonly string[]
}

/** Every method throws TidingsError with the codes that api/methods lists for it. */
export interface TidingsNode {
  start(): Promise<void>
  /** Sessions end, writes finish, the database closes. Safe to call twice. */
  stop(): Promise<void>

  identity(): Identity
  /** Takes another display name; contacts learn it as they meet this node. */
  rename(name: string): Promise<void>
  invite(): string
  nearby(): NearbyView[]
  /** Looks at the network for some seconds: who is heard, who can be reached, whether we can. */
  survey(): Promise<NetworkSurvey>
  /** What it is busy with now. */
  activity(): Activity
  /** What the database lost, in plain words; empty when all is well. */
  readonly damage: readonly string[]

  contacts(): ContactView[]
  addContact(
    who: string,
    options: { message?: string; alias?: string },
    signal: AbortSignal,
  ): Promise<ContactView>
  acceptContact(who: string): Promise<ContactView>
  rejectContact(who: string): Promise<ContactView>
  blockContact(who: string): Promise<ContactView>
  unblockContact(who: string): Promise<ContactView>
  removeContact(who: string): Promise<ContactView>
  renameContact(who: string, alias: string): Promise<ContactView>
  /** `confirm` marks the safety number as compared. */
  verifyContact(who: string, confirm: boolean): Promise<ContactDetails>
  showContact(who: string): ContactDetails
  /** @param limit bytes that the contact's entries may take, null for no bound, or the default */
  contactQuota(who: string, limit?: number | null | 'default'): Promise<ContactQuota>

  readonly groups: NodeGroups

  readonly talk: TalkNode
  conversations(): Promise<ConversationView[]>
  send(to: string, text: string, options?: SendOptions): Promise<Sent>
  waitFor(
    id: string,
    state: 'delivered' | 'read',
    signal: AbortSignal,
  ): Promise<{ id: string; state: MessageView['state'] }>
  history(conversation: string, options: HistoryOptions): Promise<MessageView[]>
  search(options: SearchOptions): Promise<SearchResults>
  /** What is done to messages. */
  readonly changes: MessageChanges
  /** A page of a conversation from its beginning. */
  exportPage(conversation: string, options: ExportOptions): Promise<ExportPage>
  /** Conversations that were imported from files. */
  readonly archives: Pick<Archives, 'add' | 'list' | 'show' | 'remove'>
  /** For how long messages are shown; with `seconds` sets it, 0 for ever. */
  disappear(conversation: string, seconds?: number): Promise<DisappearView>
  markRead(conversation: string, upTo?: string): Promise<void>
  sync(conversation?: string): SyncView[]

  /**
   * Tells what goes wrong, and with no message that it works again. Costs nothing else: who
   * follows has every message described. @returns what ends it
   */
  onTrouble(listener: (where: string, message: string) => void): () => void
  /** What does not work now. */
  troubles(): readonly Trouble[]

  /** The newest durable cursor. */
  cursor(): Cursor
  /**
   * Calls back with every event, first those kept on disk after `since`, then live ones, none twice
   * and none left out between, until the signal aborts. Rejects for a bad cursor or conversation.
   */
  follow(
    options: { since?: Cursor; conversation?: string },
    listener: (event: NodeEvent) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void>
}

export type AcceptPolicy = 'ask' | 'auto' | 'never'
