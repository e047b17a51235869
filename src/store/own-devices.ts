// The devices whose keys one database holds: the one that it writes as, and those that it gave up
// after a fork.
import { type DeviceId, idFromBytes } from '../core/id.ts'
import { publicKeyFromSeed } from '../core/run.ts'
import type { IdentityRecord } from './store.ts'

/** The seed of each, 32 bytes; the device of now first. */
export function ownDevices({
  deviceSeed,
  formerSeeds = [],
}: IdentityRecord): ReadonlyMap<DeviceId, Uint8Array> {
  const seeds = [deviceSeed, ...formerSeeds].map((hex) => Buffer.from(hex, 'hex'))
  return new Map(seeds.map((seed) => [idFromBytes(publicKeyFromSeed(seed)), seed]))
}
