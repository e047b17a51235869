// What starting a node takes and what a running one offers: agreed between the daemon, which runs
// nodes, and the front ends, which may only load the daemon when they start one.
import type * as v from 'valibot'

import type { QuietHours } from '../core/quiet-hours.ts'
import type { Places } from './places.ts'
import type { createdProfile, importedProfile, profileSummary, ready } from './shapes-command.ts'
import type { exportedProfile } from './shapes.ts'

export const ACCEPT_POLICIES = ['ask', 'auto', 'never'] as const
export type AcceptPolicy = (typeof ACCEPT_POLICIES)[number]

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Of which messages of others the chat alerts; "direct" are those of contacts, and mentions. */
export const NOTIFY_WHEN = ['all', 'direct', 'mentions', 'none'] as const
export type NotifyWhen = (typeof NOTIFY_WHEN)[number]

/** How the chat alerts somebody who looks elsewhere. */
export interface NotifySettings {
  readonly when: NotifyWhen
  /** By the bell of the terminal. */
  readonly bell: boolean
  /** By a notification of the desktop. */
  readonly desktop: boolean
  /** Whether that shows what was written, beside who wrote. */
  readonly text: boolean
  readonly quietHours: QuietHours
}

export const NOTIFY_DEFAULTS: NotifySettings = {
  when: 'direct',
  bell: true,
  desktop: true,
  text: true,
  quietHours: [],
}

/** How the chat is set, which reads the settings by itself. */
export interface ChatSettings {
  readonly notify: NotifySettings
  /** Nothing is drawn: each event is a line, in words. */
  readonly plain: boolean
}

/** What the command line gives; the configuration file and defaults fill in the rest. */
export interface StartOptions {
  readonly places: Places
  readonly password?: string | undefined
  readonly listen?: readonly string[] | undefined
  readonly accept?: AcceptPolicy | undefined
  readonly logLevel?: LogLevel | undefined
  /** Told what the user should know at once; the log has it too. */
  readonly onWarning?: (message: string) => void
}

/** What `start` prints when the node is ready. */
export type Ready = v.InferOutput<typeof ready>

export interface RunningNode {
  readonly ready: Ready
  /** Resolves once the node has stopped and everything is closed, whoever asked for it. */
  readonly stopped: Promise<void>
  /** Asks for a clean stop. Safe to call twice. */
  stop(): Promise<void>
}

/** A profile on this machine, as `profile list` shows it. */
export type ProfileSummary = v.InferOutput<typeof profileSummary>

export interface NewProfile {
  readonly profile: string
  /** As others see it. */
  readonly name: string
  readonly password?: string | undefined
}

export type CreatedProfile = v.InferOutput<typeof createdProfile>

export interface PasswordChange {
  readonly from?: string | undefined
  /** Undefined takes the password away. */
  readonly to?: string | undefined
  /** Told how much is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
  /** Gives up, as long as nothing has changed. */
  readonly signal?: AbortSignal | undefined
}

export interface ExportOptions {
  /** An absolute path. */
  readonly file: string
  /** The profile's, or for a profile that has none one for the backup. */
  readonly password: string
  /** Replaces a file that is there. */
  readonly force: boolean
}

export type ExportedProfile = v.InferOutput<typeof exportedProfile>

export interface ImportOptions {
  readonly file: string
  /** Of the backup. */
  readonly password: string
  /** @default as it was called where the backup was made */
  readonly profile?: string | undefined
  /** Of the new profile; undefined for none. */
  readonly newPassword: string | undefined
}

export type ImportedProfile = v.InferOutput<typeof importedProfile>
