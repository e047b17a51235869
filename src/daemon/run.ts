// Runs one node in this process: settings, log, the profile's database, the node itself, and the
// control socket. The daemon and the REPL both start nodes by this, so what runs can be reached.
import { chmodSync } from 'node:fs'
import path from 'node:path'

import { connect } from '../api/client.ts'
import type { Host } from '../api/handlers/host.ts'
import { createHandlers } from '../api/handlers/methods.ts'
import { checkSocketFolder, type Places } from '../api/places.ts'
import type { Ready, RunningNode, StartOptions } from '../api/running.ts'
import { readVersion } from '../api/version.ts'
import { isTidingsError, TidingsError, toTidingsError } from '../core/errors.ts'
import { NODE_ASK_TIMEOUT_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { TidingsNode } from '../node/node-types.ts'
import { diskRoom } from '../store/disk-room.ts'
import { makeFolders, PRIVATE_FOLDER_MODE, PRIVATE_UMASK } from '../store/durable-files.ts'
import { FolderSize } from '../store/folder-size.ts'
import { mdnsPortOf, readSettings } from './config.ts'
import { ControlSocket } from './control.ts'
import { type LogFile, openLog } from './log.ts'
import { lookAtMachine } from './machine/machine.ts'
import { keepMemorySmall, startFrugally } from './memory.ts'
import { type NodeOpening, type OpenedNode, openNode } from './open-node.ts'
import { readPid, removePid, writePid } from './pid-file.ts'
import { showName } from './profiles.ts'
import { settingsMistake } from './settings-mistake.ts'
import { usable } from './usable.ts'

export interface RunComponents {
  /** Loads the profile's node; its open database keeps every other process out. */
  readonly openNode: (opening: NodeOpening) => Promise<OpenedNode>
}

/**
 * Resolves once the node is ready.
 *
 * @throws `already_running`, `bad_config`, `home_unusable`, `unknown_profile`, `profile_locked`,
 * `wrong_password`, `database_newer`, `database_damaged`, `listen_failed`
 */
export async function runNode(
  options: StartOptions,
  components: RunComponents = { openNode },
): Promise<RunningNode> {
  startFrugally()
  try {
    return await startUp(options, components)
  } finally {
    keepMemorySmall()
  }
}

async function startUp(options: StartOptions, components: RunComponents): Promise<RunningNode> {
  const { places, password } = options
  const settings = await readSettings(options)
  process.umask(PRIVATE_UMASK)
  makePlaces(places)
  await refuseSecond(places)
  const logFile = usable(places.log, () => openLog(places.log, settings.logLevel))
  const { log } = logFile
  const version = readVersion()
  log.info({ version, profile: places.profile }, 'starting')
  let opened
  try {
    opened = await components.openNode({ places, settings, password, version, log })
  } catch (error) {
    logFailure(log, error)
    logFile.close()
    throw isTidingsError(error, 'database_busy') ? alreadyRunning(places, error) : error
  }
  return bringUp(opened, options, logFile, { version, mdnsPort: mdnsPortOf(settings) })
}

function logFailure(log: Logger, error: unknown): void {
  const { code, message } = toTidingsError(error)
  log.error({ code, err: error }, `not started: ${message}`)
}

async function bringUp(
  { node, onStarted, exportProfile }: OpenedNode,
  options: StartOptions,
  logFile: LogFile,
  about: Pick<Host, 'version' | 'mdnsPort'>,
): Promise<RunningNode> {
  const { places } = options
  const { log } = logFile
  const stopping = new Stopping()
  const startedAtMs = performance.now()
  const folder = new FolderSize(places.data, () => performance.now())
  const host: Host = {
    ...about,
    profile: places.profile,
    runtime: process.versions.node,
    pid: process.pid,
    log,
    nowMs: () => Date.now(),
    uptimeMs: () => performance.now() - startedAtMs,
    installedVersion: readVersion,
    settingsMistake: () => settingsMistake(places),
    machine: lookAtMachine,
    rssBytes: () => process.memoryUsage.rss(),
    databaseBytes: () => folder.bytes(),
    freeBytes: async () => (await diskRoom(places.data)).freeBytes,
    exportProfile,
    renamed: (name) => showName(places, name, log),
    shutDown: () => void setImmediate(() => void stopping.stop()),
  }
  const control = new ControlSocket(places.socket, createHandlers(node, host), log)
  stopping.steps = async () => {
    log.info({}, 'stopping')
    control.close()
    try {
      await node.stop()
    } finally {
      await control.end()
      removePid(places.pidFile)
      log.info({}, 'stopped')
      logFile.close()
    }
  }
  try {
    writePid(places.pidFile, process.pid, log)
    warnOfTrouble(node, options, log)
    await node.start()
    await onStarted?.()
    await control.listen()
  } catch (error) {
    logFailure(log, error)
    await stopping.stop().catch((reason: unknown) => log.error({ err: reason }, 'cleaning up'))
    throw error
  }
  const { account, peerId, name, addresses } = node.identity()
  log.info({ account, peerId, addresses }, 'ready')
  const mine = { account, peerId, name, addresses: [...addresses] }
  const ready: Ready = { ready: true, ...mine, pid: process.pid }
  return { ready, stopped: stopping.stopped, stop: () => stopping.stop() }
}

/** One clean stop, however often and from wherever it is asked for. */
class Stopping {
  steps: () => Promise<void> = () => Promise.resolve()
  readonly #settled = Promise.withResolvers<void>()
  #hasBegun = false

  constructor() {
    // Whoever waits for `stopped` hears of a failure; it is no reason to end by itself.
    this.#settled.promise.catch(() => {})
  }

  get stopped(): Promise<void> {
    return this.#settled.promise
  }

  stop(): Promise<void> {
    if (!this.#hasBegun) {
      this.#hasBegun = true
      this.steps().then(this.#settled.resolve, this.#settled.reject)
    }
    return this.stopped
  }
}

/** What goes wrong on the network or the disk is said at once, once, and is in the log. */
function warnOfTrouble(node: TidingsNode, { onWarning }: StartOptions, log: Logger): void {
  for (const damage of node.damage) {
    log.error({ damage }, 'the database is damaged')
    onWarning?.(damage)
  }
  node.onTrouble((where, message) => {
    if (message === '') return log.info({ where }, 'works again')
    log.warn({ where }, message)
    onWarning?.(`${where}: ${message}`)
  })
}

/** @throws `home_unusable` */
function makePlaces({ dataDir, state, socket }: Places): void {
  checkSocketFolder(socket)
  const run = path.dirname(socket)
  for (const folder of [dataDir, state, run]) {
    usable(folder, () => makeFolders(folder))
  }
  // These two are ours alone; the folder for data may be one that the user has anyway.
  for (const folder of [state, run]) usable(folder, () => chmodSync(folder, PRIVATE_FOLDER_MODE))
}

/**
 * Says plainly that a node runs, where it can be asked. What really keeps a second one out is the
 * system's lock on the database, which no crash leaves behind.
 */
async function refuseSecond(places: Places): Promise<void> {
  const { socket: socketPath, profile } = places
  const signal = AbortSignal.timeout(NODE_ASK_TIMEOUT_MS)
  try {
    await using client = await connect({ socketPath, profile, signal })
    const { pid } = await client.status({}, { signal })
    throw alreadyRunning(places, undefined, pid)
  } catch (error) {
    if (isTidingsError(error, 'no_daemon') || isTidingsError(error, 'interrupted')) return
    throw error
  }
}

function alreadyRunning(places: Places, cause?: unknown, pid?: number): TidingsError {
  const known = pid ?? readPid(places.pidFile)
  const who = known === undefined ? '' : ` (pid ${known})`
  const message = `a node runs for the profile "${places.profile}" already${who}`
  return new TidingsError('already_running', message, { cause })
}
