// Device lists: an account's word for which devices act for it. The account key signs the list by
// its version and its devices in ascending order (docs/PROTOCOL.md, "Device lists").
import type { DeviceList } from '../core/frames.ts'
import { type AccountId, type DeviceId, idToBytes } from '../core/id.ts'
import { DEVICES_MAX, NUMBER_MAX } from '../core/limits.ts'
import { type Signer, SIGNATURE_BYTES, verifySignature } from '../core/run.ts'

const DOMAIN = Buffer.from('tidings/devices/1')

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
  return verifySignature(idToBytes(account), signedBytes(account, version, devices), signature)
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
