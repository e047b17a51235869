// Lines that lose packets, or carry them late and out of order: two people go on talking over one,
// one of them is started anew in the midst of it, and when the line is good again all is there.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Host, Lan } from '../../lan/harness.ts'
import { ship, until } from '../../lan/resident.ts'
import { tell } from '../table.ts'
import { Pair, seconds } from './pair.ts'

const RELAY = path.join(import.meta.dirname, 'relay.py')
const TALK_ROUNDS = 20
const ROUND_MS = 1000
/** Connecting takes about ten packets, and a node that is at it tries again every few seconds. */
const CONNECT_MS_MAX = 60_000

export interface Badness {
  readonly lossPercent: number
  readonly delayMs: number
  readonly jitterMs: number
}

/** A relay in the place of a host's cable. */
class Line {
  private readonly host: Host
  private readonly network: string
  private readonly relay: ChildProcess
  private readonly said: Promise<string>

  private constructor(host: Host, network: string, relay: ChildProcess) {
    this.host = host
    this.network = network
    this.relay = relay
    this.said = relay.stderr ? text(relay.stderr) : Promise.resolve('')
  }

  static async spoil(lan: Lan, host: Host, network: string, how: Badness): Promise<Line> {
    const far = lan.socket(network, 'line')
    host.detach()
    const figures = [how.delayMs, how.jitterMs, how.lossPercent, 1].map(String)
    const command = ['ip', 'netns', 'exec', lan.switch, 'python3', RELAY, host.port(), far]
    const relay = spawn(command[0] ?? '', [...command.slice(1), ...figures], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const line = new Line(host, network, relay)
    if (!relay.stdout) throw new Error('the relay has no output')
    const lines = createInterface({ input: relay.stdout })
    const failed = once(relay, 'exit').then(async () => {
      throw new Error(`the relay ended: ${await line.said}`)
    })
    failed.catch(() => {})
    await Promise.race([once(lines, 'line'), failed])
    return line
  }

  /** The good cable again; how many frames were carried and lost. */
  async mend(): Promise<{ carried: number; lost: number }> {
    const last = this.relay.stdout ? text(this.relay.stdout) : Promise.resolve('')
    this.kill()
    this.host.attach(this.network)
    const [carried = 0, lost = 0] = (await last).trim().split(' ').map(Number)
    return { carried, lost }
  }

  kill(): void {
    this.relay.kill('SIGTERM')
  }
}

export async function badLine(t: TestContext, how: Badness): Promise<void> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = await ship(lan, stack)
  await ann.start()
  await bob.start()
  await Pair.meet(ann, bob)
  for (const { host } of [ann, bob]) host.smallFrames()
  const line = await Line.spoil(lan, bob.host, 'ship', how)
  stack.defer(() => line.kill())
  // A new process: what follows is one conversation of two that do not fall.
  await bob.stop()
  await bob.start()
  const connectMs = await until(
    async () => (await ann.isOnline(bob)) && (await bob.isOnline(ann)),
    'they find each other over the bad line',
    CONNECT_MS_MAX,
  )
  const pair = Pair.of(ann, bob, 1)
  for (let round = 0; round < TALK_ROUNDS; round++) {
    await pair.talk(5)
    await sleep(ROUND_MS)
  }
  await pair.say(ann, 1000)
  await sleep(ROUND_MS)
  const { carried, lost } = await line.mend()
  const { backMs, completeMs } = await pair.back()
  await pair.assertWhole()
  tell(t, {
    fault: 'a bad line',
    dose: `${how.lossPercent} % lost, ${how.delayMs}±${how.jitterMs} ms late`,
    result:
      `${lost} of ${carried + lost} frames lost, connected over it in ${seconds(connectMs)}; ` +
      `at its end back ${seconds(backMs)}, all there ${seconds(completeMs)}`,
    rssMiB: pair.rssMiB,
  })
}
