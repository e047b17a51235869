// Fails when a ratio is more than a quarter worse than the committed one (baseline.json). Options:
// --only NAME (repeatable), --rounds N, --from FILE (what `npm run bench -- --json` wrote, in place
// of a run), --write (commits to what is measured now, for the measures that are run).
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { LOSS_MAX, lossesOf, type Ratios, ratiosOf } from './comparing.ts'
import { measuresOf } from './measures/index.ts'
import { runMeasures } from './run.ts'
import type { MeasureSummary } from './summary.ts'
import { tableOf } from './table.ts'

const FILE = path.join(import.meta.dirname, 'baseline.json')

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '3' },
    from: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})

async function results(): Promise<readonly MeasureSummary[]> {
  if (values.from !== undefined) {
    return JSON.parse(await readFile(values.from, 'utf8')) as MeasureSummary[]
  }
  return runMeasures({
    measures: measuresOf(false, values.only),
    rounds: Number(values.rounds),
    isLarge: false,
    tell: (words) => console.error(words),
  })
}

const measured = await results()
console.log(tableOf(measured))
const before = JSON.parse(await readFile(FILE, 'utf8')) as Ratios
const now = ratiosOf(measured)
if (values.write) {
  await writeFile(FILE, `${JSON.stringify({ ...before, ...now }, undefined, 2)}\n`)
} else {
  const losses = lossesOf(before, now)
  const compared = Object.keys(before).filter((name) => name in now).length
  for (const { name, before, now, share } of losses) {
    const percent = Math.round(100 * share)
    console.log(`LOST ${percent} %: ${name}, ${before.toFixed(2)} before, ${now.toFixed(2)} now`)
  }
  console.log(`${compared} ratios compared, ${losses.length} lost more than ${100 * LOSS_MAX} %`)
  if (losses.length > 0 || compared === 0) process.exitCode = 1
}
