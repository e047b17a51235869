// How long does the program take to be there, as its users have it?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import path from 'node:path'

import { firstWords, type Person } from '../../test/e2e/harness.ts'
import { installed, person } from '../daemons.ts'
import { type Bench, type Measure, OWN, spreadOf } from '../measure.ts'
import { nowMs } from '../waiting.ts'

const TIMES = 7
const NODE = '`node -e 0`'
const LISTEN = ['--listen', '/ip4/127.0.0.1/tcp/0']

/** The launcher of a compiled copy. */
let launcher = ''

export const start: Measure = {
  name: 'start',
  title: `compiled, as installed, ${TIMES} times a round`,
  metrics: {
    '`start` to ready': { unit: 'ms', better: 'less', goals: [{ atMost: 500 }] },
    '`status` of a running node': { unit: 'ms', better: 'less' },
    '`status` beyond `node -e 0`': { unit: 'ms', better: 'less', goals: [{ atMost: 120 }] },
  },
  prepare: async (bench) => {
    launcher = await installed(bench.root)
    // Once for what is compiled and kept.
    await reading(bench)
  },
  round: async (bench) => {
    const { ready, status, node } = await reading(bench)
    return {
      '`start` to ready': { [OWN]: ready, [NODE]: node },
      '`status` of a running node': { [OWN]: status, [NODE]: node },
      '`status` beyond `node -e 0`': { [OWN]: status - node },
    }
  },
}

async function reading({ root }: Bench): Promise<{ ready: number; status: number; node: number }> {
  const ann = await person(root, 'starter')
  const [ready, status, node]: [number[], number[], number[]] = [[], [], []]
  try {
    for (let i = 0; i < TIMES; i++) {
      const startedAt = nowMs()
      const daemon = spawnAs(ann, ['--json', 'start', '--no-input', ...LISTEN])
      await firstWords(daemon)
      ready.push(nowMs() - startedAt)
      status.push(await timeOf(spawnAs(ann, ['--json', 'status'])))
      node.push(await timeOf(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })))
      daemon.kill('SIGTERM')
      await once(daemon, 'exit')
    }
  } finally {
    await ann.end()
    await rm(path.join(root, 'starter'), { recursive: true, force: true })
  }
  const median = (times: number[]): number => spreadOf(times).median
  return { ready: median(ready), status: median(status), node: median(node) }
}

function spawnAs(person: Person, args: readonly string[]) {
  return spawn(process.execPath, [launcher, ...args], { env: person.env })
}

/** Milliseconds until it ends; to be called as soon as it was started. */
async function timeOf(child: ReturnType<typeof spawn>): Promise<number> {
  const startedAt = nowMs()
  child.stdout?.resume()
  await once(child, 'exit')
  return nowMs() - startedAt
}
