// Contacts of a benchmark, as if they had met and accepted each other, and how processes tell each
// other who somebody is.
import type { DeviceList } from '../src/core/frames.ts'
import { newContact } from '../src/node/people/contact-record.ts'
import type { ContactRecord, Store } from '../src/store/store.ts'

export function friend(devices: DeviceList, name: string): ContactRecord {
  return newContact(devices.account, { name, state: 'friend', devices, request: 'bench' })
}

/** A list of devices as messages between processes can carry it: the signature in hexadecimal. */
export type ToldDevices = Omit<DeviceList, 'signature'> & { readonly signature: string }

/** Whose database it is: told by one process, */
export function tellDevices(store: Pick<Store, 'get'>): ToldDevices {
  const self = store.get('identity', 'self')
  if (!self) throw new Error('a profile without an identity')
  const { devices } = self
  return { ...devices, signature: Buffer.from(devices.signature).toString('hex') }
}

/** and heard by another. */
export function hearDevices(told: ToldDevices): DeviceList {
  return { ...told, signature: Buffer.from(told.signature, 'hex') }
}
