// The seeded simulation: every seed is a world of its own, and every world must come to rest with
// nothing lost, doubled or out of order.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Body } from '../../src/core/entry.ts'
import { CLOCK_INTERVAL_MS } from '../../src/core/limits.ts'
import { step } from '../../src/core/sync/engine.ts'
import type { Step } from '../../src/core/sync/state.ts'
import {
  busy,
  calm,
  makePlan,
  type Plan,
  regretful,
  reliable,
  restless,
  scarce,
  sociable,
} from './plan.ts'
import { Random } from './random.ts'
import { blocks, seedsOf, simulate } from './seeds.ts'
import { World } from './world.ts'

const FILE = 'sim.test.ts'
const seeds = seedsOf('unlucky')
// Milder worlds need fewer.
const someSeeds = seeds.slice(0, Math.ceil(seeds.length / 5))
const fewSeeds = seeds.slice(0, Math.ceil(seeds.length / 10))

/** Every kind of entry that there is, and one of later versions. */
const KINDS: readonly Body['kind'][] = [
  'delete',
  'edit',
  'group_add',
  'group_create',
  'group_devices',
  'group_info',
  'group_remove',
  'group_role',
  'pin',
  'reaction',
  'text',
  'timer',
  'unknown',
]

function assertCheapReconnect(world: World): void {
  // Whoever was removed and does not know it is told all again and again.
  if (world.plan.social.groups > 0) return
  const { links, traffic } = world.reconnectAll()
  assert.deepEqual(traffic, { frames: 2 * links, clocks: 0, entries: 0, doubts: 0 })
}

function assertSentOnce(world: World): void {
  const twice = [...world.network.arrivals].filter(([, times]) => times > 1)
  assert.deepEqual(twice, [])
}

const played = new Set<string>()
const kinds = new Set<string>()

for (const { name, block } of blocks(seeds)) {
  test(`all replicas end with the same entries in the same order, ${name}`, () => {
    for (const seed of block) {
      const world = simulate(FILE, seed, sociable, assertCheapReconnect)
      for (const scene of world.played) played.add(scene)
      for (const kind of kinds.size < KINDS.length ? world.kinds : []) kinds.add(kind)
    }
  })
}

// A single seed shows little of it.
test('what was simulated had everything in it', { skip: seeds.length < 200 }, () => {
  assert.deepEqual([...kinds].toSorted(), KINDS)
  assert.deepEqual([...played].toSorted(), [
    'somebody is removed who goes on unheard',
    'somebody leaves while being promoted',
    'the last admin leaves',
    'two admins demote each other',
    'two admins remove each other',
  ])
})

test('where frames keep their order, crashes and cuts leave no doubt and cause no stall', () => {
  for (const seed of someSeeds) {
    simulate(FILE, seed, reliable, ({ network }) => assert.equal(network.traffic.doubts, 0))
  }
})

test('without faults no entry crosses the network to the same replica twice', () => {
  for (const seed of someSeeds) simulate(FILE, seed, calm, assertSentOnce)
})

test('who comes and goes while much is done in groups ends with the same as all others', () => {
  for (const seed of fewSeeds) simulate(FILE, seed, restless)
})

test('what is asked for comes, however much else the lines bring', () => {
  const busySociable = (plan: Plan, random: Random): Plan => busy(sociable(plan), random)
  for (const seed of fewSeeds) simulate(FILE, seed, busySociable)
})

test('what is taken back is nowhere, and its place is free for what is written next', (t) => {
  let undos = 0
  for (const seed of someSeeds) undos += simulate(FILE, seed, regretful).checker.undos
  t.diagnostic(`${undos} messages were taken back`)
  assert.ok(undos >= someSeeds.length / 2, 'that hardly ever happened')
})

test('what was held back for want of room comes once there is room', () => {
  for (const seed of someSeeds) simulate(FILE, seed, scarce)
})

function assertQuietWhileHeld(world: World): void {
  const intervals = 10
  const { sessions, traffic } = world.holdOneBack(intervals * CLOCK_INTERVAL_MS)
  const { frames, entries, doubts, clocks } = traffic
  assert.deepEqual({ entries, doubts, clocks }, { entries: 0, doubts: 0, clocks: 0 })
  assert.ok(frames <= 2 * sessions * (intervals + 1), `${frames} frames on ${sessions} sessions`)
}

test('a log that is held back makes no traffic but the token of each interval', () => {
  for (const seed of someSeeds) simulate(FILE, seed, calm, assertQuietWhileHeld)
})

// Seeds that failed once, by what they found. They stay in the tests as they are.
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [6374, 'who was added by an entry that nobody else has brings what the others lack'],
  [9022, 'who was added is known as a member, though the entry that says so waits for others'],
]

for (const [seed, what] of FOUND) {
  test(`${what} (seed ${seed})`, () => {
    simulate(FILE, seed, sociable)
  })
}

test('no token stands for what is being taken back (seed 146)', () => {
  simulate(FILE, 146, regretful)
})

test('a seed gives the same world every time', () => {
  const [one, other] = [1, 2].map(() => {
    const world = simulate(FILE, 3, sociable)
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
