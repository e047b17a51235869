// Where to listen when nobody said: the same port as the last time, so that addresses which others
// remember stay good; at first a fixed one, which is easy to tell and to open in a firewall; any
// free one when that is taken, as by another profile on this machine.
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'

const PORT_DEFAULT = 4001

interface Wildcard {
  readonly host: string
  readonly multiaddr: (port: number) => string
}

const IP4: Wildcard = { host: '0.0.0.0', multiaddr: (port) => `/ip4/0.0.0.0/tcp/${port}` }
const IP6: Wildcard = { host: '::', multiaddr: (port) => `/ip6/::/tcp/${port}` }

/** Multiaddrs for all addresses of this machine, on one port. */
export async function chooseListen(lastPort: number | undefined): Promise<string[]> {
  const wildcards = hasIp6() ? [IP4, IP6] : [IP4]
  const candidates = [...(lastPort === undefined ? [] : [lastPort]), PORT_DEFAULT]
  for (const port of candidates) {
    if (await isFree(port, wildcards)) return wildcards.map(({ multiaddr }) => multiaddr(port))
  }
  const port = await tryPort(0, IP4)
  return wildcards.map(({ multiaddr }) => multiaddr(port ?? 0))
}

/** The port of the first address that has one. */
export function portOf(addresses: readonly string[]): number | undefined {
  for (const address of addresses) {
    const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1])
    if (port > 0) return port
  }
  return undefined
}

export interface Unusable {
  readonly address: string
  /** What the system said, such as EADDRINUSE. */
  readonly code: string
}

/** The first of some multiaddrs at which nothing can listen now. */
export async function unusableIn(addresses: readonly string[]): Promise<Unusable | undefined> {
  for (const address of addresses) {
    const [, host = '', port] = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)$/.exec(address) ?? []
    const had = await listenAt(Number(port), { host })
    if (typeof had === 'string') return { address, code: had }
  }
  return undefined
}

async function isFree(port: number, wildcards: readonly Wildcard[]): Promise<boolean> {
  for (const wildcard of wildcards) {
    if ((await tryPort(port, wildcard)) === undefined) return false
  }
  return true
}

async function tryPort(port: number, where: Pick<Wildcard, 'host'>): Promise<number | undefined> {
  const had = await listenAt(port, where)
  return typeof had === 'number' ? had : undefined
}

/** Listens for a moment; the port that was had, or the code of what the system said. */
function listenAt(port: number, { host }: Pick<Wildcard, 'host'>): Promise<number | string> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code))
    server.listen({ port, host, ipv6Only: true, exclusive: true }, () => {
      const address = server.address()
      const had = typeof address === 'object' ? address?.port : undefined
      server.close(() => resolve(had ?? ''))
    })
  })
}

function hasIp6(): boolean {
  const all = Object.values(networkInterfaces()).flat()
  return all.some((address) => address?.family === 'IPv6')
}
