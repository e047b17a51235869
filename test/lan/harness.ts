// Several hosts on one machine: network namespaces on bridges, which live in a namespace of their
// own, so that nothing touches the networks of the machine. Needs root and `ip` (iproute2).
//
//     await using lan = new Lan()
//     lan.network('office')
//     const ada = lan.host('ada')
//     ada.plug('office', '10.77.0.1/24')
//     const peer = await RemotePeer.start({…}, ada.prefix)
//
// There is no default route unless a test adds one. Everything goes when the scope ends, when the
// process ends, and, should it be killed, when the next one begins.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const PREFIX = 'td'
const NAMESPACE = /^td(\d+)-/

/** Why these tests cannot run here; false when they can. For the `skip` of a test. */
export function lanMissing(): string | false {
  if (process.platform !== 'linux') return 'needs Linux network namespaces'
  if (process.getuid?.() !== 0) return 'needs root, to make network namespaces'
  try {
    sweep()
    const probe = `${PREFIX}${process.pid}-probe`
    ip('netns', 'add', probe)
    ip('netns', 'del', probe)
    return false
  } catch (error) {
    return `needs network namespaces: ${error instanceof Error ? error.message : String(error)}`
  }
}

let made = 0

export class Lan implements AsyncDisposable {
  private readonly name = `${PREFIX}${process.pid}-${made++}`
  private readonly hosts = new Map<string, Host>()
  private readonly remove = (): void => {
    for (const namespace of namespaces()) {
      if (namespace.startsWith(`${this.name}-`)) ip('netns', 'del', namespace)
    }
  }
  private readonly interrupted = (): void => {
    this.remove()
    process.exit(130)
  }

  constructor() {
    process.once('exit', this.remove)
    process.once('SIGINT', this.interrupted)
    process.once('SIGTERM', this.interrupted)
    ip('netns', 'add', this.switch)
  }

  /** The namespace that holds the bridges. */
  get switch(): string {
    return `${this.name}-switch`
  }

  network(name: string): void {
    ip('-n', this.switch, 'link', 'add', name, 'type', 'bridge')
    ip('-n', this.switch, 'link', 'set', name, 'up')
  }

  /** Loads rules of nftables into the network: what passes from host to host. */
  rules(text: string): void {
    nftRules(this.switch, text)
  }

  /** A further end on a network, for something other than a host; the name of its other end. */
  socket(network: string, name: string): string {
    const [near, far] = [`${name}0`, `${name}1`]
    ip('-n', this.switch, 'link', 'add', near, 'type', 'veth', 'peer', 'name', far)
    ip('-n', this.switch, 'link', 'set', far, 'master', network, 'up')
    ip('-n', this.switch, 'link', 'set', near, 'up')
    return near
  }

  host(name: string): Host {
    const host = new Host(name, `${this.name}-${name}`, this.switch)
    this.hosts.set(name, host)
    return host
  }

  [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.remove)
    process.off('SIGINT', this.interrupted)
    process.off('SIGTERM', this.interrupted)
    this.remove()
    return Promise.resolve()
  }
}

export class Host {
  readonly name: string
  readonly namespace: string
  private readonly switchNamespace: string

  constructor(name: string, namespace: string, switchNamespace: string) {
    this.name = name
    this.namespace = namespace
    this.switchNamespace = switchNamespace
    ip('netns', 'add', namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }

  /** What stands before a command to run it on this host. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace]
  }

  /** Puts a cable between this host and a network. */
  plug(network: string, address: string, name = 'eth0'): void {
    const port = this.port(name)
    ip(
      '-n',
      this.namespace,
      'link',
      'add',
      name,
      'type',
      'veth',
      'peer',
      'name',
      port,
      'netns',
      this.switchNamespace,
    )
    ip('-n', this.switchNamespace, 'link', 'set', port, 'master', network, 'up')
    ip('-n', this.namespace, 'addr', 'add', address, 'dev', name)
    ip('-n', this.namespace, 'link', 'set', name, 'up')
  }

  /** A further address; `nodad` makes IPv6 ones usable at once. */
  address(address: string, name = 'eth0'): void {
    const extra = address.includes(':') ? ['nodad'] : []
    ip('-n', this.namespace, 'addr', 'add', address, 'dev', name, ...extra)
  }

  /** Networks that are on this host alone, as containers have them. */
  bridges(addresses: readonly string[]): void {
    for (const [i, address] of addresses.entries()) {
      const [near, far] = [`br-${i}`, `veth${i}`]
      ip('-n', this.namespace, 'link', 'add', near, 'type', 'veth', 'peer', 'name', far)
      ip('-n', this.namespace, 'addr', 'add', address, 'dev', near)
      for (const name of [near, far]) ip('-n', this.namespace, 'link', 'set', name, 'up')
    }
  }

  /** Sends what is for a network by another interface than its own. */
  route(network: string, name: string): void {
    ip('-n', this.namespace, 'route', 'add', network, 'dev', name)
  }

  /** Removes the interface altogether. */
  unplug(name = 'eth0'): void {
    ip('-n', this.namespace, 'link', 'del', name)
  }

  /** Switches the interface off and on at the host; its addresses stay. */
  down(name = 'eth0'): void {
    ip('-n', this.namespace, 'link', 'set', name, 'down')
  }

  up(name = 'eth0'): void {
    ip('-n', this.namespace, 'link', 'set', name, 'up')
  }

  /** Cuts the cable at the other end: the host notices only that its carrier is gone. */
  cut(name = 'eth0'): void {
    ip('-n', this.switchNamespace, 'link', 'set', this.port(name), 'down')
  }

  mend(name = 'eth0'): void {
    ip('-n', this.switchNamespace, 'link', 'set', this.port(name), 'up')
  }

  /** Switches packets of the host off in the network, with no sign of it at the host. */
  detach(name = 'eth0'): void {
    ip('-n', this.switchNamespace, 'link', 'set', this.port(name), 'nomaster')
  }

  attach(network: string, name = 'eth0'): void {
    ip('-n', this.switchNamespace, 'link', 'set', this.port(name), 'master', network)
  }

  /** Loses every packet that the other host sends to this one, and none of the way back. */
  ignore(other: Host, name = 'eth0'): void {
    nft(this.namespace, 'add', 'table', 'netdev', 'loss')
    const hook = `{ type filter hook ingress device ${name} priority 0; }`
    nft(this.namespace, 'add', 'chain', 'netdev', 'loss', 'in', hook)
    const from = ['ether', 'saddr', other.hardwareAddress(name)]
    nft(this.namespace, 'add', 'rule', 'netdev', 'loss', 'in', ...from, 'drop')
  }

  /** Hears everybody again. */
  listen(): void {
    nft(this.namespace, 'delete', 'table', 'netdev', 'loss')
  }

  /** Loads rules of nftables at the host itself. */
  rules(text: string): void {
    nftRules(this.namespace, text)
  }

  /** Takes the address of the interface away, and the ways with it; the interface stays up. */
  strip(name = 'eth0'): void {
    ip('-n', this.namespace, 'addr', 'flush', 'dev', name)
  }

  /** The end of the host's cable in the namespace of the bridges. */
  port(name = 'eth0'): string {
    return `${this.name}-${name}`.slice(-15)
  }

  /** Frames on the wire are as large as Ethernet has them, and no larger. */
  smallFrames(name = 'eth0'): void {
    ip('-n', this.namespace, 'link', 'set', 'dev', name, 'gso_max_segs', '1')
  }

  /** The largest packet that the host sends and asks others for, its MTU. */
  packets(bytesMax: number, name = 'eth0'): void {
    ip('-n', this.namespace, 'link', 'set', 'dev', name, 'mtu', String(bytesMax))
  }

  private hardwareAddress(name: string): string {
    const [link] = JSON.parse(ip('-j', '-n', this.namespace, 'link', 'show', name)) as {
      address: string
    }[]
    return link?.address ?? ''
  }
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Of nftables, which is more often there than what else can lose packets. */
function nft(namespace: string, ...args: readonly string[]): void {
  ip('netns', 'exec', namespace, 'nft', ...args)
}

function nftRules(namespace: string, input: string): void {
  const nftArgs = ['netns', 'exec', namespace, 'nft', '-f', '-']
  execFileSync('ip', nftArgs, { input, stdio: ['pipe', 'pipe', 'pipe'] })
}

function namespaces(): string[] {
  return ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name !== '')
}

/** Removes what earlier processes left behind when they were killed. */
function sweep(): void {
  for (const namespace of namespaces()) {
    const pid = NAMESPACE.exec(namespace)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) ip('netns', 'del', namespace)
  }
}
