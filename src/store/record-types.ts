// What is kept as small records, by kind and key: a profile's identity, contacts, what peers told.
import type { CountChunk } from '../core/counting.ts'
import type { DeviceList, ResumeToken } from '../core/frames.ts'
import type { KeptKey } from '../core/group/kept-keys.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { ContactState } from '../core/records.ts'
import type { ArchivedItem, ArchiveRecord } from './archive/archive-types.ts'

/** This profile's own keys. Seeds are 32 bytes in hexadecimal. */
export interface IdentityRecord {
  readonly accountSeed: string
  /** Of the device that this database writes as. */
  readonly deviceSeed: string
  /** Of devices that it wrote as before, and gave up after a fork. */
  readonly formerSeeds?: readonly string[]
  readonly name: string
  /** Every device of the account, also those of other databases. */
  readonly devices: DeviceList
}

export interface ContactRecord {
  readonly account: AccountId
  /** As the contact calls itself. */
  readonly name: string
  /** As the user calls it; empty for none. */
  readonly alias: string
  readonly state: Exclude<ContactState, 'removed'>
  /** Of the newest request in either direction. */
  readonly request: string
  readonly requestText: string
  readonly requestedAtMs: number
  /** The user turned this request down; it is kept so that repetitions stay silent. */
  readonly declined: boolean
  readonly verified: boolean
  readonly devices: DeviceList | undefined
  /** Where to look for devices that are not known yet: from an invite link, say. */
  readonly hints: readonly { readonly device: DeviceId; readonly addresses: readonly string[] }[]
  readonly lastSeenMs: number
  /** What their entries may take on disk, null for no bound; without it the default holds. */
  readonly quotaBytes?: number | null
}

export interface PeerRecord {
  readonly device: DeviceId
  readonly account: AccountId
  /** Addresses that led to this device, newest first. */
  readonly addresses: readonly string[]
  readonly token: ResumeToken | undefined
  /** What it told, as it lies beside, counted (core/sync); bytes in base64. */
  readonly counted?: { readonly told: string; readonly lacked: readonly ConversationId[] }
}

/** What a group is to this profile. Who is in it follows from its entries. */
export interface GroupRecord {
  readonly conversation: ConversationId
  /**
   * `joining`: what it consists of is asked for, until the user is seen in it. `left`: by the
   * user's own wish.
   */
  readonly state: 'invited' | 'joining' | 'joined' | 'left'
  /** As the one who invited told it; before its entries are here nothing else is known. */
  readonly name: string
  readonly invitedBy: AccountId | undefined
  /** Devices whose logs are asked for first: of who made the group, and of who invited. */
  readonly roots: readonly (readonly [DeviceId, AccountId])[]
  /** GroupVouchers by which its user was added, as the one who invited showed them. */
  readonly vouchers?: readonly Uint8Array[]
  /**
   * What made the group, as the one who invited brought it, and by which device: until its user is
   * seen in it. Older versions kept none.
   */
  readonly first?: { readonly device: DeviceId; readonly entry: Uint8Array }
  /** The entry by which its user left: it is exchanged until somebody else holds it. */
  readonly leave?: { readonly device: DeviceId; readonly seq: number }
  readonly isPassedOn?: true
}

/** Who is in a group; numbers stand for places in `ids` of its page (node/groups/group-cast). */
export interface GroupCast {
  readonly members: readonly (readonly [account: number, bits: number])[]
  readonly names: readonly (readonly [account: number, name: string])[]
  /** Account, version, devices. */
  readonly lists: readonly (readonly number[])[]
  readonly writers: readonly (readonly [device: number, account: number])[]
}

/** What has to be known of groups before anybody looks at them (node/groups/group-pages). */
export interface GroupPageRecord {
  readonly version: number
  /** As which its user was known to be here. */
  readonly self: string
  readonly groups: readonly {
    readonly id: ConversationId
    readonly name: string
    readonly invitedBy?: number
    readonly roots: readonly (readonly [device: number, account: number])[]
    readonly title: string
    readonly topic: string
    readonly open?: boolean
    readonly cast: number
    /** Device and number, in turn. */
    readonly entries: readonly number[]
    readonly said?: boolean
    readonly vouched?: boolean
    readonly knownBy: readonly number[]
  }[]
  /** Groups that have to be read. */
  readonly others: readonly ConversationId[]
  readonly ids: readonly string[]
  readonly casts: readonly GroupCast[]
}

/** The keys of a group that has such. */
export interface GroupKeysRecord {
  readonly keys: readonly KeptKey[]
  /** What was derived from its entries does not know all of the keys yet. */
  readonly isNew?: boolean
}

/** What the user chose for a conversation. */
export interface ConversationRecord {
  /** Until then nothing of it is pointed out, null for always; `all`: mentions neither. */
  readonly muted?: { readonly untilMs: number | null; readonly all: boolean }
  /** Whether its people are told how far the user has read; without it what holds for all. */
  readonly tellRead?: boolean
  /** The same of what the user is typing. */
  readonly tellTyping?: boolean
}

/**
 * A clock. Or it `isSplit`, then the clock is in records whose keys have a character more, by the
 * first character of the devices in it.
 */
export interface ClockRecord {
  readonly clock: readonly (readonly [DeviceId, number])[]
  readonly isSplit?: true
}

/** Small records kept as JSON, by kind and key. */
export interface Records {
  /** key: `self` */
  readonly identity: IdentityRecord
  /** key: account */
  readonly contact: ContactRecord
  /** key: device */
  readonly peer: PeerRecord
  /** key: `device/conversation`; what that device holds, as it told */
  readonly holds: ClockRecord
  /** key: `account/conversation`; how far that account's user has read (our own too) */
  readonly read: ClockRecord
  /** key: `conversation/device`; the proof of a fork, base64 of a Fork frame */
  readonly fork: { readonly proof: string; readonly foundAtMs: number }
  /** key: account; what its entries take on disk, with all that is kept beside them */
  readonly received: { readonly bytes: number }
  /** key: conversation; a group that this account was invited to, or is or was in */
  readonly group: GroupRecord
  /** key: `conversation/device/seq`; an entry that the group consists of, at its logical time */
  readonly group_entry: { readonly logical: number; readonly bytes: Uint8Array }
  /** key: conversation */
  readonly group_key: GroupKeysRecord
  /** key: the first GROUP_PAGE_CHARS of conversations; derived */
  readonly group_page: GroupPageRecord
  /** key: as that; written when a group of the page changes, taken away when it is made anew */
  readonly group_stale: Readonly<Record<string, never>>
  /** key: `conversation/device`; the newest timer of that log, as far as it is shown */
  readonly timer: { readonly seq: number; readonly seconds: number }
  /** key: `conversation/device/level/number`; when messages disappear (core/deadlines.ts) */
  readonly deadline: { readonly at: readonly number[] }
  /** key: 16 hexadecimal digits; an archive, also one that is being imported or removed */
  readonly archive: ArchiveRecord
  /** key: `archive/number`, the number in 8 digits from 0; its lines in order */
  readonly archived: { readonly first: number; readonly items: readonly ArchivedItem[] }
  /** key: `conversation/device/chunk`; how many entries of a log are messages (core/counting) */
  readonly counts: CountChunk
  /** key: conversation; what the user chose for it */
  readonly conversation: ConversationRecord
  /** key: conversation; what was typed there and not sent */
  readonly draft: { readonly text: string }
  /** key: name */
  readonly setting: { readonly value: string | number | boolean }
}

export type RecordKind = keyof Records
