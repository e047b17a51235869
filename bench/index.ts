// Runs the benchmarks and prints one table. Options: --count N messages, --rounds N.
import { parseArgs } from 'node:util'

import { catchUpRound } from './catch-up.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    'text-bytes': { type: 'string', default: '120' },
  },
})
const count = Number(values.count)
const rounds = Number(values.rounds)
const textBytes = Number(values['text-bytes'])

function spread(values: readonly number[], format: (value: number) => string): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? 0
  const last = sorted.length - 1
  const median = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2
  return `${format(median)}  (${format(at(0))} to ${format(at(last))})`
}

const perSecond = (value: number): string => Math.round(value).toLocaleString('en')
const megabytes = (value: number): string => `${Math.round(value / 1e6)} MB`

console.log(
  `catch-up of ${perSecond(count)} missed messages of ${textBytes} bytes, ${rounds} rounds`,
)
const results = []
for (let round = 0; round < rounds; round++) results.push(await catchUpRound(count, textBytes))

const rows: [string, string][] = [
  [
    'tidings, messages/s',
    spread(
      results.map((r) => r.tidingsPerSecond),
      perSecond,
    ),
  ],
  [
    'bare stack, messages/s',
    spread(
      results.map((r) => r.barePerSecond),
      perSecond,
    ),
  ],
  [
    'ratio',
    spread(
      results.map((r) => r.tidingsPerSecond / r.barePerSecond),
      (value) => value.toFixed(2),
    ),
  ],
  [
    'receiver, peak RSS',
    spread(
      results.map((r) => r.receiverRssBytes),
      megabytes,
    ),
  ],
  [
    'sender, peak RSS',
    spread(
      results.map((r) => r.senderRssBytes),
      megabytes,
    ),
  ],
]
for (const [name, figures] of rows) console.log(`${name.padEnd(26)}${figures}`)
