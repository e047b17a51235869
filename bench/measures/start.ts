// How long does the program take to be there, as its users have it?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import path from 'node:path'

import { firstWords, type Person } from '../../test/e2e/harness.ts'
import { installed, person } from '../daemons.ts'
import { type Bench, type Measure, OWN, spreadOf } from '../measure.ts'
import { hasTmux, timeToPrompt } from '../prompt.ts'
import { nowMs } from '../waiting.ts'

const TIMES = 7
const PROMPT_TIMES = 5
const NODE = '`node -e 0`'
const PROMPT = '`tidings` to the prompt, profile new'
const FIRST_PROMPT = '`tidings` to the prompt, no profile yet'
const LISTEN = ['--listen', '/ip4/127.0.0.1/tcp/0'] as const
/** The answers are those that are offered: the name, and no password. */
const QUESTIONS = [
  { words: 'Your name', keys: ['Enter'] },
  { words: 'Password', keys: ['Enter'] },
]

/** The launcher of a compiled copy. */
let launcher = ''

export const start: Measure = {
  name: 'start',
  title: `compiled, as installed, ${TIMES} times a round, to a prompt ${PROMPT_TIMES} times`,
  metrics: {
    '`start` to ready': { unit: 'ms', better: 'less', goals: [{ atMost: 500 }] },
    '`status` of a running node': { unit: 'ms', better: 'less', goals: [{ atMost: 200 }] },
    '`status` beyond `node -e 0`': { unit: 'ms', better: 'less', goals: [{ atMost: 120 }] },
    [PROMPT]: { unit: 'ms', better: 'less', goals: [{ atMost: 1000 }] },
    [FIRST_PROMPT]: { unit: 'ms', better: 'less', goals: [{ atMost: 1000 }] },
  },
  prepare: async (bench) => {
    launcher = await installed(bench.root)
    // Once for what is compiled and kept.
    await reading(bench)
  },
  round: async (bench) => {
    const { ready, status, node } = await reading(bench)
    const prompts = hasTmux() ? await promptsOf(bench) : undefined
    return {
      '`start` to ready': { [OWN]: ready, [NODE]: node },
      '`status` of a running node': { [OWN]: status, [NODE]: node },
      '`status` beyond `node -e 0`': { [OWN]: status - node },
      ...(prompts && {
        [PROMPT]: { [OWN]: prompts.made, [NODE]: node },
        [FIRST_PROMPT]: { [OWN]: prompts.none, [NODE]: node },
      }),
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
  return { ready: median(ready), status: median(status), node: median(node) }
}

/** On a terminal: the chat of a profile made a moment ago, and of a machine without any. */
async function promptsOf({ root }: Bench): Promise<{ made: number; none: number }> {
  const made: number[] = []
  const none: number[] = []
  const command = [process.execPath, launcher]
  for (let i = 0; i < PROMPT_TIMES; i++) {
    const ann = await person(root, `typist-${i}`)
    const bob = await person(root, `newcomer-${i}`)
    await once(spawnAs(ann, ['profile', 'create', ann.name, '--no-password']), 'exit')
    made.push(await timeToPrompt(command, variablesOf(ann)))
    none.push(await timeToPrompt(command, variablesOf(bob), QUESTIONS))
    for (const { home } of [ann, bob]) await rm(home, { recursive: true, force: true })
  }
  return { made: median(made), none: median(none) }
}

function variablesOf({ env }: Person): Record<string, string> {
  const { TIDINGS_HOME = '', TIDINGS_PROFILE = '' } = env
  return { TIDINGS_HOME, TIDINGS_PROFILE, TIDINGS_LISTEN: LISTEN[1] }
}

function median(times: readonly number[]): number {
  return spreadOf(times).median
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
