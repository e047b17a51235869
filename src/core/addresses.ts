// What the text of an address says: a multiaddr such as `/ip4/10.0.0.7/tcp/4001`.

/** At which programs of this machine alone can connect. */
export function isLoopback(address: string): boolean {
  return /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)
}
