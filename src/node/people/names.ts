// Who is meant: from what a person types to an account. Names are not identities: a name that more
// than one account carries is never resolved silently (DESIGN, "Finding and keeping peers").
import { isIP } from 'node:net'

import { TidingsError } from '../../core/errors.ts'
import { type AccountId, type DeviceId, shortId } from '../../core/id.ts'
import { isSameName } from '../../core/look-alikes.ts'
import type { NearbyNode } from '../../net/net.ts'
import type { ContactRecord } from '../../store/store.ts'
import { decodeInvite } from '../../wire/invite.ts'

/** Shortest prefix of an id that counts as one. */
const PREFIX_CHARS_MIN = 4

/** Somebody who could be meant. */
export interface Candidate {
  readonly account: AccountId
  readonly name: string
  readonly hints: readonly { readonly device: DeviceId; readonly addresses: readonly string[] }[]
}

/** Where to dial when only an address was given. */
export interface AddressTarget {
  readonly addresses: readonly string[]
  readonly device?: DeviceId
}

const HOST_PORT = /^(\[[0-9a-f:.]+\]|[^\s/:@[\]]+):(\d{1,5})$/i

/** A multiaddr or HOST:PORT as addresses to dial; undefined when it is neither. */
export function parseAddress(who: string): AddressTarget | undefined {
  if (who.startsWith('/')) return { addresses: [who] }
  const match = HOST_PORT.exec(who)
  if (!match?.[1]) return undefined
  const port = Number(match[2])
  if (port < 1 || port > 65_535) {
    throw new TidingsError('bad_input', `${port} is not a port; ports go from 1 to 65535`)
  }
  const host = match[1].replaceAll(/[[\]]/g, '')
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return { addresses: [`/ip4/${host}/tcp/${port}`] }
  if (host.includes(':')) return { addresses: [`/ip6/${host}/tcp/${port}`] }
  return { addresses: [`/dns/${host}/tcp/${port}`] }
}

/** The contact that is meant. `@` before a name is tolerated. */
export function findContact(who: string, contacts: Iterable<ContactRecord>): ContactRecord {
  const wanted = bare(who)
  const all = [...contacts]
  const found = all.filter((contact) => contact.account === wanted)
  if (found.length === 0) {
    found.push(...all.filter((contact) => !contact.declined && isNamed(contact, wanted)))
  }
  if (found.length === 0 && wanted.length >= PREFIX_CHARS_MIN) {
    const prefix = wanted.toLowerCase()
    found.push(...all.filter((contact) => contact.account.startsWith(prefix)))
  }
  return only(
    who,
    found.map((contact) => [contact.account, contact.alias || contact.name, contact]),
  )
}

/** Whoever is meant among contacts, invite links, the nodes nearby, and members of groups. */
export function findAnybody(
  who: string,
  contacts: Iterable<ContactRecord>,
  nearby: readonly NearbyNode[],
  fellows: Iterable<Candidate> = [],
): Candidate {
  if (who.toLowerCase().startsWith('tidings:')) {
    return decodeInvite(who)
  }
  const wanted = bare(who)
  const people = new Map<AccountId, Candidate>()
  for (const fellow of fellows) people.set(fellow.account, fellow)
  for (const node of nearby) {
    if (!node.account) continue
    const known = people.get(node.account)
    const hint = { device: node.device, addresses: node.addresses }
    const hints = [...(known?.hints ?? []), hint]
    people.set(node.account, { account: node.account, name: node.name, hints })
  }
  const aliases = new Map<AccountId, string>()
  for (const contact of contacts) {
    const { account, name, hints } = contact
    const known = people.get(account)
    people.set(account, { account, name, hints: [...hints, ...(known?.hints ?? [])] })
    if (contact.alias) aliases.set(account, contact.alias)
  }
  const all = [...people.values()]
  const named = ({ account, name }: Candidate): boolean =>
    sameName(name, wanted) || sameName(aliases.get(account) ?? '', wanted)
  let found = all.filter(({ account }) => account === wanted)
  if (found.length === 0) found = all.filter(named)
  if (found.length === 0 && wanted.length >= PREFIX_CHARS_MIN) {
    found = all.filter(({ account }) => account.startsWith(wanted.toLowerCase()))
  }
  return only(
    who,
    found.map((each) => [each.account, each.name, each]),
  )
}

function bare(who: string): string {
  const trimmed = who.trim()
  const wanted = trimmed.startsWith('@') ? trimmed.slice(1) : trimmed
  if (wanted === '') throw new TidingsError('bad_input', 'say who is meant')
  return wanted
}

function isNamed(contact: ContactRecord, wanted: string): boolean {
  return sameName(contact.alias, wanted) || sameName(contact.name, wanted)
}

function sameName(name: string, wanted: string): boolean {
  return name !== '' && isSameName(name, wanted)
}

/** @throws `unknown_name`, `ambiguous_name` */
export function only<T>(who: string, found: readonly (readonly [AccountId, string, T])[]): T {
  const [first] = found
  if (!first) {
    const isBareAddress = isIP(bare(who)) !== 0
    const hint = isBareAddress
      ? 'an address needs its port, as in HOST:PORT'
      : 'see: nearby, contacts'
    throw new TidingsError('unknown_name', `nobody is known as "${who.slice(0, 80)}"; ${hint}`)
  }
  if (found.length > 1) {
    const list = found
      .slice(0, 8)
      .map(([account, name]) => `${name} ${shortId(account)}`)
      .join(', ')
    const words = `"${who.slice(0, 80)}" could be ${list}; use the id after the name`
    throw new TidingsError('ambiguous_name', words)
  }
  return first[2]
}
