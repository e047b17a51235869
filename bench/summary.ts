// What the rounds of a measure come to: medians, ratios taken within each round, and whether the
// goals are met.
import { type Goal, type Metric, OWN, type Result, type Spread, spreadOf } from './measure.ts'

export interface GoalSummary extends Goal {
  readonly isMet: boolean
}

export interface MetricSummary extends Omit<Metric, 'goals'> {
  readonly name: string
  /** Tidings first. */
  readonly subjects: readonly ({ readonly name: string } & Spread)[]
  /** Tidings divided by each of the others in the same round. */
  readonly ratios: Readonly<Record<string, Spread>>
  readonly goals: readonly GoalSummary[]
}

export interface MeasureSummary {
  readonly name: string
  readonly title: string
  readonly metrics: readonly MetricSummary[]
}

export function summaryOf({ name, title, metrics, readings }: Result): MeasureSummary {
  const summaries = Object.entries(metrics).map(([metricName, metric]) => {
    const rounds = readings.map((reading) => reading[metricName] ?? {})
    return summaryOfMetric(metricName, metric, rounds)
  })
  return { name, title, metrics: summaries.filter(({ subjects }) => subjects.length > 0) }
}

function summaryOfMetric(
  name: string,
  { unit, better, goals = [] }: Metric,
  rounds: readonly Readonly<Record<string, number>>[],
): MetricSummary {
  const names = [...new Set(rounds.flatMap((round) => Object.keys(round)))]
  names.sort((a, b) => Number(b === OWN) - Number(a === OWN))
  const spread = (read: (round: Readonly<Record<string, number>>) => number | undefined): Spread =>
    spreadOf(rounds.map(read).filter((value) => value !== undefined))
  const subjects = names.map((who) => ({ name: who, ...spread((round) => round[who]) }))
  const ratioTo = (other: string): Spread =>
    spread((round) => {
      const [own, its] = [round[OWN], round[other]]
      return own === undefined || its === undefined ? undefined : own / its
    })
  const others = names.filter((who) => who !== OWN)
  const ratios = Object.fromEntries(others.map((who) => [who, ratioTo(who)]))
  const checked = goals.flatMap((goal): GoalSummary[] => {
    const value = goal.of === undefined ? subjects[0]?.median : ratios[goal.of]?.median
    return value === undefined ? [] : [{ ...goal, isMet: isMet(goal, value) }]
  })
  return { name, unit, better, subjects, ratios, goals: checked }
}

function isMet({ atLeast = -Infinity, atMost = Infinity }: Goal, value: number): boolean {
  return value >= atLeast && value <= atMost
}
