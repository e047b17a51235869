// What the text of an address says: a multiaddr such as `/ip4/10.0.0.7/tcp/4001`.

const LOOPBACK =
  /^\/(ip4\/(127\.|0\.0\.0\.0\/)|ip6\/(::|::1|::ffff:7f[^/]+)\/|dns[46]?\/localhost\/)/

/** At which programs of this machine alone can connect, in the spelling of multiaddrs. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address)
}
