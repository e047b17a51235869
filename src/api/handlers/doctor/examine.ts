// `doctor`: looks at the node, the machine and the network, and says what is wrong and what to do,
// the likely cause first.
import { isLoopback } from '../../../core/addresses.ts'
import type { TidingsNode } from '../../../node/node-types.ts'
import type { NetworkSurvey } from '../../../node/survey/survey-types.ts'
import { commandFor } from '../../places.ts'
import type { Check } from '../../shapes.ts'
import type { Host } from '../host.ts'
import { bad, concluded, ok } from './finding.ts'
import { checkFirewall, checkVpn } from './machine-checks.ts'
import type { Machine, Ports } from './machine.ts'
import { checkMulticast } from './multicast-checks.ts'
import {
  checkClock,
  checkContacts,
  checkDatabase,
  checkDisk,
  checkListening,
  checkNextStart,
  checkTrouble,
  checkVersions,
  noFolder,
  portIn,
} from './node-checks.ts'
import { checkDialBack, checkElsewhere, checkReach } from './reach-checks.ts'
import { isInTouch, type Scene, sceneOf } from './scene.ts'

/** Takes some seconds: others are asked, and looked for. */
export async function examine(node: TidingsNode, host: Host): Promise<Check[]> {
  const { addresses } = node.identity()
  const ports: Ports = { listen: portIn(addresses), mdns: host.mdnsPort }
  const where = `the profile "${host.profile}"`
  const [survey, machine, disk, mistake] = await Promise.all([
    node.survey(),
    host.machine(ports),
    host.freeBytes().then(
      (freeBytes) => checkDisk(freeBytes, where),
      (error: unknown) => noFolder(error, where),
    ),
    host.settingsMistake(),
  ])
  const { peers, sought } = survey
  const friends = node.contacts().filter(({ state }) => state === 'friend')
  const versions = {
    running: host.version,
    installed: host.installedVersion(),
    node: host.runtime,
    stop: commandFor({ profile: host.profile }, 'stop'),
  }
  const checks = [
    checkDatabase(node.damage),
    disk,
    checkListening(addresses, survey),
    ...checkNetwork(survey, machine, ports),
    checkContacts(friends, survey),
    checkClock(host.nowMs(), machine.platform, peers),
    checkVersions(versions, peers),
    ...checkTroubles(node, survey, disk),
    ...(mistake ? [checkNextStart(mistake)] : []),
  ]
  const isThere = peers.length > 0 || isInTouch({ peers, sought })
  return concluded(checks, { isThere, hint: companyHint(addresses) })
}

function checkNetwork(survey: NetworkSurvey, machine: Machine, ports: Ports): Check[] {
  const scenes = survey.interfaces.map((report) => sceneOf(report, survey, machine, ports))
  const checks = scenes.flatMap((scene) => checkInterface(scene))
  const isCutOff = checks.some(({ code }) => CUT_OFF.has(code))
  return [
    ...checkDiscovery(scenes, ports),
    ...checks,
    ...checkElsewhere(survey, ports),
    checkVpn(machine, isCutOff),
    checkFirewall(machine, survey, ports),
  ]
}

const CUT_OFF = new Set(['nodes_unreachable', 'clients_isolated', 'multicast_blocked'])

function checkDiscovery(scenes: readonly Scene[], { mdns }: Ports): Check[] {
  if (!scenes.some(({ report }) => !report.internal)) {
    const detail = 'there is no network interface to find others on'
    const fix = 'connect to a network, or look at "interfaces" in the configuration'
    return [bad('network', 'no_network', detail, fix)]
  }
  if (mdns !== undefined) return []
  const detail = 'turned off in the configuration; "contact add HOST:PORT" finds people'
  return [ok('discovery', 'discovery_off', detail)]
}

function checkInterface(scene: Scene): Check[] {
  const { name, addresses, internal } = scene.report
  if (internal) {
    return [ok(`interface ${name}`, 'loopback', `${addresses.join(', ')}: this machine itself`)]
  }
  const multicast = scene.ports.mdns === undefined ? [] : [checkMulticast(scene)]
  return [...multicast, ...checkDialBack(scene), ...checkReach(scene)]
}

/** What the user was told, unless a check of its own says it. */
function checkTroubles(node: TidingsNode, { interfaces }: NetworkSurvey, disk: Check): Check[] {
  // What is looked at above, and told better there. A disk with room may still fail to write.
  const discovery = interfaces.map(({ name }) => `discovery on ${name}`)
  const covered = new Set(['network', ...discovery, ...(disk.ok ? [] : ['disk', 'disk space'])])
  return node
    .troubles()
    .filter(({ where }) => !covered.has(where))
    .map(({ where, message }) => checkTrouble(where, message))
}

/** What helps two nodes to find each other that do not hear each other. */
function companyHint(addresses: readonly string[]): string {
  const outside = addresses.find((address) => !isLoopback(address)) ?? ''
  const [, ip, port] = /^\/ip4\/([^/]+)\/tcp\/(\d+)/.exec(outside) ?? []
  const here = ip === undefined ? 'HOST:PORT of this machine' : `${ip}:${port}`
  return (
    'start tidings on another machine of this network; where one runs, type "tidings doctor" ' +
    `there too, and "tidings contact add ${here}"; Wi-Fi for guests often keeps machines apart`
  )
}
