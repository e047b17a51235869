// What the handlers need to know of the process that the node runs in, and may ask of it.
import type { Logger } from '../../core/logger.ts'
import type { ExportedProfile, ExportOptions } from '../running.ts'

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
  /** Writes a backup of the profile, whose database is open here. */
  exportProfile(options: ExportOptions, signal: AbortSignal): Promise<ExportedProfile>
  /** Begins a clean shutdown; returns at once. */
  shutDown(): void
}
