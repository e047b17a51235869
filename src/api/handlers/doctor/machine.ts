// What `doctor` needs to know of the machine beside the node: its interfaces and ways, VPNs,
// firewalls. The daemon looks; here are only the facts.

export interface Machine {
  readonly platform: string
  /** The program that listens, for firewalls that go by programs. */
  readonly program: string
  readonly links: readonly MachineLink[]
  /** The name of the interface that takes what goes to the internet. */
  readonly defaultBy: string | undefined
  readonly firewalls: readonly Firewall[]
}

export type LinkKind = 'wired' | 'wireless' | 'tunnel' | 'virtual' | 'loopback'

export interface MachineLink {
  readonly name: string
  readonly kind: LinkKind
  /** Its network, as "10.0.0.7/24". */
  readonly network: string | undefined
  /** The name of the interface that packets for that network really leave by. */
  readonly networkBy: string | undefined
  /** Whether the router on it answers, as far as the system knows. */
  readonly routerAnswers: boolean | undefined
}

export type FirewallKind = 'ufw' | 'firewalld' | 'nftables' | 'macos' | 'windows'

export interface Firewall {
  readonly kind: FirewallKind
  /** `hidden`: only an administrator can see it. */
  readonly state: 'active' | 'hidden'
  readonly blocks: readonly FirewallBlock[]
}

/** Something that the node sends or is sent, and a rule that drops it. */
export interface FirewallBlock {
  /** The name of the interface. */
  readonly on: string
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  readonly direction: 'in' | 'out'
  /** False where it depends on more than is known, such as who sends it. */
  readonly isCertain: boolean
  /** "inet filter input": family, table, chain. */
  readonly chain: string
}

/** The ports of this node. */
export interface Ports {
  /** Where it listens for connections, TCP. */
  readonly listen: number | undefined
  /** Of multicast DNS, UDP; undefined where discovery is turned off. */
  readonly mdns: number | undefined
}
