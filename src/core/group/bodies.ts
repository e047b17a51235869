// What a group consists of: entries of these kinds, in the logs of its members. None of them is
// believed for what it says alone; who may say what is decided by the state (state.ts).
import type { Clock } from '../clock.ts'
import type { DeviceList } from '../frames.ts'
import type { AccountId } from '../id.ts'
import type { KeyCheck } from './keys.ts'

export type Role = 'admin' | 'member'

/** The first entry of the group, whose hash is the group's id. Its author is the first admin. */
export interface GroupCreateBody {
  readonly kind: 'group_create'
  /** 16 bytes: no two groups are the same. */
  readonly nonce: Uint8Array
  readonly name: string
  readonly topic: string
  /** Anybody may join: every member may add. */
  readonly open: boolean
  /** Of its author. */
  readonly devices: DeviceList
  readonly displayName: string
  /** Of the first key. With it new members read from their joining on, else all. */
  readonly keyCheck?: Uint8Array
}

/** Somebody becomes a member; of one who is already nothing changes. */
export interface GroupAddBody {
  readonly kind: 'group_add'
  readonly devices: DeviceList
  /** What the new member is called. */
  readonly displayName: string
  /** From which key on it reads, in a group that has keys. */
  readonly key?: KeyCheck
}

/** A member becomes an admin, or is one no longer. */
export interface GroupRoleBody {
  readonly kind: 'group_role'
  readonly account: AccountId
  readonly role: Role
  /** Of a demotion: what the member did as an admin counts up to here. */
  readonly ends: Clock
}

/** A member leaves (its own entry) or is removed. */
export interface GroupRemoveBody {
  readonly kind: 'group_remove'
  readonly account: AccountId
  /** How far the logs of the member's devices count. */
  readonly ends: Clock
}

/** What is left out stays as it is. */
export interface GroupInfoBody {
  readonly kind: 'group_info'
  readonly name?: string
  readonly topic?: string
  readonly open?: boolean
}

/**
 * Which devices act for a member. In the member's own log: "I am here", which also settles for
 * whom this device acts.
 */
export interface GroupDevicesBody {
  readonly kind: 'group_devices'
  readonly devices: DeviceList
  readonly displayName: string
}

export type GroupBody =
  | GroupCreateBody
  | GroupAddBody
  | GroupRoleBody
  | GroupRemoveBody
  | GroupInfoBody
  | GroupDevicesBody

export type GroupKind = GroupBody['kind']

export function isGroupBody<T extends { readonly kind: string }>(
  body: T | GroupBody,
): body is GroupBody {
  return body.kind.startsWith('group_')
}
