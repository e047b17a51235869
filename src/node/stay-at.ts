// Where the next life of a node listens (lives.ts): on the ports that the system chose for the one
// before, where none was set. Contacts that discovery does not reach know no other.

/**
 * @param listen multiaddrs as configured; port 0 is any free one
 * @param addresses where the node listened by them, wildcards expanded
 */
export function stayAt(listen: readonly string[], addresses: readonly string[]): string[] {
  return listen.map((wanted) => {
    const [, kind, host] = /^(\/ip[46]\/)([^/]+)\/tcp\/0$/.exec(wanted) ?? []
    if (kind === undefined || host === undefined) return wanted
    const isAny = host === '0.0.0.0' || host === '::'
    const start = isAny ? kind : `${kind}${host}/`
    const had = addresses.find((address) => address.startsWith(start))
    const port = had && /\/tcp\/(\d+)/.exec(had)?.[1]
    return port === undefined ? wanted : wanted.replace(/0$/, port)
  })
}
