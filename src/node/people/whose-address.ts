// Whose an invite link or an address is, among the people that are known: so that a contact can be
// named by what it was added with. Nothing is dialed; what is not known here is nobody's.
import type { AccountId, DeviceId } from '../../core/id.ts'
import type { Net } from '../../net/net.ts'
import type { Store } from '../../store/store.ts'
import { decodeInvite } from '../../wire/invite.ts'
import type { ContactBook } from './contact-book.ts'
import { devicesToKeep } from './contact-record.ts'
import { parseAddress } from './names.ts'

export interface AddressBook {
  readonly book: ContactBook
  readonly net: Net
  readonly store: Store
  readonly peerIdOf: (device: DeviceId) => string
}

/** Undefined for what is neither, or of nobody known. */
export function whoseAddress(who: string, known: AddressBook): AccountId | undefined {
  if (/^tidings:/i.test(who)) return known.book.get(decodeInvite(who).account)?.account
  const [address] = parseAddress(who)?.addresses ?? []
  if (address === undefined) return undefined
  const [, place = '', peerId] = /^(.*?)(?:\/p2p\/(\w+))?$/.exec(address) ?? []
  for (const record of known.book.all()) {
    for (const [device, hinted] of devicesToKeep(record)) {
      if (peerId !== undefined && known.peerIdOf(device) === peerId) return record.account
      if (peerId !== undefined) continue
      if (addressesOf(device, hinted, known).includes(place)) return record.account
    }
  }
  return undefined
}

/** Where a device was reached, then where it said that it listens; without the peer id. */
export function addressesOf(
  device: DeviceId,
  hinted: readonly string[],
  { net, store }: Pick<AddressBook, 'net' | 'store'>,
): string[] {
  const session = net.session(device)
  // The port that somebody called from is nowhere to call back.
  const dialed = session?.initiator ? [session.address] : []
  const reached = store.get('peer', device)?.addresses ?? []
  const all = [...dialed, ...reached, ...hinted]
  return [...new Set(all.map((address) => address.replace(/\/p2p\/\w+$/, '')))]
}
