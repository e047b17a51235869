// What a node is made from: its database, its network, and whatever else tests replace.
import type { DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import type { Net, NetHooks, NetInit } from '../net/net.ts'
import type { DiskRoom } from '../store/disk-room.ts'
import type { LevelStore } from '../store/store-level.ts'
import type { AcceptPolicy } from './node-types.ts'

export interface NodeInit {
  /** Owned by the node from here on: `stop` closes it. */
  readonly store: LevelStore
  /** Display name, for a profile that has no identity yet. */
  readonly name: string
  readonly agent: string
  readonly accept: AcceptPolicy
  /** Whether contacts are told how far the user has read. @default true */
  readonly tellRead?: boolean
  /** Whether contacts are told that the user is typing. @default true */
  readonly tellTyping?: boolean
  /** What one contact may make this node keep, Infinity for no bound. @default 1 GiB */
  readonly quotaBytes?: number
  /** Without it nobody looks how full the disk is. */
  readonly disk?: () => Promise<DiskRoom>
  readonly net: Omit<NetInit, 'deviceSeed' | 'announce' | 'log'>
  readonly createNet: (init: NetInit, hooks: NetHooks) => Net
  readonly peerIdOf: (device: DeviceId) => string
  readonly log: Logger
  /** Wall time in ms, shown to people: it may jump in either direction. */
  readonly now: () => number
  /** Milliseconds that never go back, for all that waits. */
  readonly uptimeMs: () => number
  readonly random: (bytes: number) => Uint8Array
}
