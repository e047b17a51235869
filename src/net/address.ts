// Addresses as text. Inside this program an address is a multiaddr without the peer id, such as
// `/ip4/10.0.0.7/tcp/4001`; who is expected there is said beside it.
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'

import type { DeviceId } from '../core/id.ts'
import { deviceOfPeerText } from './identity.ts'

/** An address that TCP can dial, taken apart. */
export interface Endpoint {
  readonly address: string
  readonly host: string
  readonly port: number
  /** From the peer id, if the address carried one. */
  readonly device: DeviceId | undefined
}

const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6'])
const ADDRESS_CHARS_MAX = 512

/** Nothing for what is not HOST over TCP, with or without a peer id. */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (text.length > ADDRESS_CHARS_MAX) return undefined
  try {
    return endpointOf(multiaddr(text))
  } catch {
    return undefined
  }
}

export function endpointOf(address: Multiaddr): Endpoint | undefined {
  const [host, tcp, peer, ...rest] = address.getComponents()
  if (!host?.value || !HOSTS.has(host.name) || tcp?.name !== 'tcp' || rest.length > 0) {
    return undefined
  }
  const port = Number(tcp.value)
  const device = peer?.name === 'p2p' ? deviceOfPeerText(peer.value ?? '') : undefined
  if (peer && !device) return undefined
  return { address: `/${host.name}/${host.value}/tcp/${port}`, host: host.value, port, device }
}

/** The IP address in an address that came from a socket, or the text itself. */
export function hostOf(address: Multiaddr): string {
  return endpointOf(address)?.host ?? address.toString()
}
