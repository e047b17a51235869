// Compares ratios with those that were committed. Machines differ and are shared, ratios of two
// programs in the same run do so far less; and what no reference stands beside (bytes, memory) is
// compared with its goal.
import type { MeasureSummary } from './summary.ts'

/** A loss of more than this share fails. */
export const LOSS_MAX = 0.25

/** `measure / metric / what it is compared with` to the ratio and which way is better. */
export type Ratios = Readonly<
  Record<string, { readonly ratio: number; readonly better: 'more' | 'less' }>
>

export function ratiosOf(measures: readonly MeasureSummary[]): Ratios {
  const ratios: [string, Ratios[string]][] = []
  for (const measure of measures) {
    for (const { name, better, subjects, ratios: to, goals } of measure.metrics) {
      const note = (of: string, ratio: number): void => {
        ratios.push([`${measure.name} / ${name} / ${of}`, { ratio, better }])
      }
      for (const [reference, { median }] of Object.entries(to)) note(reference, median)
      const goal = goals.find(({ of }) => of === undefined)
      const bound = goal?.atMost ?? goal?.atLeast
      if (bound !== undefined && subjects[0]) note('goal', subjects[0].median / bound)
    }
  }
  return Object.fromEntries(ratios)
}

export interface Loss {
  readonly name: string
  readonly before: number
  readonly now: number
  /** 0.3 for what takes 30 % more, or gives 30 % less. */
  readonly share: number
}

/** What is worse than committed by more than `lossMax`; what only one of both has is left out. */
export function lossesOf(before: Ratios, now: Ratios, lossMax = LOSS_MAX): Loss[] {
  return Object.entries(before).flatMap(([name, { ratio, better }]) => {
    const is = now[name]?.ratio
    if (is === undefined) return []
    const share = better === 'more' ? 1 - is / ratio : is / ratio - 1
    return share > lossMax ? [{ name, before: ratio, now: is, share }] : []
  })
}
