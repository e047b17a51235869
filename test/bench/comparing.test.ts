// Whether a benchmark lost against what was committed.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LOSS_MAX, lossesOf, type Ratios, ratiosOf } from '../../bench/comparing.ts'
import { type Metric, OWN, type Result } from '../../bench/measure.ts'
import { summaryOf } from '../../bench/summary.ts'

const more = (ratio: number): Ratios => ({ speed: { ratio, better: 'more' } })
const less = (ratio: number): Ratios => ({ time: { ratio, better: 'less' } })

test('up to a quarter less of what should be more is no loss', () => {
  assert.equal(LOSS_MAX, 0.25)
  assert.deepEqual(lossesOf(more(0.8), more(0.601)), [])
  const [loss, ...others] = lossesOf(more(0.8), more(0.599))
  assert.deepEqual(others, [])
  assert.equal(loss?.name, 'speed')
  assert.equal(loss.before, 0.8)
  assert.equal(loss.now, 0.599)
  assert.ok(loss.share > 0.25 && loss.share < 0.26)
})

test('up to a quarter more of what should be less is no loss', () => {
  assert.deepEqual(lossesOf(less(0.8), less(1)), [])
  assert.equal(lossesOf(less(0.8), less(1.01)).length, 1)
})

test('a gain is no loss', () => {
  assert.deepEqual(lossesOf(more(1), more(5)), [])
  assert.deepEqual(lossesOf(less(1), less(0.1)), [])
})

test('what only one of both has is passed over', () => {
  assert.deepEqual(lossesOf(more(1), less(9)), [])
})

function resultOf(metric: Metric, readings: readonly Readonly<Record<string, number>>[]): Result {
  const rounds = readings.map((reading) => ({ figure: reading }))
  return { name: 'measure', title: '', metrics: { figure: metric }, readings: rounds }
}

test('ratios are taken within each round, and figures with a bound count against it', () => {
  const metric: Metric = {
    unit: 'ms',
    better: 'less',
    goals: [{ atMost: 100 }, { atMost: 1.2, of: 'other' }],
  }
  const readings = [
    { [OWN]: 10, other: 5 },
    { other: 100, [OWN]: 300 },
    { [OWN]: 40, other: 10 },
  ]
  const summary = summaryOf(resultOf(metric, readings))
  assert.deepEqual(ratiosOf([summary]), {
    'measure / figure / other': { ratio: 3, better: 'less' },
    'measure / figure / goal': { ratio: 0.4, better: 'less' },
  })
  const [figure] = summary.metrics
  assert.deepEqual(figure?.subjects, [
    { name: OWN, median: 40, min: 10, max: 300 },
    { name: 'other', median: 10, min: 5, max: 100 },
  ])
  assert.deepEqual(
    figure.goals.map(({ isMet }) => isMet),
    [true, false],
  )
})

test('a reference that was not measured has no ratio, and its goal is left out', () => {
  const metric: Metric = { unit: 'ms', better: 'more', goals: [{ atLeast: 2, of: 'other' }] }
  const summary = summaryOf(resultOf(metric, [{ [OWN]: 10 }]))
  assert.deepEqual(ratiosOf([summary]), {})
  assert.deepEqual(summary.metrics[0]?.goals, [])
})
