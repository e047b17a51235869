// Whose an invite link or an address is, among the people that are known: so that a contact can be
// named by what it was added with. Nothing is dialed; what is not known here is nobody's. Of two
// that could be meant neither is taken silently, as with names.
import { isLoopback } from '../../core/addresses.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import type { Net } from '../../net/net.ts'
import type { ContactRecord } from '../../store/store.ts'
import { decodeInvite } from '../../wire/invite.ts'
import type { ContactBook } from './contact-book.ts'
import { devicesToKeep } from './contact-record.ts'
import { only, parseAddress } from './names.ts'
import {
  dialedAt,
  foundAt,
  ownerOf,
  toldAddresses,
  type Whereabouts,
  withoutPeer,
} from './whereabouts.ts'

export interface AddressBook extends Whereabouts {
  readonly book: Pick<ContactBook, 'all' | 'get'>
  readonly net: Pick<Net, 'isOwn' | 'session'>
  readonly peerIdOf: (device: DeviceId) => string
}

/** Whether this is how a contact, one of its devices and what was said of that fit an address. */
type Fit = (account: AccountId, device: DeviceId, said: readonly string[]) => boolean

/**
 * Undefined for what is neither, or of nobody known. Proof goes before words, and who was removed
 * comes last.
 *
 * @throws `ambiguous_name`
 */
export function whoseAddress(who: string, known: AddressBook): AccountId | undefined {
  if (/^tidings:/i.test(who)) return known.book.get(decodeInvite(who).account)?.account
  const [address] = parseAddress(who)?.addresses ?? []
  if (address === undefined) return undefined
  const place = withoutPeer(address)
  const peerId = address.slice(place.length).replace('/p2p/', '')
  if (peerId === '' && known.net.isOwn(place)) return undefined
  const fits = peerId === '' ? fitsOfPlace(place, known) : fitsOfPeer(peerId, known)
  const all = [...known.book.all()]
  for (const people of [all.filter(({ declined }) => !declined), all]) {
    for (const fit of fits) {
      const found = people.filter((record) => isFit(record, fit))
      if (found.length > 0) return only(who, found.map(named))
    }
  }
  return undefined
}

/** Who is there, as this node found; who was, or is here and says so; who said so once. */
function fitsOfPlace(place: string, known: AddressBook): readonly Fit[] {
  const isThere = (places: readonly string[]): boolean =>
    places.some((each) => withoutPeer(each) === place)
  const isOwner = (account: AccountId, device: DeviceId): boolean =>
    ownerOf(device, known) === account
  const told = (device: DeviceId): readonly string[] => {
    const session = known.net.session(device)
    return session ? toldAddresses(session) : []
  }
  return [
    (account, device) => isOwner(account, device) && isThere(dialedAt(device, known)),
    (account, device) =>
      isOwner(account, device) && isThere([...foundAt(device, known), ...told(device)]),
    // Of a machine by itself, words from another one say nothing.
    (_, __, said) => !isLoopback(place) && isThere(said),
  ]
}

/** Whose device proved to be theirs; who only lists it. */
function fitsOfPeer(peerId: string, known: AddressBook): readonly Fit[] {
  const isPeer = (device: DeviceId): boolean => known.peerIdOf(device) === peerId
  return [
    (account, device) => isPeer(device) && ownerOf(device, known) === account,
    (_, device) => isPeer(device),
  ]
}

function isFit(record: ContactRecord, fit: Fit): boolean {
  return [...devicesToKeep(record)].some(([device, said]) => fit(record.account, device, said))
}

function named({ account, alias, name }: ContactRecord): readonly [AccountId, string, AccountId] {
  return [account, alias || name, account]
}
