// What two nodes say to each other, as values. docs/PROTOCOL.md is the specification,
// wire/tidings.proto the schema, wire/frames the only code that turns these into bytes.
import type { DialBackFrame, DialedBackFrame } from './dial-back.ts'
import type { ForkProof } from './fork.ts'
import type { GroupKey } from './group/keys.ts'
import type { AccountId, ConversationId, DeviceId } from './id.ts'
import type { Run } from './run.ts'

/** An account's signed list of the devices that act for it; a higher version replaces a lower. */
export interface DeviceList {
  readonly account: AccountId
  readonly version: number
  readonly devices: readonly DeviceId[]
  /** 64 bytes by the account key. */
  readonly signature: Uint8Array
}

/**
 * A place in the life of a peer's database: "I know all that you held at `position`". `epoch` is
 * drawn anew each time a database is opened, so a restored copy never passes for its original.
 */
export interface ResumeToken {
  /** 16 hexadecimal characters. */
  readonly epoch: string
  readonly position: number
}

export interface HelloFrame {
  readonly type: 'hello'
  readonly version: number
  readonly devices: DeviceList
  readonly name: string
  readonly agent: string
  /**
   * Where the sender listens: multiaddrs without the peer id. Only contacts are told; they look
   * there when discovery does not reach.
   */
  readonly addresses: readonly string[]
  /** What the sender knows of the receiver's database. */
  readonly resume?: ResumeToken
}

/** "I hold you as a contact." The first one from a stranger is a contact request. */
export interface ContactFrame {
  readonly type: 'contact'
  /** Drawn when the request was made: a repetition of a refused request is not shown again. */
  readonly request: string
  /** Shown with the request; may be empty. */
  readonly text: string
}

/** "I do not want to be your contact": the answer to one request. */
export interface DeclineFrame {
  readonly type: 'decline'
  readonly request: string
}

/**
 * To a device of the account that the list is of: the newest list of that account which the sender
 * knows. So two databases of one person, which may never meet, learn of each other's devices.
 */
export interface DevicesFrame {
  readonly type: 'devices'
  readonly list: DeviceList
}

export interface ConversationClock {
  readonly conversation: ConversationId
  readonly seqs: ReadonlyMap<DeviceId, number>
  /** Of the entries that `seqs` names, MARK_BYTES each: equal numbers may hide different logs. */
  readonly marks?: ReadonlyMap<DeviceId, Uint8Array>
}

/** What the sender holds, synced to disk. Also the receipt for what it received. */
export interface ClocksFrame {
  readonly type: 'clocks'
  /** Forget what was said before: conversations and devices not named from here on are at 0. */
  readonly reset: boolean
  readonly clocks: readonly ConversationClock[]
  /** Of the sender's database, once everything up to `position` was told. */
  readonly token?: ResumeToken
  /** 16 bytes over all clocks of the conversations shared with the receiver, goes with `token`. */
  readonly digest?: Uint8Array
}

/** "Tell me all your clocks again": the answer to a digest that does not match. */
export interface ClocksWantedFrame {
  readonly type: 'clocks_wanted'
  /** Only of these, of which what was told before was not heard. */
  readonly conversations?: readonly ConversationId[]
}

/** Asks for entries `first` to `last`; at most `credit` bytes of entries until more is granted. */
export interface WantFrame {
  readonly type: 'want'
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly first: number
  readonly last: number
  readonly credit: number
}

/** Grants more bytes to the Want that is running for this log. */
export interface CreditFrame {
  readonly type: 'credit'
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly credit: number
}

export interface RunFrame {
  readonly type: 'run'
  readonly run: Run
}

/** "This device signed two logs": anybody can check it. */
export interface ForkFrame {
  readonly type: 'fork'
  readonly proof: ForkProof
  /** How many entries of the log the sender holds, or still accepts: it takes none after these. */
  readonly held: number
}

/** Not logged: how far the sender's user has read. */
export interface ReadFrame {
  readonly type: 'read'
  /** Empty where the sender does not tell. */
  readonly clock: ConversationClock
  /** How far the receiver's user has read there, as other devices of theirs told the sender. */
  readonly yours?: ReadonlyMap<DeviceId, number>
}

/** Not logged: the sender's user is typing, or stopped. */
export interface TypingFrame {
  readonly type: 'typing'
  readonly conversation: ConversationId
  readonly stopped: boolean
}

/** "You were added to this group": its first entry, which proves what it is. */
export interface GroupInviteFrame {
  readonly type: 'group_invite'
  readonly conversation: ConversationId
  /** Its author's. */
  readonly device: DeviceId
  readonly entry: Uint8Array
  /** What it is called now. */
  readonly name: string
  /** From which key on the receiver reads, in a group that has keys. */
  readonly key?: GroupKey
  /** Why the sender is or was a member, the nearest first; what it shows is for others to check. */
  readonly proof?: readonly GroupVoucher[]
}

/** How one account says that another one is a member of a group. */
export interface GroupVoucher {
  /** Of whoever says so. */
  readonly devices: DeviceList
  /** Of one of these devices. It begins with the GroupAdd. */
  readonly run: Run
}

/** From which key of a group on the receiver reads. */
export interface GroupKeyFrame extends GroupKey {
  readonly type: 'group_key'
  readonly conversation: ConversationId
}

/** "Which groups of yours may I join?" */
export interface GroupsWantedFrame {
  readonly type: 'groups_wanted'
}

export interface OpenGroup {
  readonly conversation: ConversationId
  readonly name: string
  readonly topic: string
  /** How many are in it. */
  readonly members: number
}

export interface GroupsFrame {
  readonly type: 'groups'
  readonly groups: readonly OpenGroup[]
}

/** "Add me to this open group." */
export interface GroupJoinFrame {
  readonly type: 'group_join'
  readonly conversation: ConversationId
}

export const GROUP_FRAMES = ['group_invite', 'groups_wanted', 'groups', 'group_join'] as const

export type GroupFrame = GroupInviteFrame | GroupsWantedFrame | GroupsFrame | GroupJoinFrame

export interface PingFrame {
  readonly type: 'ping'
}

export interface PongFrame {
  readonly type: 'pong'
}

/** The last frame of a session that ends for a reason. */
export interface ByeFrame {
  readonly type: 'bye'
  readonly code: string
  readonly reason: string
}

/** A kind from a later version: skipped. */
export interface UnknownFrame {
  readonly type: 'unknown'
}

export type Frame =
  | HelloFrame
  | ContactFrame
  | DeclineFrame
  | DevicesFrame
  | ClocksFrame
  | ClocksWantedFrame
  | WantFrame
  | CreditFrame
  | RunFrame
  | ForkFrame
  | ReadFrame
  | GroupFrame
  | GroupKeyFrame
  | TypingFrame
  | DialBackFrame
  | DialedBackFrame
  | PingFrame
  | PongFrame
  | ByeFrame
  | UnknownFrame

/** The frames that the sync engine deals with. */
export type SyncFrame =
  | ClocksFrame
  | ClocksWantedFrame
  | WantFrame
  | CreditFrame
  | RunFrame
  | ForkFrame
