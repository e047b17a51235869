// Who this node is: the account key of the person, the device key of this database, and the signed
// list that binds them. Made once, kept sealed in the store.
import { TidingsError } from '../../core/errors.ts'
import type { DeviceList } from '../../core/frames.ts'
import { type AccountId, type DeviceId, domainHash, idFromBytes, idToBytes } from '../../core/id.ts'
import { DEVICES_MAX } from '../../core/limits.ts'
import { publicKeyFromSeed, SEED_BYTES, type Signer, signerFromSeed } from '../../core/run.ts'
import { isDisplayName } from '../../core/text.ts'
import { ownDevices } from '../../store/own-devices.ts'
import type { IdentityRecord, Store } from '../../store/store.ts'
import { signDeviceList, verifyDeviceList } from '../../wire/devices.ts'

const SAFETY_GROUPS = 12

export interface Self {
  readonly record: IdentityRecord
  readonly account: AccountId
  /** The device that this database writes as. */
  readonly device: DeviceId
  /** Every device of the account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  /** Of these, the ones whose keys are here: the current one, and those given up. */
  readonly mine: ReadonlySet<DeviceId>
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
  return selfOf(record)
}

export function selfOf(record: IdentityRecord): Self {
  const deviceSeed = seedBytes(record.deviceSeed)
  return {
    record,
    account: record.devices.account,
    device: deviceOfSeed(deviceSeed),
    devices: new Set(record.devices.devices),
    mine: new Set(ownDevices(record).keys()),
    deviceSeed,
    signer: signerFromSeed(deviceSeed),
  }
}

/** Signs as a device of this database, also one that was given up. */
export function signerOf(record: IdentityRecord, device: DeviceId): Signer {
  const seed = ownDevices(record).get(device)
  if (!seed) throw new TidingsError('internal', 'the key of this device is not here')
  return signerFromSeed(seed)
}

/** Whether a list of this account, as somebody shows it, says anything new: another database's. */
export function isNewList({ devices: own }: IdentityRecord, list: DeviceList): boolean {
  if (list.account !== own.account) return false
  const { adds, lacks } = compared(own, list)
  if (!adds && list.version <= own.version && (!lacks || list.version < own.version)) return false
  return verifyDeviceList(list)
}

/**
 * What becomes of the identity when somebody shows a list of its own account: another database of
 * this person made it. Undefined when it says nothing new.
 *
 * @throws TidingsError `too_many_devices`
 */
export function withList(record: IdentityRecord, list: DeviceList): IdentityRecord | undefined {
  if (!isNewList(record, list)) return undefined
  const { lacks } = compared(record.devices, list)
  if (!lacks && list.version > record.devices.version) return { ...record, devices: list }
  return { ...record, devices: joinDevices(record, [record.devices, list], []) }
}

function compared(own: DeviceList, other: DeviceList): { adds: boolean; lacks: boolean } {
  const adds = other.devices.some((device) => !own.devices.includes(device))
  const lacks = own.devices.some((device) => !other.devices.includes(device))
  return { adds, lacks }
}

function deviceOfSeed(seed: Uint8Array): DeviceId {
  return idFromBytes(publicKeyFromSeed(seed))
}

function seedBytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex')
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
  const device = deviceOfSeed(deviceSeed)
  return {
    accountSeed: Buffer.from(accountSeed).toString('hex'),
    deviceSeed: Buffer.from(deviceSeed).toString('hex'),
    name,
    devices: signDeviceList(account, 1, [device], signerFromSeed(accountSeed)),
  }
}

/**
 * The identity of the same person with a new device, for a database that was restored or copied: no
 * two databases ever write as one device. Logs of the devices before stay valid.
 *
 * @throws TidingsError `too_many_devices`
 */
export function withNewDevice(record: IdentityRecord, deviceSeed: Uint8Array): IdentityRecord {
  return {
    ...withAnotherDevice(record, deviceSeed),
    formerSeeds: [...(record.formerSeeds ?? []), record.deviceSeed],
  }
}

/**
 * The identity of a person in a database made from a backup: with a device of its own beside those
 * on the list, whose machines may be alive and write as they did.
 *
 * @throws TidingsError `too_many_devices`
 */
export function withAnotherDevice(
  person: Omit<IdentityRecord, 'deviceSeed' | 'formerSeeds'>,
  deviceSeed: Uint8Array,
): IdentityRecord {
  const { accountSeed, name, devices } = person
  const added = [deviceOfSeed(deviceSeed)]
  return {
    accountSeed,
    deviceSeed: Buffer.from(deviceSeed).toString('hex'),
    name,
    devices: joinDevices(person, [devices], added),
  }
}

/** A list of all devices on the lists and those added, newer than each of them. */
function joinDevices(
  { accountSeed, devices: { account } }: Pick<IdentityRecord, 'accountSeed' | 'devices'>,
  lists: readonly DeviceList[],
  added: readonly DeviceId[],
): DeviceList {
  const devices = new Set([...lists.flatMap((list) => list.devices), ...added])
  if (devices.size > DEVICES_MAX) {
    const words = `an account has at most ${DEVICES_MAX} devices; this one has no room for another`
    throw new TidingsError('too_many_devices', words)
  }
  const version = 1 + Math.max(...lists.map((list) => list.version))
  return signDeviceList(account, version, [...devices], signerFromSeed(seedBytes(accountSeed)))
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
