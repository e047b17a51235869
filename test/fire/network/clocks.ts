// Wall clocks that are wrong, by hours and by years, and that jump while the nodes run: libfaketime
// shifts what the nodes read from CLOCK_REALTIME, and leaves the monotonic clock alone, as a person
// does who sets the clock. The order of the conversation, timers and the sync go by other clocks.
import assert from 'node:assert/strict'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Lan } from '../../lan/harness.ts'
import { type Resident, ship, until } from '../../lan/resident.ts'
import { tell } from '../table.ts'
import { BACK_MS_MAX, Pair, seconds } from './pair.ts'

// The library itself: the `faketime` command stays between the test and the node.
const FAKETIME = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0] ?? ''
const IDLE_MS = 10_000
/** Processor time of a node that does nothing for IDLE_MS: one that spins takes most of it. */
const IDLE_CPU_MS_MAX = 1500
const TICKS_PER_SECOND = 100

/** What the clock of one node says, at first and then in turn. */
export interface Skew {
  readonly ann: readonly string[]
  readonly bob: readonly string[]
}

class Clock {
  private readonly file: string

  constructor(name: string, stack: AsyncDisposableStack) {
    this.file = path.join(tmpdir(), `tidings-fire-clock-${process.pid}-${name}`)
    stack.defer(() => rmSync(this.file, { force: true }))
  }

  set(offset: string): void {
    writeFileSync(this.file, offset)
  }

  get env(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
  }
}

export async function skewed(t: TestContext, label: string, skew: Skew): Promise<void> {
  assert.notEqual(FAKETIME, '', 'libfaketime is not installed')
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = await ship(lan, stack)
  const clocks = { ann: new Clock(`${label}-ann`, stack), bob: new Clock(`${label}-bob`, stack) }
  const set = (turn: number): void => {
    for (const who of ['ann', 'bob'] as const) {
      clocks[who].set(skew[who][turn % skew[who].length] ?? '+0')
    }
  }
  set(0)
  await ann.start({ env: clocks.ann.env })
  await bob.start({ env: clocks.bob.env })
  const pair = await Pair.meet(ann, bob)
  const said = await conversation(pair, set)
  const shown = (await ann.texts(bob)).slice(2)
  assert.deepEqual(shown, said, 'who answers stands below what is answered')
  assertFar(await ann.history(bob), skew)
  const cpuMs = await idleCpuMs(pair)
  assert.ok(cpuMs < IDLE_CPU_MS_MAX, `${cpuMs} ms of processor time while idle`)

  // Timers and discovery go on: an outage is noticed, and over within the usual time.
  bob.host.detach()
  const noticedMs = await pair.noticed()
  await pair.talk(20)
  set(1)
  bob.host.attach('ship')
  const { backMs } = await pair.back(BACK_MS_MAX)
  await pair.assertWhole()
  tell(t, {
    fault: 'wrong clocks, also jumping while running',
    dose: label,
    result:
      `order of cause and effect; idle ${cpuMs} ms CPU in ${seconds(IDLE_MS)}; outage ` +
      `noticed ${seconds(noticedMs)}, back ${seconds(backMs)}`,
    rssMiB: pair.rssMiB,
  })
}

/** Each answers the other; the clocks jump between. */
async function conversation(pair: Pair, set: (turn: number) => void): Promise<string[]> {
  const said: string[] = []
  for (let turn = 0; turn < 12; turn++) {
    set(turn)
    const from = turn % 2 === 0 ? pair.ann : pair.bob
    said.push(`${from.name} ${1 + Math.floor(turn / 2)}`)
    await pair.say(from, 1)
    await until(() => pair.complete(), `turn ${turn} arrived`, BACK_MS_MAX)
  }
  return said
}

/** The clocks were really wrong. */
function assertFar(history: readonly { readonly sentAt: string }[], skew: Skew): void {
  const times = history.map(({ sentAt }) => Date.parse(sentAt))
  const spreadMs = Math.max(...times) - Math.min(...times)
  const offsets = [...skew.ann, ...skew.bob].map(offsetMs)
  const wantedMs = Math.max(...offsets) - Math.min(...offsets)
  assert.ok(spreadMs > 0.9 * wantedMs, `the clocks were only ${seconds(spreadMs)} apart`)
}

/** Of `-2h`, `+10y` and `+0`. */
function offsetMs(offset: string): number {
  const units = new Map([
    ['h', 3_600_000],
    ['y', 365 * 86_400_000],
  ])
  return Number.parseInt(offset, 10) * (units.get(offset.at(-1) ?? '') ?? 1000)
}

async function idleCpuMs({ ann, bob }: Pair): Promise<number> {
  const before = [cpuMs(ann), cpuMs(bob)]
  await sleep(IDLE_MS)
  return Math.max(...[cpuMs(ann), cpuMs(bob)].map((now, i) => now - (before[i] ?? 0)))
}

function cpuMs({ pid }: Resident): number {
  const [, fields = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
  const [user, system] = fields.split(' ').slice(11, 13).map(Number)
  return (((user ?? 0) + (system ?? 0)) * 1000) / TICKS_PER_SECOND
}
