// The interfaces of this machine: what they are, whether what is for their network really leaves by
// them, and whether the router on it answers. A VPN may stand beside a network, or take it away.
import { createSocket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

import type { LinkKind, MachineLink } from '../../api/handlers/doctor/machine.ts'
import { VIRTUAL } from '../../net/interfaces.ts'
import type { Look } from './look.ts'

/** An address that is nowhere (RFC 5737): what would go there goes to the internet. */
const ELSEWHERE = '192.0.2.1'

const TUNNEL =
  /^(tun|tap|wg|ppp|utun|ipsec|gpd|pangp|cscotun|nordlynx|proton|mullvad|zt|tailscale|wt\d|nebula)/i
/** As people call them on Windows. */
const TUNNEL_WORDS = /\b(vpn|tunnel|wireguard|tailscale|zerotier)\b|^tap-/i
const WIRELESS = /^(wl|wlan|ath|wi-?fi)/i
/** ARPHRD_NONE and ARPHRD_PPP of Linux, as tunnels without a link layer have it. */
const TUNNEL_TYPES = new Set(['65534', '512'])

/** What an interface is, by its name and what the system tells of it. Pure. */
export function linkKind(
  name: string,
  known: { readonly internal: boolean; readonly isWireless: boolean; readonly type?: string },
): LinkKind {
  if (known.internal) return 'loopback'
  if (TUNNEL.test(name) || TUNNEL_WORDS.test(name) || TUNNEL_TYPES.has(known.type ?? '')) {
    return 'tunnel'
  }
  if (VIRTUAL.test(name)) return 'virtual'
  return known.isWireless || WIRELESS.test(name) ? 'wireless' : 'wired'
}

/** Another address of the network that "10.0.0.7/24" names; none where it has no room for one. */
export function neighbourIn(cidr: string): string | undefined {
  const [ip = '', bits = ''] = cidr.split('/')
  const prefix = Number(bits)
  if (!isIPv4(ip) || prefix > 30) return undefined
  const own = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const first = own - (own % 2 ** (32 - prefix)) + 1
  const other = first === own ? first + 1 : first
  return [24, 16, 8, 0].map((shift) => Math.floor(other / 2 ** shift) % 256).join('.')
}

/** The interfaces with an IPv4 address or a network; `defaultBy` takes what goes elsewhere. */
export async function lookAtLinks(
  look: Look,
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
  sourceTo: (address: string) => Promise<string | undefined> = sourceAddress,
): Promise<{ links: MachineLink[]; defaultBy: string | undefined }> {
  const wireless = await wirelessPorts(look)
  const nameOf = (source: string | undefined): string | undefined =>
    Object.keys(interfaces).find((name) =>
      interfaces[name]?.some(({ address }) => address === source),
    )
  const looking = Object.entries(interfaces).map(async ([name, addresses = []]) => {
    const folder = `/sys/class/net/${name}`
    const type = look.read(`${folder}/type`)?.trim()
    const isWireless = wireless.has(name) || look.read(`${folder}/phy80211/index`) !== undefined
    const internal = addresses.every((each) => each.internal)
    const kind = linkKind(name, { internal, isWireless, ...(type !== undefined && { type }) })
    const network = addresses.find(({ family }) => family === 'IPv4')?.cidr ?? undefined
    const neighbour = network === undefined ? undefined : neighbourIn(network)
    const networkBy = neighbour === undefined ? undefined : nameOf(await sourceTo(neighbour))
    return { name, kind, network, networkBy, routerAnswers: routerAnswers(look, name) }
  })
  const links = await Promise.all(looking)
  // Link-local addresses alone are not a network: macOS has several such tunnels that lead nowhere.
  const used = links.filter(({ name }) => {
    return interfaces[name]?.some(({ address }) => !/^fe[89ab]/i.test(address))
  })
  return { links: used, defaultBy: nameOf(await sourceTo(ELSEWHERE)) }
}

/** From which own address packets would leave; nothing is sent. It knows all rules of routing. */
function sourceAddress(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const end = (source: string | undefined): void => {
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.close()
      resolve(source)
    }
    socket.on('error', () => end(undefined))
    socket.connect(9, address, () => end(socket.address().address))
  })
}

/** The names that macOS gives to its Wi-Fi; elsewhere names and files tell. */
async function wirelessPorts(look: Look): Promise<ReadonlySet<string>> {
  if (look.platform !== 'darwin') return new Set()
  const text = (await look.run('/usr/sbin/networksetup', '-listallhardwareports')) ?? ''
  const found = text.matchAll(/Hardware Port: Wi-Fi\nDevice: (\S+)/g)
  return new Set([...found].map(([, device = '']) => device))
}

/** Whether the router's hardware address is known; undefined where there is none, or no telling. */
function routerAnswers(look: Look, name: string): boolean | undefined {
  const routes = rows(look.read('/proc/net/route'))
  const route = routes.find(([on, to]) => on === name && to === '00000000')
  const gateway = route?.[2] && addressOf(route[2])
  const neighbour = rows(look.read('/proc/net/arp')).find(([ip]) => ip === gateway)
  const flags = neighbour?.[2]
  return flags === undefined ? undefined : (Number(flags) & 2) !== 0
}

/** The fields of each line but the first. */
function rows(table: string | undefined): string[][] {
  const lines = table?.trim().split('\n').slice(1) ?? []
  return lines.map((line) => line.trim().split(/\s+/))
}

/** "0100000A", the least significant byte first, is 10.0.0.1. */
function addressOf(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')
}
