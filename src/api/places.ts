// Where everything of a profile lies: one rule, so that the daemon, the command line and bots find
// each other. XDG folders (or what the platform has in their place); `home` replaces them all.
import { createHash } from 'node:crypto'
import { lstatSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import envPaths from 'env-paths'

import { readVariable } from '../core/environment.ts'
import { TidingsError } from '../core/errors.ts'
import { SOCKET_PATH_BYTES_MAX } from '../core/limits.ts'
import { folderOfProfile } from '../core/profile-names.ts'

export const DEFAULT_PROFILE = 'default'

export interface PlacesInit {
  /** @default the environment's TIDINGS_PROFILE, then "default" */
  readonly profile?: string | undefined
  /** One folder for everything, sockets included. @default the environment's TIDINGS_HOME */
  readonly home?: string | undefined
  /** The configuration file. @default the environment's TIDINGS_CONFIG */
  readonly config?: string | undefined
}

export interface Places {
  readonly profile: string
  /** The name of files that are of this profile alone. */
  readonly folder: string
  /** The one folder for everything, where there is one. */
  readonly home: string | undefined
  /** The configuration file; it need not exist. */
  readonly config: string
  /** Whether the user named the configuration file, so that it has to exist. */
  readonly configNamed: boolean
  /** The folder of all data, of every profile. */
  readonly dataDir: string
  /** The profile's own folder: keys and database. */
  readonly data: string
  /** What may be lost without loss: logs, input history. */
  readonly state: string
  readonly log: string
  /** What was typed into the REPL. */
  readonly history: string
  /** The control socket; its folder belongs to this user alone. */
  readonly socket: string
  /** Who runs: the daemon's process id. Only a hint, the database's own lock is what counts. */
  readonly pidFile: string
}

/**
 * @throws `bad_name` when a folder cannot be named like the profile; `bad_input` for an empty home;
 * `home_unusable` when the environment names no absolute folders
 */
export function findPlaces(init: PlacesInit = {}, env: NodeJS.ProcessEnv = process.env): Places {
  const profile = init.profile ?? readVariable(env, 'TIDINGS_PROFILE') ?? DEFAULT_PROFILE
  const folder = folderOfProfile(profile)
  const home = init.home ?? readVariable(env, 'TIDINGS_HOME')
  const configNamed = init.config ?? readVariable(env, 'TIDINGS_CONFIG')
  // An unset variable of a script: the folder it happens to be in is not what was meant.
  if (home === '') throw new TidingsError('bad_input', 'the home folder has no name')
  const roots = home === undefined ? platformRoots(env) : homeRoots(path.resolve(home))
  const socket = shortened(path.join(roots.run, `${folder}.sock`))
  return {
    profile,
    folder,
    home: home === undefined ? undefined : path.resolve(home),
    config: path.resolve(configNamed ?? path.join(roots.config, 'config.toml')),
    configNamed: configNamed !== undefined,
    dataDir: roots.data,
    data: path.join(roots.data, 'profiles', folder),
    state: roots.state,
    log: path.join(roots.state, `${folder}.log`),
    history: path.join(roots.state, `${folder}.history`),
    socket,
    pidFile: socket.replace(/\.sock$/, '.pid'),
  }
}

/** What to type so that the node of a profile runs. */
export function startCommand(whose: Pick<PlacesInit, 'profile' | 'home'>): string {
  return commandFor(whose, 'start --detach')
}

/** What to type so that a command is about this profile, and not about whoever is the default. */
export function commandFor(
  { profile, home }: Pick<PlacesInit, 'profile' | 'home'>,
  command: string,
): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const word = (text: string): string => (/[^\w./-]/.test(text) ? quoted(text) : text)
  const homeFlag = home === undefined ? '' : `--home ${word(home)} `
  const isDefault = profile === undefined || profile === DEFAULT_PROFILE
  return `tidings ${homeFlag}${isDefault ? '' : `--profile ${word(profile)} `}${command}`
}

interface Roots {
  readonly config: string
  readonly data: string
  readonly state: string
  readonly run: string
}

function homeRoots(home: string): Roots {
  return { config: home, data: home, state: path.join(home, 'state'), run: path.join(home, 'run') }
}

function platformRoots(env: NodeJS.ProcessEnv): Roots {
  const { config, data, log } = envPaths('tidings', { suffix: '' })
  const runtime = runtimeNamed(env) ?? runtimeOfLogin()
  const run = runtime ? path.join(runtime, 'tidings') : privateTemporary()
  for (const folder of [config, data, log, run]) {
    if (path.isAbsolute(folder)) continue
    throw new TidingsError(
      'home_unusable',
      `${folder} is no absolute folder: set HOME and the XDG variables to some, or give --home`,
    )
  }
  return { config, data, state: log, run }
}

/** `su` leaves the variable as it was: a socket of root there would keep that user's own out. */
function runtimeNamed(env: NodeJS.ProcessEnv): string | undefined {
  const folder = readVariable(env, 'XDG_RUNTIME_DIR')
  if (folder === undefined || process.getuid === undefined) return folder
  try {
    const found = statSync(folder, { throwIfNoEntry: false })
    return !found || found.uid === process.getuid() ? folder : undefined
  } catch {
    // Where it lies this user may not even look.
    return undefined
  }
}

/**
 * What the variable names after a login, where that runs without one: cron and `su` leave it out,
 * and have to find the node that runs all the same.
 */
function runtimeOfLogin(): string | undefined {
  const user = process.getuid?.()
  if (process.platform !== 'linux' || user === undefined) return undefined
  const folder = `/run/user/${user}`
  return isPrivate(folder, user) ? folder : undefined
}

function isPrivate(folder: string, user: number): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === user && (found.mode & 0o077) === 0
}

/** A folder of this user in the shared temporary one, where there is no runtime folder. */
function privateTemporary(): string {
  return path.join(tmpdir(), `tidings-${process.getuid?.() ?? 'user'}`)
}

/** A socket path that is too long for the system becomes a short one that depends on it alone. */
function shortened(socket: string): string {
  if (Buffer.byteLength(socket) <= SOCKET_PATH_BYTES_MAX) return socket
  const name = createHash('sha256').update(socket).digest('hex').slice(0, 16)
  return path.join(privateTemporary(), `${name}.sock`)
}

/**
 * Refuses a folder for sockets that somebody else could have put in place of ours.
 *
 * @throws `home_unusable`
 */
export function checkSocketFolder(socket: string): void {
  const folder = path.dirname(socket)
  if (folder !== privateTemporary() || process.getuid === undefined) return
  if (!lstatSync(folder, { throwIfNoEntry: false })) return
  if (isPrivate(folder, process.getuid())) return
  throw new TidingsError(
    'home_unusable',
    `${folder} is not a private folder of yours; remove it or set XDG_RUNTIME_DIR`,
  )
}
