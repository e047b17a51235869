// What `doctor` says of the node itself: its database, disk and clock, where it listens, whose
// versions it meets, and what it told of before. Pure: words for facts.
import { isLoopback } from '../../../core/addresses.ts'
import { toTidingsError } from '../../../core/errors.ts'
import type { NetworkSurvey, PeerReport } from '../../../node/survey/survey-types.ts'
import type { Check } from '../../shapes.ts'
import type { SettingsMistake } from '../host.ts'
import { bad, ok } from './finding.ts'

/** Below this a busy node runs out of room within days, and LevelDB needs some to tidy up. */
const FREE_BYTES_MIN = 100 * 1024 * 1024
/** No clock that is right shows a time before this program was written. */
const PLAUSIBLE_FROM_MS = Date.UTC(2025, 0, 1)
const PLAUSIBLE_YEARS = 50
/** Times are shown in minutes: what differs by less is hardly seen. */
const CLOCK_OFF_MS = 2 * 60 * 1000
const NAMES_SHOWN = 4

export function checkDatabase(damage: readonly string[]): Check {
  const sound = 'everything that was read could be verified'
  if (damage.length === 0) return ok('database', 'database_sound', sound)
  return bad(
    'database',
    'database_damaged',
    damage.join('; '),
    'stay online: what contacts still hold is fetched back. Where a conversation cannot be read, ' +
      'restart the node: that repairs the database and keeps a copy of it as it was',
  )
}

/** @param where the folder that the room is for, or whose */
export function checkDisk(freeBytes: number, where: string): Check {
  const detail = `${Math.floor(freeBytes / 1024 / 1024).toLocaleString('en')} MiB free for ${where}`
  if (freeBytes >= FREE_BYTES_MIN) return ok('disk', 'disk_room', detail)
  const fix = `make room on the disk of ${where}: messages are refused when they cannot be kept`
  return bad('disk', 'disk_low', detail, fix)
}

/** Somebody took the folder away while the node runs, or its disk. */
export function noFolder(error: unknown, where: string): Check {
  const detail = `the folder of ${where} cannot be looked at: ${toTidingsError(error).message}`
  const fix = 'put the folder back where it was: until then nothing is kept that is written'
  return bad('disk', 'profile_unusable', detail, fix)
}

const SET_CLOCK: Readonly<Record<string, string>> = {
  linux: '"sudo timedatectl set-ntp true" (or "sudo date -s …" without internet)',
  darwin: '"sudo sntp -sS time.apple.com" (or System Settings, Date & Time)',
  win32: '"w32tm /resync" as administrator (or Settings, Date & time)',
}

/** Against what is plausible, and against the clocks of contacts. */
export function checkClock(nowMs: number, platform: string, peers: readonly PeerReport[]): Check {
  const here = `it is ${new Date(nowMs).toISOString()} here`
  const set = `set this machine's clock: ${SET_CLOCK[platform] ?? 'by its settings'}`
  const fix = `${set}; the order of messages is right, the times shown are not`
  const years = (nowMs - PLAUSIBLE_FROM_MS) / (365 * 24 * 3600 * 1000)
  if (years < 0 || years >= PLAUSIBLE_YEARS) return bad('clock', 'clock_implausible', here, fix)
  const clocks = peers.flatMap(({ name, answer }) =>
    typeof answer === 'string' ? [] : [{ name, aheadMs: answer.clockAheadMs }],
  )
  if (clocks.length === 0) return ok('clock', 'clock_unchecked', `${here}; nobody to compare with`)
  const off = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > CLOCK_OFF_MS)
  const [first] = off
  if (!first) return ok('clock', 'clock_agrees', `${here}, as at ${clocks.length} of the contacts`)
  const differs = `the clock of ${first.name} is ${span(first.aheadMs)} this one`
  if (off.length === 1 && clocks.length === 1) {
    return bad('clock', 'clock_differs', `${here}; ${differs}`, `where it is wrong, ${fix}`)
  }
  if (off.length * 2 <= clocks.length) {
    return ok('clock', 'clock_agrees', `${here}, as at most contacts; ${differs}`)
  }
  const most = `the clocks of ${off.length} of ${clocks.length} contacts differ from this one`
  return bad('clock', 'clock_off', `${here}; ${most}, ${differs}`, fix)
}

/** "2 h ahead of", "5 min behind". */
function span(aheadMs: number): string {
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  const hours = Math.round(minutes / 60)
  const days = Math.round(hours / 24)
  const size = days > 1 ? `${days} days` : hours > 1 ? `${hours} h` : `${minutes} min`
  return `${size} ${aheadMs > 0 ? 'ahead of' : 'behind'}`
}

/** The TCP port of the first address that has one. */
export function portIn(addresses: readonly string[]): number | undefined {
  const port = addresses.map((address) => /\/tcp\/(\d+)/.exec(address)?.[1]).find(Boolean)
  return port === undefined ? undefined : Number(port)
}

export function checkListening(
  addresses: readonly string[],
  { interfaces }: Pick<NetworkSurvey, 'interfaces'>,
): Check {
  if (portIn(addresses) === undefined) {
    return bad(
      'listening',
      'not_listening',
      'nobody can connect to this node: it has no address',
      'connect to a network, or look at "listen" in the configuration',
    )
  }
  const hasOutside = interfaces.some(({ internal }) => !internal)
  if (hasOutside && addresses.every(isLoopback)) {
    const hosts = addresses.map((address) => address.split('/')[2] ?? '')
    const fix =
      `take ${[...new Set(hosts)].join(', ')} out of "listen" in the configuration ` +
      '("--listen", TIDINGS_LISTEN), and start the node again'
    return bad('listening', 'listening_local', 'only programs of this machine can connect', fix)
  }
  const ports = new Set(addresses.map((address) => /\/tcp\/(\d+)/.exec(address)?.[1] ?? ''))
  const where = addresses.length === 1 ? 'one address' : `${addresses.length} addresses`
  return ok('listening', 'listening', `port ${[...ports].join(', ')} at ${where}`)
}

export interface Friend {
  readonly name: string
  readonly online: boolean
}

export function checkContacts(friends: readonly Friend[], { sought }: NetworkSurvey): Check {
  if (friends.length === 0) return ok('contacts', 'contacts', 'there are none yet')
  const online = friends.filter((friend) => friend.online).length
  const absent = sought.filter(({ isContact, heard, knock }) => {
    return isContact && !heard && knock !== 'reached'
  })
  const tried = absent.map(({ name, address }) => `${name} does not answer at ${address}`)
  const detail = [`${online} of ${friends.length} online`, ...tried.slice(0, NAMES_SHOWN)]
  const hint = absent.length === 0 ? '' : 'off, or elsewhere: what you write waits for them'
  return ok('contacts', 'contacts', detail.join('; '), hint)
}

export interface Versions {
  /** Of the program that runs. */
  readonly running: string
  /** Of the program on disk. */
  readonly installed: string
  readonly node: string
  /** What to type to stop the node. */
  readonly stop: string
}

export function checkVersions(
  { running, installed, node, stop }: Versions,
  peers: readonly PeerReport[],
): Check {
  const own = `Tidings ${running} on Node ${node}`
  if (installed !== running) {
    const detail = `${own} runs, ${installed} is installed`
    return bad('version', 'version_restart', detail, `stop the node ("${stop}") and start it again`)
  }
  const known = peers.flatMap(({ name, agent }) => {
    const version = /^tidings\/(\d+\.\d+\.\d+)/.exec(agent)?.[1]
    return version === undefined || version === running ? [] : [{ name, version }]
  })
  if (known.length === 0) return ok('version', 'version', own)
  const others = known.slice(0, NAMES_SHOWN).map(({ name, version }) => `${name} has ${version}`)
  const detail = `${own}; ${others.join(', ')}`
  const newer = known.some(({ version }) => isNewer(version, running))
  if (newer) return ok('version', 'version_newer', detail, 'update Tidings here when you can')
  return ok('version', 'version_older', detail, 'they may lack what is new; ask them to update')
}

function isNewer(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) > 0
}

/** The node has the settings of its own start, and goes on. */
export function checkNextStart({ message, fix }: SettingsMistake): Check {
  return bad('settings', 'bad_next_config', `the node could not be started again: ${message}`, fix)
}

const TROUBLE_FIXES: Readonly<Record<string, string>> = {
  quota: 'give them more room with "tidings contact quota WHO SIZE", or leave it at that',
  disk: 'make room on the disk, then send again',
  'disk space': 'make room on the disk: what contacts send waits until there is some',
  network: 'connect to a network: a cable, or a Wi-Fi',
  profile: 'wait a moment: it is tried again; if it stays so, restart the node',
  connection:
    'if only long messages stay queued, something on the way takes no large packets: make them ' +
    'smaller on one of both machines (Linux: "sudo ip link set dev INTERFACE mtu 1280"), or mend ' +
    'that tunnel, VPN or router; else look at the Wi-Fi and the cables',
  devices: 'go on with the profile on one machine only; import a backup on the others',
}

/** What the user was told once and may have missed. */
export function checkTrouble(where: string, message: string): Check {
  const [kind = ''] = where.split(' to ')
  const fix = TROUBLE_FIXES[kind] ?? 'look at the log ("tidings paths" says where), or restart'
  // Said without where it is, too: as the likely cause.
  const detail = kind === where ? message : `${where}: ${message}`
  return bad(where, 'trouble', detail, fix)
}
