// Counts the connections that others opened to this node, for each interface: the best proof that a
// firewall lets them in.
import { isIP } from 'node:net'

import { isOnLink, type NetInterface } from './interfaces.ts'

export class Arrivals {
  private interfaces: readonly NetInterface[] = []
  /** By fingerprint: what came before the network was another proves nothing of this one. */
  private readonly counts = new Map<string, number>()

  /** The interfaces that there are now, those of this machine alone last. */
  update(interfaces: readonly NetInterface[]): void {
    this.interfaces = interfaces
    const current = new Set(interfaces.map(({ fingerprint }) => fingerprint))
    for (const known of this.counts.keys()) if (!current.has(known)) this.counts.delete(known)
  }

  /** Somebody at this IP address connected. */
  note(host: string): void {
    const on = interfaceTo(host, this.interfaces)
    if (on) this.counts.set(on.fingerprint, this.countOn(on) + 1)
  }

  countOn({ fingerprint }: NetInterface): number {
    return this.counts.get(fingerprint) ?? 0
  }
}

/** The interface by which an IP address is reached; one of this machine never leaves it. */
export function interfaceTo(
  host: string,
  interfaces: readonly NetInterface[],
): NetInterface | undefined {
  if (isIP(host) === 0) return undefined
  const isHere = interfaces.some(({ ip4, ip6 }) => ip4.includes(host) || ip6.includes(host))
  return interfaces.find((on) => (isHere ? on.internal : isOnLink(on, host)))
}
