// Torn and damaged databases. Copies of a real profile are harmed, one harm each, and opened as the
// node opens them. Everything is there, or what is lost is told, or the database is refused with a
// code; what is read is right; and a second opening tells no other story.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'

import { type Row, tell } from '../table.ts'
import { Bench } from './bench.ts'
import { contentsOf, judgeTwice, type Verdict, type Verdicts } from './contents.ts'
import { cutLog, cutsOf, flipBit, remove } from './harm.ts'
import { type Random, randomFrom } from './random.ts'
import { newestLog, Specimen } from './specimen.ts'

const LANES = 4

export interface Doses {
  readonly messages: number
  readonly cuts: number
  readonly logFlips: number
  readonly tableFlips: number
  readonly manifestFlips: number
  readonly removals: number
  readonly kills: number
}

type Counts = Record<Verdict['outcome'], number> & { lostMost: number }

/** Opens harmed copies and counts what became of them. */
class Judge {
  readonly counts: Counts = { whole: 0, reported: 0, refused: 0, lostMost: 0 }
  private readonly specimen: Specimen
  private readonly open: (directory: string) => Promise<Verdicts>

  constructor(specimen: Specimen, open: (directory: string) => Promise<Verdicts>) {
    this.specimen = specimen
    this.open = open
  }

  async judge(harm: (directory: string) => string): Promise<Verdict> {
    const { specimen, counts } = this
    const directory = specimen.copy()
    const where = harm(directory)
    try {
      const { first } = await this.open(directory)
      counts[first.outcome] += 1
      if (first.outcome === 'reported') counts.lostMost = Math.max(counts.lostMost, first.lost)
      return first
    } catch (error) {
      throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    } finally {
      await specimen.discard(directory)
    }
  }

  row(fault: string, dose: string): Row {
    const { whole, reported, refused } = this.counts
    const result = `${whole} whole, ${reported} reported, ${refused} refused, 0 silent`
    return { fault, dose, result }
  }
}

/** Most of a case is waiting for the disk. */
async function sideBySide(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

export function damageTests(doses: Doses, seed: number): void {
  test('torn and damaged databases', async (t) => {
    t.diagnostic(`FIRE_SEED=${seed}`)
    const random: Random = randomFrom(seed)
    const specimen = await Specimen.make(t, doses.messages)
    const intact = specimen.copy()
    const store = await specimen.open(intact)
    assert.deepEqual(store.damage, [])
    const whole = await contentsOf(store)
    await store.close()
    const entries = [...whole.logs.values()].reduce((sum, log) => sum + log.length, 0)
    assert.equal(entries, specimen.messages.length)
    const dose = (count: number, what: string): string => `${count} ${what} of ${entries} messages`
    const here = (directory: string): Promise<Verdicts> =>
      judgeTwice(() => specimen.open(directory), whole)
    const bench = new Bench(specimen, whole)
    const apart = (directory: string): Promise<Verdicts> => bench.judge(directory)

    await t.test('the newest log, cut anywhere: what is gone is told', async (t) => {
      const judging = new Judge(specimen, here)
      const lengths = cutsOf(newestLog(specimen.pristine), doses.cuts, random)
      await sideBySide(doses.cuts, (i) =>
        judging.judge((directory) => {
          const length = lengths[i] ?? 0
          cutLog(directory, length)
          return `cut to ${length}`
        }),
      )
      assert.equal(judging.counts.refused, 0, 'a torn end is no reason to refuse')
      tell(t, judging.row('write-ahead log torn', dose(doses.cuts, 'cuts')))
    })

    for (const [fault, like, count, open] of [
      ['bit flipped in the write-ahead log', /\.log$/, doses.logFlips, here],
      // These once ended the process: each has one of its own.
      ['bit flipped in a table', /\.ldb$/, doses.tableFlips, apart],
      ['bit flipped in the MANIFEST', /^MANIFEST/, doses.manifestFlips, apart],
    ] as const) {
      await t.test(`a ${fault} is never passed on as data, nor silent`, async (t) => {
        const judging = new Judge(specimen, open)
        await sideBySide(count, () =>
          judging.judge((directory) => flipBit(directory, like, random)),
        )
        assert.ok(judging.counts.reported > 0, 'nothing was noticed')
        tell(t, judging.row(fault, dose(count, 'flips')))
      })
    }

    for (const [fault, like, count, isLossy] of [
      ['CURRENT missing', /^CURRENT$/, 1, false],
      ['the MANIFEST missing', /^MANIFEST/, 1, false],
      ['a table missing', /\.ldb$/, doses.removals, true],
    ] as const) {
      await t.test(`${fault}: mended, what is lost is told`, async (t) => {
        const judging = new Judge(specimen, apart)
        await sideBySide(count, () => judging.judge((directory) => remove(directory, like, random)))
        const { reported, refused, lostMost } = judging.counts
        assert.equal(reported + refused, count)
        if (!isLossy) assert.deepEqual([refused, lostMost], [0, 0], 'nothing need be lost')
        tell(t, judging.row(fault, dose(count, count === 1 ? 'time' : 'times')))
      })
    }

    await t.test('kill -9 in the midst of mending: the next start goes on', async (t) => {
      const judging = new Judge(specimen, async (directory) => {
        await bench.killWhileOpening(directory, random)
        return here(directory)
      })
      await sideBySide(doses.kills, () =>
        judging.judge((directory) => {
          remove(directory, /^CURRENT$/, random)
          return flipBit(directory, /\.ldb$/, random)
        }),
      )
      tell(t, judging.row('kill -9 in the midst of mending', dose(doses.kills, 'kills')))
    })

    await t.test('the damaged original is kept until all is there again', async () => {
      const directory = specimen.copy()
      const where = flipBit(directory, /\.log$/, random)
      const damaged = await specimen.open(directory)
      assert.ok(damaged.damage.length > 0, where)
      await damaged.close()
      assert.ok(existsSync(`${directory}.damaged/CURRENT`))
      await specimen.discard(directory)
    })
  })
}
