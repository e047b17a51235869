// The seeded simulation: every seed is a world of its own, and every world must come to rest with
// nothing lost, doubled or out of order. `SIM_SEED=n node --test test/sim/sim.test.ts` replays one
// seed exactly, `SIM_SEEDS=n` runs the first n.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { step } from '../../src/core/sync/engine.ts'
import type { Step } from '../../src/core/sync/state.ts'
import { calm, makePlan, type Plan, reliable } from './plan.ts'
import { Random } from './random.ts'
import { World } from './world.ts'

const SEEDS_DEFAULT = 500
const BLOCK = 100

const one = process.env['SIM_SEED']
const count = Number(process.env['SIM_SEEDS'] ?? SEEDS_DEFAULT)
const seeds = one ? [Number(one)] : Array.from({ length: count }, (_, i) => i + 1)

// Milder worlds need fewer.
const someSeeds = seeds.slice(0, Math.ceil(seeds.length / 5))

/** Runs the world of a seed; its failure says how to see it again. */
function simulate(seed: number, change: (plan: Plan) => Plan, check: (world: World) => void): void {
  try {
    const random = new Random(seed)
    const world = new World(change(makePlan(seed, random)), random)
    world.run()
    check(world)
  } catch (error) {
    const replay = `SIM_SEED=${seed} node --test test/sim/sim.test.ts`
    throw new Error(`seed ${seed} fails; see it again with: ${replay}`, { cause: error })
  }
}

function assertCheapReconnect(world: World): void {
  const { links, traffic } = world.reconnectAll()
  assert.deepEqual(traffic, { frames: 2 * links, clocks: 0, entries: 0, doubts: 0 })
}

function assertSentOnce(world: World): void {
  const twice = [...world.network.arrivals].filter(([, times]) => times > 1)
  assert.deepEqual(twice, [])
}

for (let i = 0; i < seeds.length; i += BLOCK) {
  const block = seeds.slice(i, i + BLOCK)
  const names = block.length > 1 ? `${block[0]} to ${block.at(-1)}` : String(block[0])
  test(`all replicas end with the same entries in the same order, seeds ${names}`, () => {
    for (const seed of block) simulate(seed, (plan) => plan, assertCheapReconnect)
  })
}

test('where frames keep their order, crashes and cuts leave no doubt and cause no stall', () => {
  for (const seed of someSeeds) {
    simulate(seed, reliable, ({ network }) => assert.equal(network.traffic.doubts, 0))
  }
})

test('without faults no entry crosses the network to the same replica twice', () => {
  for (const seed of someSeeds) simulate(seed, calm, assertSentOnce)
})

test('a seed gives the same world every time', () => {
  const [one, other] = [1, 2].map(() => {
    const random = new Random(3)
    const world = new World(makePlan(3, random), random)
    world.run()
    return { arrivals: world.network.arrivals, nowMs: world.timeline.nowMs }
  })
  assert.deepEqual(one, other)
})

test('the simulation sees an engine that tells of entries before they are synced', () => {
  const hasty: typeof step = (state, event, nowMs): Step => {
    const taken = step(state, event, nowMs)
    if (event.type !== 'append') return taken
    const runs = [{ run: event.run, head: event.head, from: undefined }]
    const told = step(taken.state, { type: 'stored', runs, position: state.position }, nowMs)
    return { state: told.state, effects: [...taken.effects, ...told.effects] }
  }
  const random = new Random(2)
  const plan = makePlan(2, random)
  assert.throws(() => new World(calm(plan), random, hasty).run(), assert.AssertionError)
})
