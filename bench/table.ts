// The results of all measures as text.
import type { Goal, Spread, Unit } from './measure.ts'
import type { GoalSummary, MeasureSummary, MetricSummary } from './summary.ts'

/** Three figures, more only before the point. */
function figure(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

const inUnit = (value: number, unit: Unit): string =>
  unit === 'MB' ? figure(value / 1e6) : figure(value)

function goalText({ atLeast, atMost, of, isMet }: GoalSummary, unit: Unit): string {
  const sign = atLeast === undefined ? 'at most' : 'at least'
  const bound = atLeast ?? atMost ?? NaN
  const what = of === undefined ? `${inUnit(bound, unit)} ${unit}` : `${bound} times ${of}`
  return `${isMet ? 'met' : 'MISSED'}: ${sign} ${what}`
}

function rowsOf({ name, unit, subjects, ratios, goals }: MetricSummary): string[][] {
  const rows = subjects.map((subject, i) => {
    const spread = ({ min, max }: Spread): string => `${inUnit(min, unit)} to ${inUnit(max, unit)}`
    const ratio = ratios[subject.name]
    const times = ratio && `${figure(ratio.median)} (${figure(ratio.min)} to ${figure(ratio.max)})`
    const reached = goals.filter((goal: Goal) => (goal.of ?? subjects[0]?.name) === subject.name)
    const goal = reached.map((each) => goalText(each, unit)).join('; ')
    const title = i === 0 ? `${name}, ${unit}` : ''
    return [title, subject.name, inUnit(subject.median, unit), spread(subject), times ?? '', goal]
  })
  return rows
}

const HEADER = ['', '', 'median', 'min to max', 'ratio', 'goal']

export function tableOf(measures: readonly MeasureSummary[]): string {
  const lines = measures.flatMap(({ name, title, metrics }) => {
    const rows = [HEADER, ...metrics.flatMap(rowsOf)]
    const widths = HEADER.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
    const isNumber = (i: number): boolean => i > 1 && i < 5
    const texts = rows.map((row) =>
      row
        .map((cell, i) =>
          isNumber(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    return [`\n${name}: ${title}`, ...texts]
  })
  return lines.join('\n')
}
