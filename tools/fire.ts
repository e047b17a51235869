// `npm run test:fire`: every fault of test/fire with its full dose, one file after the other and
// those that mostly wait beside them, and then one table of all: fault, dose, result, worst
// figures. Names of files narrow it down: `npm run test:fire floods lies`.
import { once } from 'node:events'
import { globSync } from 'node:fs'
import path from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { inspect } from 'node:util'

import { type Row, rowIn } from '../test/fire/table.ts'

const FOLDER = path.join(import.meta.dirname, '../test/fire')
/** Of one file; the longest sends 20,000 frames in as many sessions. */
const FILE_LIMIT_MS = 1_200_000

/** Files whose tests mostly wait: they run beside the others, which need the processor. */
const WAITING = ['network']

const wanted = process.argv.slice(2)
const files = globSync('*.test.ts', { cwd: FOLDER })
  .filter((name) => wanted.length === 0 || wanted.includes(name.replace('.test.ts', '')))
  .map((name) => path.join(FOLDER, name))
  .toSorted()
let failures = 0

const isWaiting = (file: string): boolean => WAITING.includes(path.basename(file, '.test.ts'))
const lanes = [files.filter(isWaiting), files.filter((file) => !isWaiting(file))]
const tables = await Promise.all(lanes.filter((lane) => lane.length > 0).map(runLane))
const rows = tables.flat()
print(rows)
console.log(`\n${rows.length - failures} held, ${failures} failed`)
process.exitCode = failures > 0 || rows.length === 0 ? 1 : 0

/** One file after the other; the rows that they hand over. */
async function runLane(lane: readonly string[]): Promise<Row[]> {
  const found: Row[] = []
  const events = run({ files: lane, concurrency: 1, timeout: FILE_LIMIT_MS })
  events.on('test:diagnostic', ({ message }) => {
    const row = rowIn(message)
    if (row) found.push(row)
  })
  events.on('test:fail', ({ name, details }) => {
    // A test fails with those inside it; one line for each cause is enough.
    if (/\d+ subtests? failed/.test(details.error.message)) return
    failures += 1
    found.push({ fault: name, dose: '', result: 'FAILED' })
    // At once: the reporter tells why at the end of all files.
    console.log(`${name}: ${inspect(details.error.cause ?? details.error)}`)
  })
  const printing = events.compose(spec)
  printing.pipe(process.stdout, { end: false })
  await once(printing, 'end')
  return found
}

function print(all: readonly Row[]): void {
  const lines = [
    ['fault', 'dose', 'result', 'RSS', 'lag'],
    ...all.map(({ fault, dose, result, rssMiB, lagMs }) => [
      fault,
      dose,
      result,
      rssMiB === undefined ? '' : `${rssMiB} MiB`,
      lagMs === undefined ? '' : `${lagMs} ms`,
    ]),
  ]
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  for (const line of lines) {
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}
