// Reads a ruleset of nftables (`nft -j list ruleset`) and finds what in it drops packets of this
// node: each such packet is taken through the chains as the kernel would, as far as the packet is
// known. A rule that asks for more than that, such as who sends it, leaves a doubt. Pure.
import type { FirewallBlock, Ports } from '../../api/handlers/doctor/machine.ts'
import { fits, type Fit, type Packet } from './nft-match.ts'

type Statement = Readonly<Record<string, unknown>>

interface Chain {
  readonly family: string
  readonly table: string
  readonly name: string
  readonly type?: string
  readonly hook?: string
  readonly dev?: string
  readonly policy?: string
}

interface Rule {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly expr: readonly Statement[]
}

const HOOKS: Readonly<Record<string, 'in' | 'out'>> = {
  ingress: 'in',
  prerouting: 'in',
  input: 'in',
  output: 'out',
  postrouting: 'out',
  egress: 'out',
}
const FAMILIES = new Set(['inet', 'ip', 'netdev'])
/** Statements that decide nothing. */
const NEUTRAL = new Set(['counter', 'log', 'comment', 'mangle', 'notrack'])
const DEPTH_MAX = 16

/** Where a packet ends in a chain. */
interface End {
  readonly verdict: 'accept' | 'drop' | 'through'
  /** Something before might have ended it otherwise. */
  readonly doubt: boolean
  /** A rule was passed that might have dropped it. */
  readonly suspected: boolean
}

/** Nothing where the text is no ruleset. `isEmpty`: no chain filters anything. */
export function blocksIn(
  json: string,
  on: readonly string[],
  ports: Ports,
): { readonly isEmpty: boolean; readonly blocks: FirewallBlock[] } | undefined {
  const ruleset = parse(json)
  if (!ruleset) return undefined
  const bases = ruleset.chains.filter(({ family, hook, type }) => {
    return hook !== undefined && FAMILIES.has(family) && type !== 'nat'
  })
  const blocks = on.flatMap((name) =>
    packetsOf(name, ports).flatMap((packet) =>
      bases.flatMap((base) => blockBy(ruleset, base, packet) ?? []),
    ),
  )
  return { isEmpty: bases.length === 0, blocks }
}

function packetsOf(on: string, { listen, mdns }: Ports): Packet[] {
  const packets: Packet[] = []
  if (listen !== undefined) packets.push({ on, direction: 'in', protocol: 'tcp', port: listen })
  if (mdns === undefined) return packets
  const multicast = { on, protocol: 'udp' as const, port: mdns }
  return [...packets, { ...multicast, direction: 'in' }, { ...multicast, direction: 'out' }]
}

function blockBy(ruleset: Ruleset, base: Chain, packet: Packet): FirewallBlock | undefined {
  if (HOOKS[base.hook ?? ''] !== packet.direction) return undefined
  if (base.dev !== undefined && base.dev !== packet.on) return undefined
  const end = walk(ruleset, base, packet, 0)
  const isDropped = end.verdict === 'drop' || (end.verdict === 'through' && base.policy === 'drop')
  if (!isDropped && !end.suspected) return undefined
  const chain = `${base.family} ${base.table} ${base.name}`
  return { ...packet, chain, isCertain: isDropped && !end.doubt }
}

function walk(ruleset: Ruleset, chain: Chain, packet: Packet, depth: number): End {
  let doubt = false
  let suspected = false
  for (const { expr } of ruleset.rulesOf(chain)) {
    const { fit, action } = judge(expr, packet)
    if (fit === 'no' || !action) continue
    const target = targetOf(action)
    const next = target === undefined ? undefined : ruleset.chainBeside(chain, target)
    const end =
      next && depth < DEPTH_MAX
        ? walk(ruleset, next, packet, depth + 1)
        : { verdict: verdictOf(action), doubt: false, suspected: false }
    suspected ||= end.suspected
    if (end.verdict !== 'through' || 'return' in action) {
      const { verdict } = end
      if (fit === 'yes') return { verdict, doubt: doubt || end.doubt, suspected }
      if (verdict === 'drop') suspected = true
      else doubt = true
    }
    doubt ||= end.doubt
  }
  return { verdict: 'through', doubt, suspected }
}

/** Whether a packet fits a rule, and what is done to it then. */
function judge(
  expr: readonly Statement[],
  packet: Packet,
): { readonly fit: Fit; readonly action?: Statement } {
  let fit: Fit = 'yes'
  for (const statement of expr) {
    const [kind = '', value] = Object.entries(statement)[0] ?? []
    if (ACTIONS.has(kind)) return { fit, action: statement }
    const chosen = kind === 'vmap' ? choose(value, packet) : undefined
    if (chosen) return chosen.fit === 'yes' ? { ...chosen, fit } : chosen
    if (NEUTRAL.has(kind)) continue
    const one = kind === 'match' ? fits(value, packet) : kind === 'vmap' ? 'no' : 'maybe'
    if (one === 'no') return { fit: 'no' }
    if (one === 'maybe') fit = 'maybe'
  }
  return { fit }
}

/** What a verdict map says of a packet; nothing where no key of it fits. */
function choose(
  value: unknown,
  packet: Packet,
): { readonly fit: Fit; readonly action: Statement } | undefined {
  const { key, data } = value as { key: unknown; data: { set?: [unknown, Statement][] } }
  for (const [right, action] of data.set ?? []) {
    const fit = fits({ op: '==', left: key, right }, packet)
    if (fit !== 'no') return { fit, action }
  }
  return undefined
}

const ACTIONS = new Set(['accept', 'drop', 'reject', 'return', 'jump', 'goto'])

function verdictOf(action: Statement): End['verdict'] {
  if ('accept' in action) return 'accept'
  return 'drop' in action || 'reject' in action ? 'drop' : 'through'
}

function targetOf(action: Statement): string | undefined {
  const { target } = (action['jump'] ?? action['goto'] ?? {}) as { target?: string }
  return target
}

class Ruleset {
  readonly chains: readonly Chain[]
  private readonly rules: readonly Rule[]

  constructor(chains: readonly Chain[], rules: readonly Rule[]) {
    this.chains = chains
    this.rules = rules
  }

  rulesOf({ family, table, name }: Chain): Rule[] {
    return this.rules.filter((rule) => {
      return rule.family === family && rule.table === table && rule.chain === name
    })
  }

  chainBeside({ family, table }: Chain, name: string): Chain | undefined {
    return this.chains.find((chain) => {
      return chain.family === family && chain.table === table && chain.name === name
    })
  }
}

function parse(json: string): Ruleset | undefined {
  try {
    const { nftables } = JSON.parse(json) as { nftables: { chain?: Chain; rule?: Rule }[] }
    const chains = nftables.flatMap(({ chain }) => chain ?? [])
    return new Ruleset(
      chains,
      nftables.flatMap(({ rule }) => rule ?? []),
    )
  } catch {
    return undefined
  }
}
