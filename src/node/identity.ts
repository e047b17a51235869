// Who this node is: the account key of the person, the device key of this database, and the signed
// list that binds them. Made once, kept sealed in the store.
import { TidingsError } from '../core/errors.ts'
import { type AccountId, type DeviceId, domainHash, idFromBytes, idToBytes } from '../core/id.ts'
import { publicKeyFromSeed, type Signer, signerFromSeed } from '../core/run.ts'
import { isDisplayName } from '../core/text.ts'
import type { IdentityRecord, Store } from '../store/store.ts'
import { signDeviceList } from '../wire/devices.ts'

const SEED_BYTES = 32
const SAFETY_GROUPS = 12

export interface Self {
  readonly record: IdentityRecord
  readonly account: AccountId
  readonly device: DeviceId
  readonly deviceSeed: Uint8Array
  readonly signer: Signer
}

/** Loads the identity of a store, or makes it for a new one. @throws TidingsError `bad_name` */
export async function takeIdentity(
  store: Store,
  name: string,
  random: (bytes: number) => Uint8Array,
): Promise<Self> {
  let record = store.get('identity', 'self')
  if (!record) {
    record = makeIdentity(name, random(SEED_BYTES), random(SEED_BYTES))
    const batch = store.batch()
    batch.put('identity', 'self', record)
    await store.commit(batch)
  }
  const deviceSeed = Buffer.from(record.deviceSeed, 'hex')
  const device: DeviceId = idFromBytes(publicKeyFromSeed(deviceSeed))
  const signer = signerFromSeed(deviceSeed)
  return { record, account: record.devices.account, device, deviceSeed, signer }
}

export function makeIdentity(
  name: string,
  accountSeed: Uint8Array,
  deviceSeed: Uint8Array,
): IdentityRecord {
  if (!isDisplayName(name)) {
    throw new TidingsError('bad_name', `"${name.slice(0, 80)}" cannot be used as a name`)
  }
  const account: AccountId = idFromBytes(publicKeyFromSeed(accountSeed))
  const device: DeviceId = idFromBytes(publicKeyFromSeed(deviceSeed))
  return {
    accountSeed: Buffer.from(accountSeed).toString('hex'),
    deviceSeed: Buffer.from(deviceSeed).toString('hex'),
    name,
    devices: signDeviceList(account, 1, [device], signerFromSeed(accountSeed)),
  }
}

/**
 * A number that two people compare to be sure that nobody sits between them: the same on both
 * sides, 12 groups of 5 digits from a hash over both account keys.
 */
export function safetyNumber(a: AccountId, b: AccountId): string {
  const [first, second] = a < b ? [a, b] : [b, a]
  const head = domainHash('tidings/safety/1', idToBytes(first), idToBytes(second))
  const tail = domainHash('tidings/safety/2', idToBytes(first), idToBytes(second))
  const bytes = Buffer.concat([head, tail])
  const groups = Array.from({ length: SAFETY_GROUPS }, (_, i) =>
    String(bytes.readUIntBE(i * 5, 5) % 100_000).padStart(5, '0'),
  )
  return groups.join(' ')
}
