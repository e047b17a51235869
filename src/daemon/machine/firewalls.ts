// Which firewalls there are on this machine, and what of them can be seen without being asked for a
// password.
import type { Firewall, FirewallKind, Ports } from '../../api/handlers/doctor/machine.ts'
import type { Look } from './look.ts'
import { blocksIn } from './nft.ts'

const NFT = ['/usr/sbin/nft', '/sbin/nft', 'nft']
const MAC_FIREWALL = '/usr/libexec/ApplicationFirewall/socketfilterfw'

/** @param on the names of the interfaces that matter */
export async function lookAtFirewalls(
  look: Look,
  on: readonly string[],
  ports: Ports,
): Promise<Firewall[]> {
  if (look.platform === 'darwin') {
    const state = await look.run(MAC_FIREWALL, '--getglobalstate')
    return /State = [12]/.test(state ?? '') ? [active('macos')] : []
  }
  if (look.platform === 'win32') {
    // What it says is in the user's language; a column of its output ends with ON in each of them
    // only on English systems. It is on unless somebody took the trouble to switch it off.
    const state = await look.run('netsh', 'advfirewall', 'show', 'currentprofile', 'state')
    return /\bOFF\b/.test(state ?? '') ? [] : [active('windows')]
  }
  return look.platform === 'linux' ? linuxFirewalls(look, on, ports) : []
}

async function linuxFirewalls(
  look: Look,
  on: readonly string[],
  ports: Ports,
): Promise<Firewall[]> {
  const [nftables, isFirewalld] = await Promise.all([
    lookAtNftables(look, on, ports),
    isUnitActive(look, 'firewalld'),
  ])
  const isUfw = /^ENABLED=yes/m.test(look.read('/etc/ufw/ufw.conf') ?? '')
  const managers: FirewallKind[] = [
    ...(isUfw ? (['ufw'] as const) : []),
    ...(isFirewalld ? (['firewalld'] as const) : []),
  ]
  const [manager] = managers
  if (manager === undefined) return nftables ? [nftables] : []
  // Its rules are those of nftables; but they are changed by its own commands.
  return [{ ...active(manager), blocks: nftables?.blocks ?? [] }]
}

async function lookAtNftables(
  look: Look,
  on: readonly string[],
  ports: Ports,
): Promise<Firewall | undefined> {
  for (const nft of NFT) {
    const json = await look.run(nft, '-j', 'list', 'ruleset')
    const rules = json === undefined ? undefined : blocksIn(json, on, ports)
    if (rules) return rules.isEmpty ? undefined : { ...active('nftables'), blocks: rules.blocks }
  }
  return { kind: 'nftables', state: 'hidden', blocks: [] }
}

async function isUnitActive(look: Look, unit: string): Promise<boolean> {
  return (await look.run('systemctl', 'is-active', unit))?.trim() === 'active'
}

function active(kind: FirewallKind): Firewall {
  return { kind, state: 'active', blocks: [] }
}
