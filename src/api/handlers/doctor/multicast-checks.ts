// What `doctor` says of multicast on an interface: what was sent and heard, and where it is kept
// back. Pure: words for facts. What cannot be told apart from here is not told apart.
import type { InterfaceReport } from '../../../node/survey/survey-types.ts'
import type { Check } from '../../shapes.ts'
import { bad, type Fault, ok } from './finding.ts'
import { openingWords } from './firewall-words.ts'
import { isLocal } from './machine-checks.ts'
import { namesOf, type Scene } from './scene.ts'

const MEANWHILE = 'meanwhile "tidings contact add HOST:PORT" finds people'

export function checkMulticast(scene: Scene): Check {
  const { report, link } = scene
  const check = `interface ${report.name}`
  const detail = (words: string): string => `${counts(report)}: ${words}`
  const fault = multicastFault(scene)
  if (!fault) {
    const { nodesHeard, error } = report
    const partly = error === undefined ? '' : `; in one IP family only, in the other ${error}`
    if (nodesHeard > 0) {
      const found = `${nodesHeard} node${nodesHeard === 1 ? '' : 's'} found${partly}`
      return ok(check, 'multicast_heard', detail(found))
    }
    return ok(check, 'multicast_silent', detail(`${nobodyFound(report)}${partly}`))
  }
  const { code, words, fix } = fault
  // Through a VPN, or between containers, nobody expects it.
  const isExpected = link !== undefined && !isLocal(link)
  if (isExpected)
    return ok(check, 'multicast_none', detail(`${words}, as usual for a ${link.kind}`))
  return bad(check, code, detail(words), fix)
}

/** Packets are counted from the start, nodes are those of now. */
function nobodyFound({ packetsHeard, othersHeard }: InterfaceReport): string {
  if (packetsHeard > 0) return 'no node found now; those that were heard are gone or did not answer'
  const others = othersHeard > 0 ? 'other programs of others are heard' : 'nothing is heard'
  return `no node found; ${others}`
}

function counts(report: InterfaceReport): string {
  const { addresses, queriesSent, answersSent, packetsHeard, othersHeard } = report
  const where = addresses.join(', ') || 'no address'
  const sent = `${queriesSent} questions and ${answersSent} answers sent`
  return `${where}: ${sent}, ${packetsHeard} packets of nodes and ${othersHeard} of others heard`
}

interface FaultWords {
  readonly code: Fault
  readonly words: string
  readonly fix: string
}

function multicastFault(scene: Scene): FaultWords | undefined {
  const { report, machine, ports } = scene
  const open = openingWords(machine, { udp: ports.mdns })
  const here = `${open}; ${MEANWHILE}`
  const { error, hearsItself, listening } = report
  // One IP family that works is enough.
  if (listening && hearsItself) return onesidedness(scene)
  if (error !== undefined && /firewall forbids/.test(error)) {
    return { code: 'multicast_forbidden', words: error, fix: here }
  }
  // It goes deaf a few questions before that is called an error.
  if (listening || (error !== undefined && /come back/.test(error))) {
    const words = 'own multicast does not come back: a firewall of this machine drops it'
    return { code: 'multicast_deaf', words, fix: here }
  }
  if (error !== undefined) {
    const fix = `look at the firewall and the interface; ${MEANWHILE}`
    return { code: 'multicast_error', words: error, fix }
  }
  const fix = 'look at the log ("tidings paths" says where), or restart the node'
  return { code: 'multicast_error', words: 'discovery does not listen', fix }
}

/** What contacts here, who are connected, hear by multicast, and what is heard of them. */
function onesidedness({ peers, machine, ports }: Scene): FaultWords | undefined {
  const pairs = peers.flatMap(({ name, heard, answer }) =>
    typeof answer === 'string' || answer.hearsUs === undefined
      ? []
      : [{ name, heard, hearsUs: answer.hearsUs }],
  )
  if (pairs.length === 0) return undefined
  const isHeard = pairs.some(({ heard }) => heard)
  const isHearing = pairs.some(({ hearsUs }) => hearsUs)
  if (isHeard && isHearing) return undefined
  const who = namesOf(pairs)
  const open = openingWords(machine, { udp: ports.mdns })
  const there = pairs.length === 1 ? `; or ${who} has such a firewall: "tidings doctor" there` : ''
  if (isHearing) {
    const words = `${who} hears this node by multicast, and is not heard: something drops it`
    return { code: 'multicast_in_blocked', words, fix: `${open}${there}; ${MEANWHILE}` }
  }
  if (isHeard) {
    const words = `${who} is heard by multicast, and does not hear this node: something drops it`
    const fix = `let UDP ${ports.mdns} out of this machine, to 224.0.0.251${there}; ${MEANWHILE}`
    return { code: 'multicast_out_blocked', words, fix }
  }
  const words = `${who} is connected, and multicast goes neither way: the network keeps it back`
  const fix =
    'in the access point or switch turn off multicast filtering (IGMP snooping) and client ' +
    `isolation, or ${open} on both machines; ${MEANWHILE}`
  return { code: 'multicast_blocked', words, fix }
}
