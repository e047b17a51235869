// Runs measures in rounds, each in its turn.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import type { Measure, Readings } from './measure.ts'
import { arePeersInstalled } from './references.ts'
import { type MeasureSummary, summaryOf } from './summary.ts'

export interface RunOptions {
  readonly measures: readonly Measure[]
  readonly rounds: number
  readonly isLarge: boolean
  /** Told what is going on. */
  readonly tell: (words: string) => void
}

export async function runMeasures({
  measures,
  rounds,
  isLarge,
  tell,
}: RunOptions): Promise<MeasureSummary[]> {
  const root = await mkdtemp(path.join(tmpdir(), 'tidings-bench-'))
  // Types are stripped once, not in each process: what is installed has none.
  process.env['NODE_COMPILE_CACHE'] = path.join(root, 'compiled')
  const hasPeers = arePeersInstalled()
  if (!hasPeers) tell('Yjs, hypercore and OrbitDB are left out: npm ci --prefix bench/peers')
  const bench = { root, isLarge, hasPeers }
  try {
    for (const measure of measures) {
      tell(`${measure.name}: preparing`)
      await measure.prepare(bench)
    }
    const readings = measures.map((): Readings[] => [])
    for (let round = 1; round <= rounds; round++) {
      for (const [i, measure] of measures.entries()) {
        tell(`${measure.name}: round ${round} of ${rounds}`)
        readings[i]?.push(await measure.round(bench))
      }
    }
    return measures.map(({ name, title, metrics }, i) =>
      summaryOf({ name, title, metrics, readings: readings[i] ?? [] }),
    )
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
