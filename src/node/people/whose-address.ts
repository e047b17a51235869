// Whose an invite link or an address is, among the people that are known: so that a contact can be
// named by what it was added with. Nothing is dialed; what is not known here is nobody's. Of two
// that could be meant neither is taken silently, as with names.
import { isLoopback } from '../../core/addresses.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import type { Net, Session } from '../../net/net.ts'
import type { ContactRecord, Store } from '../../store/store.ts'
import { decodeInvite } from '../../wire/invite.ts'
import type { ContactBook } from './contact-book.ts'
import { devicesToKeep } from './contact-record.ts'
import { only, parseAddress } from './names.ts'

export interface AddressBook {
  readonly book: ContactBook
  readonly net: Net
  readonly store: Store
  readonly peerIdOf: (device: DeviceId) => string
}

/** Places where a device was found that go before what it tells. */
const FOUND_FIRST = 2

/**
 * Undefined for what is neither, or of nobody known. Who is there now goes before who proved to be
 * there once, and who only said so comes last.
 *
 * @throws `ambiguous_name`
 */
export function whoseAddress(who: string, known: AddressBook): AccountId | undefined {
  if (/^tidings:/i.test(who)) return known.book.get(decodeInvite(who).account)?.account
  const [address] = parseAddress(who)?.addresses ?? []
  if (address === undefined) return undefined
  const [, place = '', peerId] = /^(.*?)(?:\/p2p\/(\w+))?$/.exec(address) ?? []
  if (peerId !== undefined) {
    return holders(known, (device) => known.peerIdOf(device) === peerId)[0]?.account
  }
  if (known.net.addresses().some((own) => bare(own) === place)) return undefined
  const ways: readonly Places[] = [
    (device) => dialed(device, known),
    (device) => reached(device, known),
    (_, said) => said,
  ]
  for (const places of ways) {
    const found = holders(known, (...of) => places(...of).some((each) => bare(each) === place))
    if (found.length === 0) continue
    const named = found.map(
      ({ account, alias, name }) => [account, alias || name, account] as const,
    )
    return only(who, named)
  }
  return undefined
}

/** Where a device was reached, then where it said that it listens; without the peer id. */
export function addressesOf(
  device: DeviceId,
  hinted: readonly string[],
  known: Pick<AddressBook, 'net' | 'store'>,
): string[] {
  const all = [...dialed(device, known), ...reached(device, known), ...hinted]
  return [...new Set(all.map(bare))]
}

/**
 * Where to look for a device, best first: where it was found last, where it says that it listens,
 * where it was found before. A machine that moves about has been at more places than are kept.
 */
export function placesToLook(
  device: DeviceId,
  told: readonly string[],
  known: Pick<AddressBook, 'store'>,
): string[] {
  const found = reached(device, known)
  return [...new Set([...found.slice(0, FOUND_FIRST), ...told, ...found].map(bare))]
}

/**
 * Where the other side says that it listens; if that is another machine than this one, only what
 * leads there from here.
 */
export function toldAddresses({ address, hello }: Session): readonly string[] {
  if (isLoopback(address)) return hello.addresses
  return hello.addresses.filter((told) => !isLoopback(told))
}

type OfDevice<T> = (device: DeviceId, said: readonly string[]) => T
type Places = OfDevice<readonly string[]>

function holders({ book }: AddressBook, is: OfDevice<boolean>): ContactRecord[] {
  return [...book.all()].filter((record) => [...devicesToKeep(record)].some((of) => is(...of)))
}

/** The port that somebody called from is nowhere to call back. */
function dialed(device: DeviceId, { net }: Pick<AddressBook, 'net'>): readonly string[] {
  const session = net.session(device)
  return session?.initiator ? [session.address] : []
}

function reached(device: DeviceId, { store }: Pick<AddressBook, 'store'>): readonly string[] {
  return store.get('peer', device)?.addresses ?? []
}

function bare(address: string): string {
  return address.replace(/\/p2p\/\w+$/, '')
}
