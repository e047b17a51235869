// Which seeds are run, and how one of them is seen again: `SIM_SEED=n` runs one seed, `SIM_SEEDS=n`
// the first n. A seed gives the same world every time.
import type { Plan } from './plan.ts'
import { makePlan } from './plan.ts'
import { Random } from './random.ts'
import { World } from './world.ts'

const SEEDS_DEFAULT = 500
const BLOCK = 250

const one = process.env['SIM_SEED']
const count = Number(process.env['SIM_SEEDS'] ?? SEEDS_DEFAULT)
const all = one ? [Number(one)] : Array.from({ length: count }, (_, i) => i + 1)

/** Half of the seeds are for worlds where only luck is bad, half for those with bad people too. */
export function seedsOf(kind: 'unlucky' | 'cruel'): readonly number[] {
  return one ? all : all.filter((seed) => (seed % 2 === 1) === (kind === 'cruel'))
}

/** Seeds in pieces that make a test each, with a name. */
export function blocks(seeds: readonly number[]): { name: string; block: readonly number[] }[] {
  const names: { name: string; block: readonly number[] }[] = []
  for (let i = 0; i < seeds.length; i += BLOCK) {
    const block = seeds.slice(i, i + BLOCK)
    names.push({ name: `seeds ${block[0]} to ${block.at(-1)}`, block })
  }
  return names
}

/** Runs the world of a seed; its failure says how to see it again. */
export function simulate(
  file: string,
  seed: number,
  change: (plan: Plan, random: Random) => Plan,
  check: (world: World) => void = () => {},
): World {
  try {
    const random = new Random(seed)
    const world = new World(change(makePlan(seed, random), random), random)
    world.run()
    check(world)
    return world
  } catch (error) {
    const replay = `SIM_SEED=${seed} node --test test/sim/${file}`
    throw new Error(`seed ${seed} fails; see it again with: ${replay}`, { cause: error })
  }
}
