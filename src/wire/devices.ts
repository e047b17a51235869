// Device lists: an account's word for which devices act for it. The account key signs the list by
// its version and its devices in ascending order (docs/PROTOCOL.md, "Device lists").
import { hash } from 'node:crypto'

import type { DeviceList } from '../core/frames.ts'
import { type AccountId, type DeviceId, ID_BYTES, idFromBytes, idToBytes } from '../core/id.ts'
import { DEVICE_LISTS_VERIFIED_MAX, DEVICES_MAX, NUMBER_MAX } from '../core/limits.ts'
import { type Signer, SIGNATURE_BYTES, verifySignature } from '../core/run.ts'
import { readId } from './ids.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const DOMAIN = Buffer.from('tidings/devices/1')

/**
 * Lists that were found to be signed, by the hash of list and signature. Each group names the lists
 * of its members, so that the same few are met again and again; a signature costs 60 times as much.
 */
const verified = new Set<string>()

/** Signs a list; `signer` holds the account's key. The devices are put in order. */
export function signDeviceList(
  account: AccountId,
  version: number,
  devices: readonly DeviceId[],
  signer: Signer,
): DeviceList {
  // Ids sort as their bytes do.
  const ordered = devices.toSorted()
  if (!isWellFormed(version, ordered)) throw new TypeError('not a list of one or more devices')
  const signature = signer(signedBytes(account, version, ordered))
  return { account, version, devices: ordered, signature }
}

/** Whether the account signed exactly this list. */
export function verifyDeviceList({ account, version, devices, signature }: DeviceList): boolean {
  if (!isWellFormed(version, devices) || signature.byteLength !== SIGNATURE_BYTES) return false
  const signed = signedBytes(account, version, devices)
  const name = hash('sha256', Buffer.concat([signature, signed]), 'latin1')
  if (verified.delete(name)) {
    verified.add(name)
    return true
  }
  if (!verifySignature(idToBytes(account), signed, signature)) return false
  verified.add(name)
  if (verified.size > DEVICE_LISTS_VERIFIED_MAX) {
    const [oldest = ''] = verified
    verified.delete(oldest)
  }
  return true
}

export function writeDeviceList(list: DeviceList): Writer {
  const writer = new Writer(160).bytes(1, idToBytes(list.account)).uint(2, list.version)
  for (const device of list.devices) writer.bytes(3, idToBytes(device))
  return writer.bytes(4, list.signature)
}

export function readDeviceList(reader: Reader): DeviceList {
  let account: AccountId | undefined
  let version: number | undefined
  const devices: DeviceId[] = []
  let signature: Uint8Array | undefined
  while (reader.next()) {
    if (reader.field === 1) account = readId<AccountId>(reader, 'account')
    else if (reader.field === 2) version = reader.once('version').uint(1, NUMBER_MAX)
    else if (reader.field === 3) addDevice(reader.each('devices'), devices)
    else if (reader.field === 4) {
      signature = reader.once('signature').bytes(SIGNATURE_BYTES, SIGNATURE_BYTES)
    } else reader.skip()
  }
  if (devices.length === 0) reader.each('devices').fail('is missing')
  return {
    account: reader.required(account, 'account'),
    version: reader.required(version, 'version'),
    devices,
    signature: reader.required(signature, 'signature'),
  }
}

function addDevice(reader: Reader, devices: DeviceId[]): void {
  if (devices.length === DEVICES_MAX) reader.fail(`are more than ${DEVICES_MAX}`)
  const device = idFromBytes<DeviceId>(reader.bytes(ID_BYTES, ID_BYTES))
  const previous = devices.at(-1)
  if (previous !== undefined && previous >= device) reader.fail('are not in ascending order')
  devices.push(device)
}

function isWellFormed(version: number, devices: readonly DeviceId[]): boolean {
  if (!Number.isSafeInteger(version) || version < 1 || version > NUMBER_MAX) return false
  if (devices.length < 1 || devices.length > DEVICES_MAX) return false
  return devices.every((device, i) => {
    const previous = devices[i - 1]
    return previous === undefined || previous < device
  })
}

function signedBytes(
  account: AccountId,
  version: number,
  devices: readonly DeviceId[],
): Uint8Array {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(version))
  return Buffer.concat([DOMAIN, idToBytes(account), number, ...devices.map(idToBytes)])
}
