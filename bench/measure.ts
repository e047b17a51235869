// What a measure is: a question with figures for Tidings and for what it is compared with, taken in
// rounds, all measures in turn, so that a busy moment of the machine meets them all alike.

export const OWN = 'Tidings'

export type Unit = 'a second' | 'ms' | 'MB' | 'bytes' | '% of a core'

/** `of` names what Tidings is compared with; without it the bound is for the figure itself. */
export interface Goal {
  readonly atLeast?: number
  readonly atMost?: number
  readonly of?: string
}

export interface Metric {
  readonly unit: Unit
  readonly better: 'more' | 'less'
  readonly goals?: readonly Goal[]
}

/** For each metric: who, and how much; whoever is not there was not measured. */
export type Readings = Readonly<Record<string, Readonly<Record<string, number>>>>

/** What one run of the benchmarks has in common. */
export interface Bench {
  /** For whatever is written; removed at the end. */
  readonly root: string
  readonly isLarge: boolean
  /** Whether bench/peers is installed. */
  readonly hasPeers: boolean
}

export interface Measure {
  readonly name: string
  readonly title: string
  readonly metrics: Readonly<Record<string, Metric>>
  /** Once, before the first round. */
  prepare(bench: Bench): Promise<void>
  round(bench: Bench): Promise<Readings>
}

/** What all rounds of one measure gave: for each metric and subject a value a round. */
export interface Result {
  readonly name: string
  readonly title: string
  readonly metrics: Readonly<Record<string, Metric>>
  readonly readings: readonly Readings[]
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? NaN
  const last = sorted.length - 1
  const median = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2
  return { median, min: at(0), max: at(last) }
}

/** The value below which that share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
