// What `doctor` says of connections on an interface: whether others can connect to this node, and
// whether this node can connect to those that it hears. Pure: words for facts.
import type { DialedBack, NetworkSurvey } from '../../../node/survey/survey-types.ts'
import type { Check } from '../../shapes.ts'
import { bad, ok } from './finding.ts'
import { openingWords } from './firewall-words.ts'
import { isLocal } from './machine-checks.ts'
import type { MachineLink, Ports } from './machine.ts'
import { isInTouch, namesOf, type Scene } from './scene.ts'

/** Everybody who is there answers within this time of listening. */
const LISTENED_MIN_MS = 30_000

export function checkDialBack({ report, link, peers, machine, ports }: Scene): Check[] {
  const check = `connections ${report.name}`
  const port = ports.listen
  if (port === undefined) return []
  const answers = peers.flatMap(({ name, answer }) =>
    typeof answer === 'string' ? [] : [{ name, ...answer }],
  )
  const came = answers.filter(({ reached }) => reached)
  if (came.length > 0) {
    const detail = `${namesOf(came)} can connect to TCP ${port}${someFailed(answers)}`
    return [ok(check, 'dialback_arrives', detail)]
  }
  if (answers.length > 0) {
    const detail =
      `${namesOf(answers)} tried to connect to TCP ${port} here and did not get through: ` +
      'a firewall of this machine drops it, or something between'
    const fix = openingWords(machine, { tcp: port })
    return [bad(check, 'dialback_blocked', detail, fix)]
  }
  const seen = `${report.connectionsIn} connections came in on TCP ${port} since the start`
  if (report.connectionsIn > 0) return [ok(check, 'connections_seen', seen)]
  if (link && !isLocal(link)) return []
  if (peers.length > 0) {
    const detail = `${namesOf(peers)} did not say: busy, or of an older version`
    return [ok(check, 'dialback_unanswered', detail)]
  }
  const detail = `nobody online to ask whether TCP ${port} can be reached from outside`
  return [ok(check, 'dialback_unasked', detail)]
}

/** Contacts on other networks, by way of a router, which may well keep connections out. */
export function checkElsewhere({ peers }: NetworkSurvey, { listen }: Ports): Check[] {
  const check = 'connections elsewhere'
  const asked = peers.filter((peer) => peer.interface === undefined)
  const answers = asked.flatMap(({ name, answer }) =>
    typeof answer === 'string' ? [] : [{ name, ...answer }],
  )
  if (listen === undefined || answers.length === 0) return []
  const came = answers.filter(({ reached }) => reached)
  if (came.length > 0) {
    const detail = `${namesOf(came)} can connect to TCP ${listen} from another network`
    return [ok(check, 'dialback_arrives', `${detail}${someFailed(answers)}`)]
  }
  const detail = `${namesOf(answers)}, on another network, cannot connect to TCP ${listen} here`
  const hint = `open TCP ${listen} in the router between, or leave connecting to this node`
  return [ok(check, 'dialback_routed', detail, hint)]
}

function someFailed(answers: readonly (DialedBack & { readonly name: string })[]): string {
  const failed = answers.filter(({ reached }) => !reached)
  return failed.length === 0 ? '' : `; ${namesOf(failed)} cannot`
}

export function checkReach(scene: Scene): Check[] {
  const { report, sought } = scene
  const check = `nodes ${report.name}`
  const heard = sought.filter((node) => node.heard)
  const lost = heard.filter(({ knock }) => ['silent', 'refused', 'no_way'].includes(knock))
  if (lost.length === 0) {
    if (heard.length > 0) {
      return [ok(check, 'nodes_reached', `${namesOf(heard)} can be connected to`)]
    }
    return isolationAtAll(scene)
  }
  const where = lost.map(({ name, address }) => ({ name: `${name} (${address})` }))
  const isContact = lost.some((node) => node.isContact)
  if (lost.every(({ knock }) => knock === 'refused')) {
    const words = `${namesOf(where)} refuses connections: it ended just now, or its firewall does`
    const fix = 'try again in a minute; then let them type "tidings doctor" on that machine'
    return [theirFault(isContact, check, words, fix)]
  }
  const detail = `found by multicast, but TCP does not get through to ${namesOf(where)}`
  if (isInTouch(scene)) {
    const words = `${detail}; to others it does`
    const fix = 'a firewall there, most likely: let them type "tidings doctor" on that machine'
    return [theirFault(isContact, check, words, fix)]
  }
  return [nothingReached(scene, detail)]
}

/** What is amiss with strangers is no fault of anything here. */
function theirFault(isContact: boolean, check: string, words: string, fix: string): Check {
  if (isContact) return bad(check, 'node_unreachable', words, fix)
  return ok(check, 'strangers_unreachable', words, fix)
}

function nothingReached({ report, link, machine, ports }: Scene, detail: string): Check {
  const check = `nodes ${report.name}`
  const open = openingWords(machine, { tcp: ports.listen })
  const both = `let them type "tidings doctor" there too, and here ${open}`
  if (link?.kind !== 'wireless') {
    const words = `${detail}: a firewall there or here, or the network keeps machines apart`
    return bad(check, 'nodes_unreachable', words, both)
  }
  const words = `${detail}: this Wi-Fi likely isolates its clients${routerWords(link)}`
  return bad(check, 'clients_isolated', words, `${leaveIsolation()}; if that is not it, ${both}`)
}

/** On a Wi-Fi where contacts were reached before, and nothing of anybody is heard now. */
function isolationAtAll({ report, link, peers, sought }: Scene): Check[] {
  const { listenedMs, nodesHeard, othersHeard } = report
  const isDead = nodesHeard === 0 && othersHeard === 0 && listenedMs >= LISTENED_MIN_MS
  const missing = sought.filter(
    ({ isContact, knock }) => isContact && (knock === 'silent' || knock === 'no_way'),
  )
  if (link?.kind !== 'wireless' || !isDead || peers.length > 0 || missing.length === 0) return []
  const words =
    `nothing of any other machine is heard, and ${namesOf(missing)} cannot be reached: ` +
    `this Wi-Fi likely isolates its clients${routerWords(link)}, or nobody is here`
  return [bad(`nodes ${report.name}`, 'clients_isolated', words, leaveIsolation())]
}

function routerWords({ routerAnswers }: MachineLink): string {
  return routerAnswers === true ? ' (the router answers)' : ''
}

function leaveIsolation(): string {
  return (
    'use another Wi-Fi than the one for guests, turn off client (AP) isolation in the access ' +
    'point, or connect by cable or by a hotspot of your own'
  )
}
