// What do two nodes tell each other when they meet again, with nothing missed and with one message
// missed, and does it grow with what they hold?
import { BARE_STREAM, bareReunion } from '../bare-reunion.ts'
import { type Bench, type Measure, OWN, type Readings } from '../measure.ts'
import { type Pair, syncedPair, withCopy } from '../pair.ts'
import { reunite, type ReunionCosts, writeAlone } from '../reunions.ts'

const FEW = 100
const MANY = 100_000
const MANY_LARGE = 1_000_000
const WITH_FEW = `with ${FEW}`
/** Ten percent more for what they hold. */
const FLAT = { atMost: 1.1, of: WITH_FEW }

const manyOf = ({ isLarge }: Bench): number => (isLarge ? MANY_LARGE : MANY)

export const reconnect: Measure = {
  name: 'reconnect',
  title: 'after the connection, with 100,000 entries (1,000,000 with --large) and with 100',
  metrics: {
    'nothing missed': {
      unit: 'bytes',
      better: 'less',
      goals: [{ atMost: 1024 }, FLAT],
    },
    'nothing missed, until quiet': { unit: 'ms', better: 'less', goals: [{ atMost: 20 }] },
    'one missed': { unit: 'bytes', better: 'less', goals: [FLAT] },
    'one missed, until quiet': { unit: 'ms', better: 'less', goals: [] },
  },
  prepare: async (bench) => {
    await syncedPair(bench.root, FEW)
    await syncedPair(bench.root, manyOf(bench))
  },
  round: async (bench) => {
    const many = await syncedPair(bench.root, manyOf(bench))
    const few = await syncedPair(bench.root, FEW)
    return readingsOf({
      [OWN]: await both(many),
      [WITH_FEW]: await both(few),
      [BARE_STREAM]: { nothing: await bareReunion(), one: undefined },
    })
  },
}

interface Reunions {
  readonly nothing: ReunionCosts
  readonly one: ReunionCosts | undefined
}

async function both(pair: Pair): Promise<Reunions> {
  const nothing = await withCopy(pair, async (copy) => {
    // What the two told each other last was the catch-up itself.
    await reunite(copy)
    return reunite(copy)
  })
  const one = await withCopy(pair, async (copy) => {
    await reunite(copy)
    await writeAlone(copy)
    return reunite(copy)
  })
  return { nothing, one }
}

function readingsOf(all: Readonly<Record<string, Reunions>>): Readings {
  const each = (read: (reunions: Reunions) => number | undefined): Record<string, number> => {
    const entries = Object.entries(all).map(([name, reunions]) => [name, read(reunions)] as const)
    return Object.fromEntries(
      entries.filter((entry): entry is [string, number] => entry[1] !== undefined),
    )
  }
  return {
    'nothing missed': each(({ nothing }) => nothing.bytes),
    'nothing missed, until quiet': each(({ nothing }) => nothing.tookMs),
    'one missed': each(({ one }) => one?.bytes),
    'one missed, until quiet': each(({ one }) => one?.tookMs),
  }
}
