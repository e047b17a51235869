// What every command and the REPL are given: the flags that all share, resolved, and the ways to
// a node. Nothing here loads libp2p or LevelDB before a node is really started in this process.
import type { Readable, Writable } from 'node:stream'

import { type Client, connect } from '../api/client.ts'
import { commandFor, type Places, startCommand } from '../api/places.ts'
import type {
  AcceptPolicy,
  ChatSettings,
  CreatedProfile,
  ExportedProfile,
  ExportOptions,
  ImportedProfile,
  ImportOptions,
  LogLevel,
  NewProfile,
  PasswordChange,
  ProfileSummary,
  RunningNode,
} from '../api/running.ts'
import type { Check } from '../api/shapes.ts'
import { readVariable } from '../core/environment.ts'

/** A stream that may be a terminal. */
type Input = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }
type Output = Writable & { isTTY?: boolean; columns?: number }

export interface Streams {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
}

export interface ContextInit {
  readonly places: Places
  /** The folder given with `--home`. */
  readonly home?: string | undefined
  readonly json: boolean
  /** False with `--no-input`: never ask, whatever the streams are. */
  readonly mayAsk: boolean
  /** With `--plain`. */
  readonly plain?: boolean | undefined
  readonly logLevel: LogLevel | undefined
  readonly streams: Streams
  readonly interruption: Interruption
}

/** Ctrl+C, while nobody else handles it. */
export interface Interruption {
  readonly signal: AbortSignal
  /** From here on Ctrl+C does what it does without this program. */
  release(): void
}

export interface NodeStart {
  readonly password?: string | undefined
  readonly listen?: readonly string[] | undefined
  readonly accept?: AcceptPolicy | undefined
  readonly onWarning?: (message: string) => void
}

/** The terminal says of itself that it understands no escapes. */
function isDumb(): boolean {
  return readVariable(process.env, 'TERM') === 'dumb'
}

export class CliContext {
  readonly places: Places
  readonly json: boolean
  readonly logLevel: LogLevel | undefined
  readonly streams: Streams
  /** False with `--no-input`. */
  readonly mayAsk: boolean
  readonly #home: string | undefined
  readonly #interruption: Interruption
  readonly #plain: boolean

  constructor(init: ContextInit) {
    this.places = init.places
    this.#home = init.home
    this.json = init.json
    this.logLevel = init.logLevel
    this.streams = init.streams
    this.#interruption = init.interruption
    this.mayAsk = init.mayAsk
    this.#plain = init.plain === true
  }

  /** Aborted by the first Ctrl+C. */
  get signal(): AbortSignal {
    return this.#interruption.signal
  }

  /** Leaves signals to whoever calls this, or to the system. */
  releaseSignals(): void {
    this.#interruption.release()
  }

  /** Whether a person is there to answer a question. */
  get canAsk(): boolean {
    return this.mayAsk && this.streams.stdin.isTTY === true && this.streams.stderr.isTTY === true
  }

  /** @throws `no_daemon` when none runs for the profile */
  connect(): Promise<Client> {
    const { socket, profile } = this.places
    return connect({ socketPath: socket, profile, home: this.#home, signal: this.signal })
  }

  /** What a person types to have the node of this profile. */
  get startCommand(): string {
    return startCommand(this.#whose)
  }

  /** What a person types so that a command is about this profile. */
  readonly typed = (command: string): string => commandFor(this.#whose, command)

  get #whose(): Parameters<typeof startCommand>[0] {
    return { profile: this.places.profile, home: this.#home }
  }

  /**
   * Finds mistakes in the settings before anything is asked or made.
   *
   * @throws `bad_config`
   */
  async checkSettings(options: NodeStart = {}): Promise<void> {
    const { readSettings } = await import('../daemon/config.ts')
    await readSettings({ places: this.places, logLevel: this.logLevel, ...options })
  }

  /** How the chat is set. @throws `bad_config` */
  async chatSettings(): Promise<ChatSettings> {
    const { readSettings } = await import('../daemon/config.ts')
    const settings = await readSettings({ places: this.places, logLevel: this.logLevel })
    const { notify } = settings
    return { notify, plain: this.#plain || isDumb() || settings.plain }
  }

  /** Starts a node in this process, its control socket included. Loads libp2p and LevelDB. */
  async startNode(options: NodeStart = {}): Promise<RunningNode> {
    const { runNode } = await import('../daemon/run.ts')
    return runNode({ places: this.places, logLevel: this.logLevel, ...options })
  }

  /**
   * `doctor` where no node answers.
   *
   * @param hangs one runs all the same
   */
  async examineWithoutNode(hangs = false): Promise<Check[]> {
    const { examineWithoutNode } = await import('../daemon/doctor-offline.ts')
    return examineWithoutNode(this.places, { startCommand: this.startCommand, hangs })
  }

  async profiles(): Promise<ProfileSummary[]> {
    const { listProfiles } = await import('../daemon/profiles.ts')
    return listProfiles(this.places.dataDir)
  }

  /** This context's profile, or undefined when it was not created yet. */
  async profile(): Promise<ProfileSummary | undefined> {
    const all = await this.profiles()
    return all.find(({ profile }) => profile === this.places.profile)
  }

  /** @throws `profile_exists`, `bad_name` */
  async createProfile(profile: NewProfile): Promise<CreatedProfile> {
    const { createProfile } = await import('../daemon/profiles.ts')
    return createProfile(this.places.dataDir, profile)
  }

  /**
   * @returns what the user has to know: damage that was found, copies under an old key
   * @throws `wrong_password`, `unknown_profile`, `already_running`, `disk_full`, `interrupted`
   */
  async changePassword(change: PasswordChange): Promise<readonly string[]> {
    const { changePassword } = await import('../daemon/profiles.ts')
    return changePassword(this.places, { ...change, signal: this.signal })
  }

  /** Writes a backup of this context's profile; no node of it may run. */
  async exportProfile(options: ExportOptions): Promise<ExportedProfile> {
    const { exportProfile } = await import('../daemon/backup.ts')
    return exportProfile(this.places, options, this.signal)
  }

  /** Makes a profile of a backup. */
  async importProfile(options: ImportOptions): Promise<ImportedProfile> {
    const { importProfile } = await import('../daemon/backup.ts')
    return importProfile(this.places.dataDir, options, this.signal)
  }
}
