// What is done to a world beyond bad luck: villains, restored backups, clones, torn databases.
import { type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { publicKeyFromSeed } from '../../src/core/run.ts'
import type { Cruelty } from './plan.ts'
import type { Replica } from './replica.ts'
import type { World } from './world.ts'

/** Everything that the plan of a world has in store, each to happen at some time. */
export function crueltiesOf(world: World): (() => void)[] {
  const { villains, mischiefs, rollbacks, clones, tears }: Cruelty = world.plan.cruelty
  const { random } = world
  const deeds = Array.from({ length: villains.length > 0 ? mischiefs : 0 }, () => () => {
    world.replica(random.pick(villains)).villain?.deed()
  })
  return [
    ...deeds,
    ...rollbacks.map((owner) => () => rollBack(world, replicaOf(world, owner))),
    ...clones.map((owner) => () => world.clone(replicaOf(world, owner))),
    ...tears.map((owner) => () => tear(world, replicaOf(world, owner))),
  ]
}

function replicaOf(world: World, owner: number): Replica {
  return world.random.pick(world.replicas.filter(({ init }) => init.owner === owner))
}

function rollBack(world: World, replica: Replica): void {
  world.down(replica, () => {
    replica.disk.rollBack()
    world.checker.forgives(replica)
  })
}

function tear(world: World, replica: Replica): void {
  const { disk } = replica
  world.down(replica, () => {
    disk.crash()
    const torn = disk.tear()
    world.checker.forgives(replica)
    // A careful node does not write to a log of its own that lost its end.
    const isOwn = torn.some((key) => key.endsWith(replica.device))
    if (!isOwn || world.random.chance(0.5)) return
    const seed = world.random.bytes(32)
    replica.init.registry.enter(seed, replica.init.owner)
    disk.write([{ type: 'identity', seed }])
    world.announce(idFromBytes<DeviceId>(publicKeyFromSeed(seed)))
  })
}
