// The simulation with people who break the rules, backups that are put back, copies of a database
// that run beside it, and disks that lose the ends of logs: those who keep the rules must come to
// rest all the same, and lose nothing that anybody of them still holds (docs/PROTOCOL.md, "Forks").
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { step } from '../../src/core/sync/engine.ts'
import type { Step, SyncEffect } from '../../src/core/sync/state.ts'
import { busy, cruel, makePlan, type Plan, restored, scarce, sociable } from './plan.ts'
import { Random } from './random.ts'
import { blocks, seedsOf, simulate } from './seeds.ts'
import { World } from './world.ts'

const FILE = 'cruel.test.ts'
const seeds = seedsOf('cruel')

/** Among people who make groups, and say everything that there is to say. */
const harsh = (plan: Plan, random: Random): Plan => cruel(sociable(plan), random)

/** Where there is little room too. */
const narrow = (plan: Plan, random: Random): Plan => scarce(harsh(plan, random), random)

for (const { name, block } of blocks(seeds)) {
  test(`villains, restored copies, clones and torn disks do no harm to others, ${name}`, () => {
    for (const seed of block) simulate(FILE, seed, harsh)
  })
}

test('want of room does no harm among villains, copies and torn disks either', () => {
  for (const seed of seeds.slice(0, Math.ceil(seeds.length / 5))) simulate(FILE, seed, narrow)
})

const fewSeeds = seeds.slice(0, Math.ceil(seeds.length / 10))

test('copies of profiles, and people who come and go in groups, lose nothing', () => {
  for (const seed of fewSeeds) simulate(FILE, seed, restored)
})

test('a line that is busy with other things lets no villain keep others from being asked', () => {
  const busyHarsh = (plan: Plan, random: Random): Plan => busy(harsh(plan, random), random)
  for (const seed of fewSeeds) simulate(FILE, seed, busyHarsh)
})

// Seeds that failed once, by what they found. They stay in the tests as they are.
const FOUND: readonly (readonly [
  seed: number,
  what: string,
  change: (plan: Plan, random: Random) => Plan,
])[] = [
  [225, 'a device that hears of its own fork passes the proof on', cruel],
  [1046, 'a device that cut back its log knows where peers end it', cruel],
  [1110, 'what is being written when a proof comes counts as accepted', cruel],
  [1201, 'what names more of a log given up than others take is shown there too', harsh],
  [4415, 'who was added by what a torn database lost is heard all the same', harsh],
  [8000, 'a proof that came before does not vouch for one that follows', cruel],
  [431, 'members who remove each other in two histories of one log may stay split', harsh],
  [531, 'a clock that names few logs of a group starts what waited for others of it', harsh],
  [611, 'who left a group is not asked for ever for what nobody brings it any more', harsh],
  [1211, 'two devices of one account that step down do not undo each other', narrow],
  [1807, 'a group of one account alone is heard of by nobody else', narrow],
  [1489, 'what came to who had left reaches members, its author being gone for good', harsh],
  [2051, 'entries that could be asked for do not wait until the next clock', harsh],
  [6369, 'a proof of a fork is not told of a group that just ceased to be shared', harsh],
  [6743, 'who joins and holds nothing but its own add shows it, and is heard', harsh],
  [8167, 'what made a group is shown, though its maker left and is ended from the start', harsh],
  [10009, 'who could show nothing yet shows that it is a member once it can', harsh],
  [8000023, 'whom a copy of a profile added, which left elsewhere, is heard', restored],
  [21000199, 'who joins is shown forks again of logs that it did not know', narrow],
  [21000256, 'of two peers that were late each is asked again', cruel],
]

for (const [seed, what, change] of FOUND) {
  test(`${what} (seed ${seed})`, () => {
    simulate(FILE, seed, change)
  })
}

/** Runs seeds until the world of one complains about the engine. */
function firstFailure(engine: typeof step, change: (plan: Plan, random: Random) => Plan): unknown {
  for (let seed = 1; seed <= 240; seed++) {
    const random = new Random(seed)
    const world = new World(change(makePlan(seed, random), random), random, engine)
    try {
      world.run()
    } catch (error) {
      return error
    }
  }
  return undefined
}

/** The engine without some of its effects. */
function without(isLeftOut: (effect: SyncEffect) => boolean): typeof step {
  return (state, event, nowMs): Step => {
    const taken = step(state, event, nowMs)
    return { ...taken, effects: taken.effects.filter((effect) => !isLeftOut(effect)) }
  }
}

const onlyRollbacks = (plan: Plan, random: Random): Plan => {
  const cruelPlan = cruel(plan, random)
  const { rollbacks } = cruelPlan.cruelty
  const nobody = { villains: [], clones: [], tears: [] }
  return { ...cruelPlan, cruelty: { ...cruelPlan.cruelty, ...nobody, rollbacks } }
}

test('the simulation sees an engine that does not report forks of its own log', () => {
  const deaf = without(({ type }) => type === 'own_fork')
  assert.ok(firstFailure(deaf, onlyRollbacks) instanceof assert.AssertionError)
})

test('the simulation sees an engine that cuts back too much of its own log', () => {
  const rash: typeof step = (state, event, nowMs): Step => {
    const taken = step(state, event, nowMs)
    const effects = taken.effects.map((effect) =>
      effect.type === 'own_fork' ? { ...effect, at: Math.max(1, effect.at - 1) } : effect,
    )
    return { ...taken, effects }
  }
  assert.ok(firstFailure(rash, onlyRollbacks) instanceof assert.AssertionError)
})
