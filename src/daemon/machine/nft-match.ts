// Whether a packet of this node fits what a rule of nftables asks for, in the JSON of libnftables
// (libnftables-json(5)). Of the packet only what is here is known: the rest may be either. Pure.

export interface Packet {
  /** The name of the interface that it comes in or goes out by. */
  readonly on: string
  readonly direction: 'in' | 'out'
  /** TCP is a new connection to this node, UDP multicast DNS. */
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
}

export type Fit = 'yes' | 'no' | 'maybe'

interface Match {
  readonly op: string
  readonly left: unknown
  readonly right: unknown
}

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17 } as const
const GROUP = '224.0.0.251'
const MULTICAST = '224.0.0.0'

/** @param match the value of a `match` statement */
export function fits(match: unknown, packet: Packet): Fit {
  const { op, left, right } = match as Match
  const values = valuesOf(left, packet)
  if (values === undefined) return 'maybe'
  const fit = values === 'none' ? 'no' : isAmong(right, values)
  if (op === '==' || op === 'in') return fit
  if (op === '!=') return values === 'none' || fit === 'maybe' ? fit : fit === 'yes' ? 'no' : 'yes'
  return values === 'none' ? 'no' : 'maybe'
}

type Value = string | number

/** What the packet has there; `none` if no such packet has it, undefined if it is not known. */
function valuesOf(left: unknown, packet: Packet): readonly Value[] | 'none' | undefined {
  const { payload, meta, ct } = (left ?? {}) as {
    payload?: { protocol?: string; field?: string }
    meta?: { key?: string }
    ct?: { key?: string }
  }
  if (payload) return payloadValues(payload.protocol ?? '', payload.field ?? '', packet)
  if (meta) return metaValues(meta.key ?? '', packet)
  return ct?.key === 'state' ? ['new'] : undefined
}

function payloadValues(
  protocol: string,
  field: string,
  packet: Packet,
): readonly Value[] | 'none' | undefined {
  const isMulticast = packet.protocol === 'udp'
  switch (protocol) {
    case 'tcp':
    case 'udp':
    case 'th':
      if (protocol !== 'th' && protocol !== packet.protocol) return 'none'
      if (field === 'dport') return [packet.port]
      return field === 'sport' && isMulticast ? [packet.port] : undefined
    case 'ip':
      if (field === 'protocol') return [packet.protocol, PROTOCOL_NUMBERS[packet.protocol]]
      if (field === 'version') return [4]
      return field === 'daddr' && isMulticast ? [GROUP, MULTICAST] : undefined
    case 'ether':
      return undefined
    default:
      return 'none'
  }
}

function metaValues(key: string, packet: Packet): readonly Value[] | 'none' | undefined {
  const isIn = packet.direction === 'in'
  switch (key) {
    case 'l4proto':
      return [packet.protocol, PROTOCOL_NUMBERS[packet.protocol]]
    case 'nfproto':
      return ['ipv4', 2]
    case 'protocol':
      return ['ip', 2048]
    case 'iif':
    case 'iifname':
      return isIn ? [packet.on] : 'none'
    case 'oif':
    case 'oifname':
      return isIn ? 'none' : [packet.on]
    case 'pkttype':
      return packet.protocol === 'udp' ? ['multicast'] : ['host', 'unicast']
    default:
      return undefined
  }
}

function isAmong(right: unknown, values: readonly Value[]): Fit {
  if (typeof right === 'number') return values.includes(right) ? 'yes' : 'no'
  if (typeof right === 'string') {
    // A named set: what is in it stands elsewhere.
    if (right.startsWith('@')) return 'maybe'
    if (right.endsWith('*')) {
      return values.some((each) => String(each).startsWith(right.slice(0, -1))) ? 'yes' : 'no'
    }
    return values.includes(right) ? 'yes' : 'no'
  }
  if (Array.isArray(right)) return anyOf(right.map((each) => isAmong(each, values)))
  const { set, range, prefix, elem } = (right ?? {}) as {
    set?: unknown
    range?: readonly [number, number]
    prefix?: { addr?: string }
    elem?: { val?: unknown }
  }
  if (Array.isArray(set)) return anyOf(set.map((each) => isAmong(each, values)))
  if (set !== undefined) return isAmong(set, values)
  if (elem) return isAmong(elem.val, values)
  if (prefix) return values.includes(prefix.addr ?? '') ? 'yes' : 'no'
  if (!range) return 'maybe'
  const [from, to] = range
  return values.some((each) => Number(each) >= from && Number(each) <= to) ? 'yes' : 'no'
}

function anyOf(fitting: readonly Fit[]): Fit {
  if (fitting.includes('yes')) return 'yes'
  return fitting.includes('maybe') ? 'maybe' : 'no'
}
