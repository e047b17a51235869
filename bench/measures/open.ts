// How soon is a node with a long history ready, and how soon does it show a page of it?
import path from 'node:path'

import { makeHistory } from '../large-history.ts'
import { frugal, KEY } from '../live-node.ts'
import { type Bench, type Measure, OWN } from '../measure.ts'
import type { OpenTasks } from '../open-tasks.ts'
import { TEXT_BYTES } from '../pair.ts'
import { Worker } from '../processes.ts'
import { BARE, fillReference } from '../references.ts'

const countOf = ({ isLarge }: Bench): number => (isLarge ? 1_000_000 : 100_000)
const bareFolder = ({ root }: Bench): string => path.join(root, 'open-bare')
const ownFolder = ({ root }: Bench): string => path.join(root, 'open-own')

const own = () => new Worker<OpenTasks>(path.join(import.meta.dirname, '../open-node.ts'), frugal())
const bare = () => new Worker<OpenTasks>(path.join(import.meta.dirname, '../open-bare.ts'))

export const open: Measure = {
  name: 'open',
  title: 'a history of 100,000 entries (1,000,000 with --large)',
  metrics: {
    'process start to ready': { unit: 'ms', better: 'less', goals: [{ atMost: 600 }] },
    'the newest 50': { unit: 'ms', better: 'less', goals: [{ atMost: 10 }] },
    '50 from the middle': { unit: 'ms', better: 'less', goals: [{ atMost: 10 }] },
  },
  prepare: async (bench) => {
    const count = countOf(bench)
    const directory = ownFolder(bench)
    await makeHistory({ directory, key: KEY.toString('hex'), count })
    await using worker = own()
    await worker.ask('open', { directory })
    // What is made of a history once, in the background.
    await worker.ask('settle', undefined)
    await worker.ask('close', undefined)
    await fillReference(BARE, { directory: bareFolder(bench), count, textBytes: TEXT_BYTES })
  },
  round: async (bench) => {
    const count = countOf(bench)
    const its = await readingOf(bare(), bareFolder(bench), count)
    const ours = await readingOf(own(), ownFolder(bench), count)
    const both = (read: (reading: Reading) => number): Record<string, number> => ({
      [OWN]: read(ours),
      [BARE.name]: read(its),
    })
    return {
      'process start to ready': both(({ ready }) => ready),
      'the newest 50': both(({ newest }) => newest),
      '50 from the middle': both(({ middle }) => middle),
    }
  },
}

interface Reading {
  readonly ready: number
  readonly newest: number
  readonly middle: number
}

async function readingOf(
  started: Worker<OpenTasks>,
  directory: string,
  count: number,
): Promise<Reading> {
  await using worker = started
  const ready = Number(await worker.ask('open', { directory }))
  const newest = Number(await worker.ask('newest', { count }))
  const middle = Number(await worker.ask('middle', { count }))
  await worker.ask('close', undefined)
  return { ready, newest, middle }
}
