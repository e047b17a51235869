// Small numbers that come again from a seed (mulberry32): a failure prints its seed, and FIRE_SEED
// brings the same faults at the same places.
export type Random = () => number

/** Between 0 and 1, without 1. */
export function randomFrom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function chosenSeed(): number {
  return Number(process.env['FIRE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
}
