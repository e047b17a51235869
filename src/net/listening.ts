// Where this node listens, wildcards expanded to the addresses of this machine. libp2p does not
// tell: it leaves out public addresses until somebody on the internet confirmed them, and those
// that a machine gives itself where nobody else does (169.254.0.0/16), as on a cable between two.
import type { Server } from 'node:net'

import { type Endpoint, parseEndpoint } from './address.ts'
import { ownAddresses } from './interfaces.ts'

const WILDCARDS = new Set(['0.0.0.0', '::'])

/** @param listeners of libp2p's TCP; their `server` is not in its public types */
export function listeningAt(listeners: readonly object[]): Endpoint[] {
  return listeners.flatMap((listener) => {
    const at = (listener as { readonly server: Pick<Server, 'address'> }).server.address()
    if (at === null || typeof at === 'string') return []
    const { address, family, port } = at
    const hosts = WILDCARDS.has(address) ? ownAddresses(family) : [address]
    const protocol = family === 'IPv6' ? 'ip6' : 'ip4'
    return hosts.flatMap((host) => parseEndpoint(`/${protocol}/${host}/tcp/${port}`) ?? [])
  })
}
