// How a finding of `doctor` is written down, which of them matters most, and the conclusion that
// stands before all others.
import type { Check } from '../../shapes.ts'

/** What can be wrong, the worst first: what stands before hides what stands behind it. */
const FAULTS = [
  'node_hangs',
  'bad_config',
  'profile_unusable',
  'database_damaged',
  'disk_low',
  // A start fails for all of the above and for these two; it mends the one behind them.
  'port_taken',
  'listen_elsewhere',
  'node_stopped',
  'no_network',
  'not_listening',
  'listening_local',
  'vpn_takes_network',
  'firewall_blocks',
  'dialback_blocked',
  'clients_isolated',
  'nodes_unreachable',
  'multicast_forbidden',
  'multicast_error',
  'multicast_deaf',
  'multicast_in_blocked',
  'multicast_out_blocked',
  'multicast_blocked',
  'vpn_suspected',
  'node_unreachable',
  'clock_implausible',
  'clock_off',
  'clock_differs',
  'trouble',
  'bad_next_config',
  'version_restart',
] as const

export type Fault = (typeof FAULTS)[number]

/** @param hint what to do all the same */
export function ok(check: string, code: string, detail: string, hint = ''): Check {
  return { check, code, ok: true, detail, fix: hint }
}

export function bad(check: string, code: Fault, detail: string, fix: string): Check {
  return { check, code, ok: false, detail, fix }
}

export interface Company {
  /** Somebody is connected, or was reached. */
  readonly isThere: boolean
  /** What to type on another machine. */
  readonly hint: string
}

/** The conclusion, then what is wrong, the worst first, then all else as it comes. */
export function concluded(checks: readonly Check[], company: Company): Check[] {
  const faults = checks.filter(({ ok: isOk }) => !isOk).toSorted((a, b) => rank(a) - rank(b))
  const rest = checks.filter(({ ok: isOk }) => isOk)
  return [conclusion(faults, company), ...faults, ...rest]
}

function conclusion([worst, ...more]: readonly Check[], { isThere, hint }: Company): Check {
  if (worst) {
    const others = more.length === 0 ? '' : ` (${more.length} more below)`
    const detail = `The likely cause: ${worst.detail}${others}`
    return bad('conclusion', worst.code as Fault, detail, worst.fix)
  }
  if (isThere) return ok('conclusion', 'healthy', 'Nothing that this node can see is wrong')
  const detail = 'Nothing that this node can see is wrong, but nobody else is heard here'
  return ok('conclusion', 'alone', detail, hint)
}

function rank({ code }: Check): number {
  return FAULTS.indexOf(code as Fault)
}
