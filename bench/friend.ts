// A contact of a benchmark, as if the two had met and accepted each other.
import type { DeviceList } from '../src/core/frames.ts'
import { newContact } from '../src/node/people/contact-record.ts'
import type { ContactRecord } from '../src/store/store.ts'

export function friend(devices: DeviceList, name: string): ContactRecord {
  return newContact(devices.account, { name, state: 'friend', devices, request: 'bench' })
}
