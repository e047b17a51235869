// What the handlers need to know of the process that the node runs in, and may ask of it.
import type { Logger } from '../../core/logger.ts'
import type { ExportedProfile, ExportOptions } from '../running.ts'
import type { Machine, Ports } from './doctor/machine.ts'

/** A mistake in the settings, and what to do about it. */
export interface SettingsMistake {
  readonly message: string
  readonly fix: string
}

export interface Host {
  readonly profile: string
  readonly version: string
  readonly pid: number
  /** The UDP port by which it looks for others; undefined where that is turned off. */
  readonly mdnsPort: number | undefined
  /** Of Node. */
  readonly runtime: string
  readonly log: Logger
  nowMs(): number
  /** Since the node started, by a clock that nobody sets. */
  uptimeMs(): number
  /** Of the program on disk: another one after an update. */
  installedVersion(): string
  /** Reads the settings as a node would that started now. */
  settingsMistake(): Promise<SettingsMistake | undefined>
  /** Looks at the machine: its interfaces, ways and firewalls. */
  machine(ports: Ports): Promise<Machine>
  rssBytes(): number
  /** What the profile takes on disk. */
  databaseBytes(): Promise<number>
  /** Room on the disk that holds the database. */
  freeBytes(): Promise<number>
  /** Writes a backup of the profile, whose database is open here. */
  exportProfile(options: ExportOptions, signal: AbortSignal): Promise<ExportedProfile>
  /** The user is called so from now on. Never rejects. */
  renamed(name: string): Promise<void>
  /** Begins a clean shutdown; returns at once. */
  shutDown(): void
}
