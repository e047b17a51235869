// `doctor` where no node answers: what can be said without one. The profile and its disk, the
// settings, the port, interfaces, VPNs and firewalls; who is on the network only a node learns.
import { access, constants } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import path from 'node:path'

import { bad, concluded, ok } from '../api/handlers/doctor/finding.ts'
import { checkFirewall, checkVpn } from '../api/handlers/doctor/machine-checks.ts'
import type { Ports } from '../api/handlers/doctor/machine.ts'
import { checkClock, checkDisk } from '../api/handlers/doctor/node-checks.ts'
import type { Places } from '../api/places.ts'
import type { ProfileSummary } from '../api/running.ts'
import type { Check } from '../api/shapes.ts'
import { toTidingsError } from '../core/errors.ts'
import type { NetworkSurvey } from '../node/survey/survey-types.ts'
import { diskRoom } from '../store/disk-room.ts'
import { mdnsPortOf, readSettings, type Settings } from './config.ts'
import { chooseListen, portOf, type Unusable, unusableIn } from './listen.ts'
import { lookAtMachine } from './machine/machine.ts'
import { readPid } from './pid-file.ts'
import { listProfiles } from './profiles.ts'
import { fixOfSettings } from './settings-mistake.ts'

const NOBODY_ASKED: NetworkSurvey = { interfaces: [], peers: [], sought: [] }

export interface NoNode {
  /** What a person types to have the node. */
  readonly startCommand: string
  /** One runs, and does not answer. */
  readonly hangs: boolean
}

export async function examineWithoutNode(places: Places, noNode: NoNode): Promise<Check[]> {
  const { startCommand, hangs } = noNode
  const known = await summaryOf(places)
  const { check, settings } = await checkSettings(places)
  const listen = settings && (hangs ? portThatHangs(settings) : await checkPort(settings))
  const ports: Ports = { listen: listen?.port, mdns: settings && mdnsPortOf(settings) }
  const machine = await lookAtMachine(ports)
  const checks = [
    checkNode(places, noNode, known),
    check,
    ...(await checkProfile(places, known)),
    ...(listen?.check ? [listen.check] : []),
    ...checkInterfaces(),
    checkVpn(machine, false),
    checkFirewall(machine, NOBODY_ASKED, ports),
    checkClock(Date.now(), machine.platform, []),
  ]
  return concluded(checks, { isThere: false, hint: startCommand })
}

async function summaryOf({ dataDir, profile }: Places): Promise<ProfileSummary | undefined> {
  const all: readonly ProfileSummary[] = await listProfiles(dataDir).catch(() => [])
  return all.find((each) => each.profile === profile)
}

function checkNode(
  { profile, pidFile }: Places,
  { startCommand, hangs }: NoNode,
  known: ProfileSummary | undefined,
): Check {
  if (!hangs) {
    const asks = known?.locked ? '; its start asks for the password, or takes --password-file' : ''
    const detail = `no node runs for the profile "${profile}"${asks}`
    return bad('node', 'node_stopped', detail, startCommand)
  }
  const pid = readPid(pidFile)
  const who = pid === undefined ? '' : ` (pid ${pid})`
  const end = pid === undefined ? 'end its process' : `kill -9 ${pid}`
  const fix = `${end}, then ${startCommand}`
  return bad('node', 'node_hangs', `the node${who} does not answer`, fix)
}

async function checkSettings(places: Places): Promise<{ check: Check; settings?: Settings }> {
  try {
    const settings = await readSettings({ places })
    return { check: ok('settings', 'settings', places.config), settings }
  } catch (error) {
    const mistake = toTidingsError(error)
    const fix = fixOfSettings(mistake, places)
    return { check: bad('settings', 'bad_config', mistake.message, fix) }
  }
}

async function checkProfile(places: Places, known: ProfileSummary | undefined): Promise<Check[]> {
  const { data, profile, socket, state } = places
  for (const folder of [data, state, path.dirname(socket)]) {
    const words = await whyUnusable(folder)
    if (words === undefined) continue
    const fix = 'see whose it is, and that you may write there'
    return [bad('profile', 'profile_unusable', words, fix)]
  }
  if (!known) {
    return [ok('profile', 'no_profile_yet', `"${profile}" is made when the node first starts`)]
  }
  if (known.problem !== null) {
    const fix = 'see whose the folder is, or put it back from a backup ("tidings profile import")'
    return [bad('profile', 'profile_unusable', `"${profile}": ${known.problem}`, fix)]
  }
  const lock = known.locked ? ', under a password' : ''
  const { freeBytes } = await diskRoom(data)
  const where = `the profile "${profile}"`
  return [ok('profile', 'profile', `"${profile}" is there${lock}`), checkDisk(freeBytes, where)]
}

/** Of a folder, there or to be made; undefined where nothing hinders. */
async function whyUnusable(folder: string, at = folder): Promise<string | undefined> {
  try {
    await access(at, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = path.dirname(at)
    if (code === 'ENOENT' && parent !== at) return whyUnusable(folder, parent)
    const how = at === folder ? 'used' : `made in ${at}`
    return `${folder} cannot be ${how} (${code})`
  }
}

interface Listening {
  readonly port: number | undefined
  readonly check?: Check
}

/** It is taken by the node that hangs, which is said already. */
function portThatHangs({ listen }: Settings): Listening {
  return { port: listen && portOf(listen) }
}

/** The port that the node would have, were it started now. */
async function checkPort({ listen }: Settings): Promise<Listening> {
  const unusable = listen && (await unusableIn(listen))
  if (unusable !== undefined) return { port: undefined, check: cannotListen(unusable) }
  const port = portOf(listen ?? (await chooseListen(undefined)))
  const detail = listen ? `port ${port ?? 'of any number'} is set` : `port ${port} is free`
  return { port, check: ok('listening', 'port_free', detail) }
}

const WHERE_SET = '("--listen", TIDINGS_LISTEN, "listen" in the configuration)'

function cannotListen({ address, code }: Unusable): Check {
  if (code === 'EADDRNOTAVAIL') {
    const detail = `${address} is no address of this machine`
    const fix = `set one that it has, or /ip4/0.0.0.0/tcp/4001 for all of them ${WHERE_SET}`
    return bad('listening', 'listen_elsewhere', detail, fix)
  }
  const detail = `${address} cannot be used (${code})`
  const fix = `end the program that uses it, or set another port ${WHERE_SET}`
  return bad('listening', 'port_taken', detail, fix)
}

function checkInterfaces(): Check[] {
  const found = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const outside = addresses.filter(({ internal, scopeid }) => !internal && !scopeid)
    if (outside.length === 0) return []
    const where = outside.map(({ address }) => address).join(', ')
    return [ok(`interface ${name}`, 'interface', `${where}: what is heard there only a node tells`)]
  })
  if (found.length > 0) return found
  const detail = 'there is no network interface to find others on'
  return [bad('network', 'no_network', detail, 'connect to a network: a cable, or a Wi-Fi')]
}
