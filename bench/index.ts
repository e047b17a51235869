// Runs the benchmarks and prints one table (README.md says what each measures). Options:
// --only NAME (repeatable), --rounds N, --large (1,000,000 entries too), --json FILE.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { measuresOf } from './measures/index.ts'
import { runMeasures } from './run.ts'
import { tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '3' },
    large: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})

const results = await runMeasures({
  measures: measuresOf(values.large, values.only),
  rounds: Number(values.rounds),
  isLarge: values.large,
  tell: (words) => console.error(words),
})
console.log(tableOf(results))
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`)
}
