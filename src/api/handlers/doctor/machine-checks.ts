// What `doctor` says of the machine: VPNs that take the local network away, and firewalls. Pure:
// words for facts.
import type { NetworkSurvey } from '../../../node/survey/survey-types.ts'
import type { Check } from '../../shapes.ts'
import { bad, ok } from './finding.ts'
import { firewallName, openingWords, portWords } from './firewall-words.ts'
import type { Firewall, FirewallBlock, Machine, MachineLink, Ports } from './machine.ts'

/** Interfaces on which other machines of a local network may be. */
export function isLocal({ kind }: MachineLink): boolean {
  return kind === 'wired' || kind === 'wireless'
}

/** @param isCutOff nobody is reached on a local network, though somebody seems to be there */
export function checkVpn({ links, defaultBy }: Machine, isCutOff: boolean): Check {
  const tunnels = links.filter(({ kind }) => kind === 'tunnel').map(({ name }) => name)
  const isTunnel = (name: string | undefined): boolean =>
    name !== undefined && tunnels.includes(name)
  const taken = links.find((link) => isLocal(link) && isTunnel(link.networkBy))
  if (taken) {
    const { name, network, networkBy } = taken
    return bad(
      'vpn',
      'vpn_takes_network',
      `what is for ${network}, the network of ${name}, goes into the VPN ${networkBy}`,
      `disconnect ${networkBy}, or have it leave out the local network ("allow LAN access", ` +
        `split tunnel; for WireGuard take ${network} out of AllowedIPs)`,
    )
  }
  if (tunnels.length === 0) return ok('vpn', 'vpn_none', 'none is in the way')
  const where = tunnels.join(', ')
  if (!isTunnel(defaultBy)) return ok('vpn', 'vpn_beside', `${where}, beside the local network`)
  const detail = `${where} takes what goes to the internet, not the local network`
  if (!isCutOff) return ok('vpn', 'vpn_beside', detail)
  const words = `${where} is connected, and many VPNs cut off the local network`
  const fix = `disconnect ${where} for a try, or allow access to the local network in its settings`
  return bad('vpn', 'vpn_suspected', words, fix)
}

/** Rules that drop what the node needs, but for those that evidence speaks against. */
export function blocksThatHold(
  { firewalls, links }: Machine,
  { interfaces, peers }: NetworkSurvey,
): FirewallBlock[] {
  const isMeant = ({ on }: FirewallBlock): boolean =>
    links.some((link) => link.name === on && isLocal(link))
  const isDisproved = ({ on, protocol, direction }: FirewallBlock): boolean => {
    const report = interfaces.find(({ name }) => name === on)
    if (protocol === 'udp' && direction === 'in') {
      return report !== undefined && report.hearsItself && report.nodesHeard > 0
    }
    return peers.some(({ interface: by, answer }) => {
      if (by !== on || typeof answer === 'string') return false
      return protocol === 'tcp' ? answer.reached : answer.hearsUs === true
    })
  }
  return firewalls
    .flatMap(({ blocks }) => blocks)
    .filter((block) => isMeant(block) && !isDisproved(block))
}

export function checkFirewall(machine: Machine, survey: NetworkSurvey, ports: Ports): Check {
  const { firewalls } = machine
  const blocks = blocksThatHold(machine, survey)
  const certain = blocks.filter(({ isCertain }) => isCertain)
  const active = firewalls.filter(({ state }) => state === 'active')
  const names = active.map(firewallName).join(' and ')
  if (certain.length > 0) {
    const detail = `${names || 'nftables'} on this machine drops ${wordsOf(certain)}`
    return bad('firewall', 'firewall_blocks', detail, openingWords(machine, openingOf(certain)))
  }
  const opening = { tcp: ports.listen, udp: ports.mdns }
  const isProved = survey.peers.some(({ interface: on, answer }) => {
    const isInside = survey.interfaces.some(({ name, internal }) => internal && name === on)
    return !isInside && typeof answer !== 'string' && answer.reached
  })
  if (isProved) {
    const detail = active.length === 0 ? 'connections come in' : `${names} lets connections in`
    return ok('firewall', 'firewall_open', detail)
  }
  if (blocks.length > 0) {
    const detail = `${names} drops ${wordsOf(blocks)} of some senders`
    return ok('firewall', 'firewall_unknown', detail, 'look at that rule if somebody is missing')
  }
  if (active.length > 0 && !isOpen(active)) {
    const detail = `${names} is active; whether it lets ${portWords(opening)} in could not be seen`
    const hint = `if somebody cannot reach you, ${openingWords(machine, opening)}`
    return ok('firewall', 'firewall_unknown', detail, hint)
  }
  if (firewalls.length === 0) return ok('firewall', 'firewall_none', 'none is seen here')
  if (active.length > 0) return ok('firewall', 'firewall_open', `${names} drops nothing needed`)
  const hint = 'if somebody cannot reach you, look with "sudo nft list ruleset"'
  return ok('firewall', 'firewall_hidden', 'only an administrator can see its rules', hint)
}

/** Rules of nftables were read, and nothing was found in them. */
function isOpen(active: readonly Firewall[]): boolean {
  return active.every(({ kind }) => kind === 'nftables')
}

function openingOf(blocks: readonly FirewallBlock[]): { tcp?: number; udp?: number } {
  const tcp = blocks.find(({ protocol }) => protocol === 'tcp')?.port
  const udp = blocks.find(({ protocol }) => protocol === 'udp')?.port
  return { ...(tcp !== undefined && { tcp }), ...(udp !== undefined && { udp }) }
}

/** "UDP 5353 that comes in by eth0 (chain inet filter input)". */
function wordsOf(blocks: readonly FirewallBlock[]): string {
  const words = blocks.map(({ on, protocol, port, direction, chain }) => {
    const way = direction === 'in' ? 'comes in' : 'goes out'
    return `${protocol.toUpperCase()} ${port} that ${way} by ${on} (chain ${chain})`
  })
  return [...new Set(words)].join(', ')
}
