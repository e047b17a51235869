// Which devices belong to whom: the part of device lists that matters here. A device that a replica
// becomes after a fork is entered at once; others hear of it when they meet it, or in time.
import type { DeviceList } from '../../src/core/frames.ts'
import { type AccountId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { publicKeyFromSeed, signerFromSeed } from '../../src/core/run.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import type { Person } from './plan.ts'

export class Registry {
  private readonly people: readonly Person[]
  private readonly owners = new Map<DeviceId, number>()
  private readonly lists = new Map<number, DeviceList>()

  constructor(people: readonly Person[]) {
    this.people = people
    people.forEach(({ device }, owner) => this.owners.set(device, owner))
  }

  first(): DeviceId[] {
    return this.people.map(({ device }) => device)
  }

  enter(seed: Uint8Array, owner: number): void {
    this.owners.set(idFromBytes<DeviceId>(publicKeyFromSeed(seed)), owner)
  }

  ownerOf(device: DeviceId): number | undefined {
    return this.owners.get(device)
  }

  devicesOf(owner: number): DeviceId[] {
    return [...this.owners].filter(([, each]) => each === owner).map(([device]) => device)
  }

  /** The newest device list of somebody: each device that is added makes a version. */
  listOf(owner: number): DeviceList {
    const devices = this.devicesOf(owner)
    const person = this.people[owner]
    if (!person) throw new RangeError('nobody there')
    let list = this.lists.get(owner)
    if (list?.version !== devices.length) {
      const signer = signerFromSeed(person.accountSeed)
      list = signDeviceList(person.account, devices.length, devices, signer)
      this.lists.set(owner, list)
    }
    return list
  }

  /** The known devices of some people, with their accounts. */
  writers(people: readonly number[], known: ReadonlySet<DeviceId>): Map<DeviceId, AccountId> {
    const writers = new Map<DeviceId, AccountId>()
    for (const [device, owner] of this.owners) {
      const person = this.people[owner]
      if (person && people.includes(owner) && known.has(device)) {
        writers.set(device, person.account)
      }
    }
    return writers
  }
}
