// Hosts of a benchmark on one network: network namespaces with IPv4 and IPv6 on a bridge.
import { readFileSync, writeFileSync } from 'node:fs'

import type { Host, Lan } from '../test/lan/harness.ts'

/** Addresses of hosts beside these, up to this one, are free. */
export const SPARE_ADDRESS = '10.77.255.1/16'

const NETWORK = 'office'

export function makeNetwork(lan: Lan): void {
  lan.network(NETWORK)
}

export function bareHost(lan: Lan, name: string, address: string): Host {
  const host = lan.host(name)
  host.plug(NETWORK, address)
  return host
}

export function hostFor(lan: Lan, index: number): Host {
  const address = `10.77.${Math.floor(index / 200)}.${1 + (index % 200)}/16`
  const host = bareHost(lan, `h${index}`, address)
  host.address(`fd77::${(index + 1).toString(16)}/64`)
  return host
}

const LIMITS = ['ipv4', 'ipv6'].flatMap((family) =>
  [1, 2, 3].map((level) => `/proc/sys/net/${family}/neigh/default/gc_thresh${level}`),
)

/**
 * Lets the kernel remember the hardware address of each host at each other. It counts those of all
 * namespaces together and stops at 1024, which no host of its own would come near. What was set
 * before is set again at the end of the scope or of the process.
 */
export function rememberNeighbours(hosts: number): Disposable {
  const before = LIMITS.map((file) => [file, readFileSync(file, 'utf8')] as const)
  const restore = (): void => {
    for (const [file, limit] of before) writeFileSync(file, limit)
  }
  process.once('exit', restore)
  for (const [file, limit] of before) {
    // A host may be known by three addresses: one of IPv4, two of IPv6.
    writeFileSync(file, `${Math.max(Number(limit), 4 * hosts ** 2)}`)
  }
  return {
    [Symbol.dispose]: () => {
      process.off('exit', restore)
      restore()
    },
  }
}
