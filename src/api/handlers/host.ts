// What the handlers need to know of the process that the node runs in, and may ask of it.
import type { Logger } from '../../core/logger.ts'

export interface Host {
  readonly profile: string
  readonly version: string
  readonly pid: number
  readonly startedAtMs: number
  /** Whether it looks for others by multicast. */
  readonly discovers: boolean
  readonly log: Logger
  nowMs(): number
  rssBytes(): number
  /** Room on the disk that holds the database. */
  freeBytes(): Promise<number>
  /** Begins a clean shutdown; returns at once. */
  shutDown(): void
}
