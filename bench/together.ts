// How long until all nodes that start together have each other online (bench/README.md,
// "together"): contacts of each other, each on a host of its own, a network namespace, found by
// discovery alone. Linux, as root.
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { findPlaces } from '../src/api/places.ts'
import { SEED_BYTES } from '../src/core/run.ts'
import { openProfiles } from '../src/daemon/profiles.ts'
import { makeIdentity } from '../src/node/people/identity.ts'
import type { IdentityRecord } from '../src/store/store.ts'
import { Lan } from '../test/lan/harness.ts'
import { Resident } from '../test/lan/resident.ts'
import { Attendance } from './attendance.ts'
import { curve, type Row, seconds, SHARES } from './curve.ts'
import { friend } from './friend.ts'
import { median } from './meter.ts'
import { hostFor, makeNetwork, rememberNeighbours } from './street.ts'
import { nowMs } from './waiting.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '2,10,30,100' },
    within: { type: 'string', default: '600' },
  },
})
const SIZES = values.nodes.split(',').map(Number)
const WITHIN_MS = Number(values.within) * 1000
/** Of the time in /proc, whatever the machine. */
const TICK_MS = 10
const NAME = 'me'

const dataDirOf = ({ home }: Resident): string => findPlaces({ home, profile: NAME }).dataDir

/** Makes a profile for each, and writes down all others as contacts: devices, no addresses. */
async function introduce(residents: readonly Resident[]): Promise<void> {
  const people: IdentityRecord[] = []
  for (const [index, resident] of residents.entries()) {
    const seed = (): Uint8Array => randomBytes(SEED_BYTES)
    const identity = makeIdentity(`node ${index}`, seed(), seed())
    await openProfiles(dataDirOf(resident)).create({ name: NAME, identity })
    people.push(identity)
  }
  for (const [own, resident] of residents.entries()) {
    await using store = await opened(resident)
    const batch = store.batch()
    for (const [index, { devices }] of people.entries()) {
      if (index === own) continue
      batch.put('contact', devices.account, friend(devices, `node ${index}`))
    }
    await store.commit(batch)
  }
}

async function opened(resident: Resident) {
  const store = await openProfiles(dataDirOf(resident)).open(NAME)
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() })
}

/** User and system time of the process, all its threads. */
function cpuMs({ pid }: Resident): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // What stands in parentheses is a name, which may have spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Starts a node once and ends it well, so that what it compiles is kept for all that follow. */
async function warmUp(): Promise<void> {
  await using lan = new Lan()
  makeNetwork(lan)
  await using resident = await Resident.settle(NAME, hostFor(lan, 0))
  await introduce([resident])
  await resident.start()
  await resident.stop()
}

/** Should this process be interrupted, no hundred nodes and their homes stay behind. */
function leaveNobody(residents: readonly Resident[]): Disposable {
  const leave = (): void => {
    for (const resident of residents) {
      // The signal is sent before anything is waited for, and only to one that still runs.
      void resident.kill()
      rmSync(resident.home, { recursive: true, force: true })
    }
  }
  process.once('exit', leave)
  return { [Symbol.dispose]: () => process.off('exit', leave) }
}

async function row(nodes: number): Promise<Row> {
  using _limits = rememberNeighbours(nodes)
  const residents: Resident[] = []
  using _nobody = leaveNobody(residents)
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  makeNetwork(lan)
  for (let index = 0; index < nodes; index++) {
    residents.push(stack.use(await Resident.settle(NAME, hostFor(lan, index))))
  }
  await introduce(residents)
  const attendance = new Attendance(nodes)
  stack.defer(() => attendance.close())
  const startedAt = nowMs()
  const readyAfter: number[] = []
  const starting = residents.map(async (resident) => {
    await resident.start()
    readyAfter.push(nowMs() - startedAt)
    await attendance.follow(resident.client)
  })
  await Promise.all(starting)
  const isComplete = await attendance.everybody(AbortSignal.timeout(WITHIN_MS))
  return await told(residents, attendance, { startedAt, readyAfter, isComplete })
}

interface Times {
  readonly startedAt: number
  readonly readyAfter: readonly number[]
  readonly isComplete: boolean
}

async function told(
  residents: readonly Resident[],
  attendance: Attendance,
  { startedAt, readyAfter, isComplete }: Times,
): Promise<Row> {
  const nodes = residents.length
  const usedMs = residents.reduce((sum, resident) => sum + cpuMs(resident), 0)
  const { pairs, present, reachedAtMs } = attendance
  const after = (share: number): string => {
    const at = reachedAtMs[Math.ceil(share * pairs) - 1]
    return at === undefined ? 'never' : seconds(at - startedAt)
  }
  const online: Row = Object.fromEntries(
    Object.entries(SHARES).map(([name, share]) => [`${name} online`, after(share)]),
  )
  const memory: number[] = []
  for (const { client } of residents) memory.push((await client.status()).rssBytes / 1e6)
  return {
    'first ready': seconds(Math.min(...readyAfter)),
    'last ready': seconds(Math.max(...readyAfter)),
    ...online,
    'in the end': isComplete ? 'all' : `${present} of ${pairs}`,
    'lost again': `${attendance.losses}`,
    'processor, all nodes': seconds(usedMs),
    'processor, a node': seconds(usedMs / nodes),
    'memory of a node': `${median(memory).toFixed(0)} MB (most ${Math.max(...memory).toFixed(0)})`,
  }
}

await warmUp()
await curve(SIZES, row)
