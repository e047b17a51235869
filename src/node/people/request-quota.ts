// How many contact requests strangers may make: so many waiting for the user, so many in an hour.
// Identities are free, so the bound is on all of them together; addresses are not quite, so that
// one address gets only a share of it, and a flood from one machine leaves room for others.
import type { AccountId } from '../../core/id.ts'
import {
  REQUESTS_PENDING_MAX,
  REQUESTS_PER_HOUR_MAX,
  REQUESTS_ADDRESS_PARTS,
} from '../../core/limits.ts'
import type { Session } from '../../net/net.ts'
import type { ContactRecord } from '../../store/store.ts'

const HOUR_MS = 3_600_000

type Asker = Pick<Session, 'account' | 'address'>
type Known = Pick<ContactRecord, 'account' | 'state' | 'declined'>

export class RequestQuota {
  private readonly now: () => number
  private taken: { readonly atMs: number; readonly host: string }[] = []
  /** Where those who wait for the user's answer asked from; what a start forgets is not counted. */
  private hosts = new Map<AccountId, string>()

  constructor(now: () => number) {
    this.now = now
  }

  /** Whether one more request may be shown; if so it counts. */
  take(contacts: Iterable<Known>, { account, address }: Asker): boolean {
    const now = this.now()
    const host = hostIn(address)
    // A time ahead of now is from before the clock was set back.
    this.taken = this.taken.filter(({ atMs }) => now - atMs < HOUR_MS && atMs <= now)
    const pending = new Set<AccountId>()
    for (const contact of contacts) {
      if (contact.state === 'incoming' && !contact.declined) pending.add(contact.account)
    }
    this.hosts = new Map([...this.hosts].filter(([asked]) => pending.has(asked)))
    const lately = this.taken.filter((each) => each.host === host).length
    const waiting = [...this.hosts.values()].filter((each) => each === host).length
    if (pending.size >= REQUESTS_PENDING_MAX || this.taken.length >= REQUESTS_PER_HOUR_MAX) {
      return false
    }
    if (lately >= REQUESTS_PER_HOUR_MAX / REQUESTS_ADDRESS_PARTS) return false
    if (waiting >= REQUESTS_PENDING_MAX / REQUESTS_ADDRESS_PARTS) return false
    this.taken.push({ atMs: now, host })
    this.hosts.set(account, host)
    return true
  }
}

/** The IP address in a multiaddr; whatever else it is counts as it is. */
function hostIn(address: string): string {
  return /^\/ip[46]\/([^/]+)/.exec(address)?.[1] ?? address
}
