// What to type so that a firewall lets the node through, on each system. Pure: what firewalls there
// are was found out elsewhere.
import type { Firewall, FirewallBlock, Machine } from './machine.ts'

/** What has to come in; one of them at least. */
export interface Opening {
  /** TCP port for connections. */
  readonly tcp?: number | undefined
  /** UDP port of multicast DNS. */
  readonly udp?: number | undefined
}

const MAC_FIREWALL = '/usr/libexec/ApplicationFirewall/socketfilterfw'

/** What to do, in the imperative, with the commands for this machine. */
export function openingWords(machine: Machine, opening: Opening): string {
  const { firewalls, platform, program } = machine
  if (platform === 'darwin') return macWords(program, opening)
  if (platform === 'win32') return windowsWords(opening)
  const ways = firewalls.flatMap((firewall) => linuxWords(firewall, opening) ?? [])
  if (ways.length > 0) return `type ${ways.join(', and ')}`
  return `let ${portWords(opening)} in; "sudo nft list ruleset" shows what is dropped`
}

/** "TCP 4001 and UDP 5353". */
export function portWords({ tcp, udp }: Opening): string {
  const ports = [...(tcp === undefined ? [] : [`TCP ${tcp}`]), ...(udp ? [`UDP ${udp}`] : [])]
  return ports.join(' and ')
}

export function firewallName({ kind }: Firewall): string {
  if (kind === 'macos') return 'the firewall of macOS'
  return kind === 'windows' ? 'the firewall of Windows' : kind
}

function linuxWords({ kind, blocks }: Firewall, { tcp, udp }: Opening): string | undefined {
  const ports = [...(tcp === undefined ? [] : [`${tcp}/tcp`]), ...(udp ? [`${udp}/udp`] : [])]
  if (kind === 'ufw') return quoted(ports.map((port) => `sudo ufw allow ${port}`))
  if (kind === 'firewalld') {
    const adds = ports.map((port) => `--add-port=${port}`).join(' ')
    return quoted([`sudo firewall-cmd --permanent ${adds}`, 'sudo firewall-cmd --reload'])
  }
  const meant = blocks.filter(({ protocol, port }) =>
    protocol === 'tcp' ? port === tcp : port === udp,
  )
  if (meant.length === 0) return undefined
  const rules = new Set(meant.map(acceptRule))
  return `${quoted([...rules])}, and put the same into the file that loads your rules`
}

/** In front of all others of its chain. */
function acceptRule({ chain, protocol, port }: FirewallBlock): string {
  return `sudo nft insert rule ${chain} ${protocol} dport ${port} accept`
}

function macWords(program: string, { udp }: Opening): string {
  const commands = [`sudo ${MAC_FIREWALL} --add ${program} --unblockapp ${program}`]
  const words = `type ${quoted(commands)}`
  if (!udp) return words
  const where = 'System Settings, Privacy & Security, Local Network'
  return `${words}, and allow your terminal in ${where}`
}

function windowsWords({ tcp, udp }: Opening): string {
  const rule = (protocol: string, port: number): string =>
    `New-NetFirewallRule -DisplayName "Tidings ${protocol}" -Direction Inbound ` +
    `-Action Allow -Protocol ${protocol} -LocalPort ${port}`
  const rules = [
    ...(tcp === undefined ? [] : [rule('TCP', tcp)]),
    ...(udp === undefined ? [] : [rule('UDP', udp)]),
  ]
  return `type in PowerShell, as administrator: ${rules.join('; ')}`
}

function quoted(commands: readonly string[]): string {
  return commands.map((command) => `"${command}"`).join(', then ')
}
