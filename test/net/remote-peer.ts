// A peer in another process, seen from the test: what it reported, and a way to wait for more.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { createInterface } from 'node:readline'

import type { DeviceId } from '../../src/core/id.ts'
import type { NetInit } from '../../src/net/net.ts'
import type { PeerEvent } from './peers.ts'

export interface ProcessOptions {
  /** Hexadecimal. */
  readonly seed: string
  readonly listen: readonly string[]
  readonly name: string
  readonly keep?: readonly { readonly device: DeviceId; readonly addresses: readonly string[] }[]
  readonly mdnsPort?: number
  readonly interfaces?: NetInit['interfaces']
  /** So many others in the same process have a session with it. */
  readonly crowd?: number
}

type Named<Name> = Extract<PeerEvent, { event: Name }>

const SCRIPT = path.join(import.meta.dirname, 'peer-process.ts')

export class RemotePeer implements AsyncDisposable {
  readonly events: { readonly at: number; readonly event: PeerEvent }[] = []
  readonly options: ProcessOptions
  readonly child: ChildProcess
  readonly startedAt = performance.now()
  private readonly waiting = new Set<() => void>()
  private errors = ''

  /** `prefix` is the command that runs it elsewhere, such as `ip netns exec NAME`. */
  constructor(options: Partial<ProcessOptions>, prefix: readonly string[] = []) {
    this.options = {
      seed: randomBytes(32).toString('hex'),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      name: 'Bob',
      ...options,
    }
    const [command, ...args] = [...prefix, process.execPath, SCRIPT, JSON.stringify(this.options)]
    this.child = spawn(command ?? process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stderr?.on('data', (data: Buffer) => {
      this.errors += data.toString()
    })
    if (!this.child.stdout) throw new Error('no pipe')
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.events.push({ at: performance.now(), event: JSON.parse(line) as PeerEvent })
      for (const look of this.waiting) look()
    })
    this.child.on('exit', () => {
      for (const look of this.waiting) look()
    })
  }

  static async start(
    options: Partial<ProcessOptions>,
    prefix: readonly string[] = [],
  ): Promise<RemotePeer> {
    const peer = new RemotePeer(options, prefix)
    await peer.ready()
    return peer
  }

  async ready(): Promise<Named<'ready'>> {
    return (await this.next('ready', () => true, 0, 20_000)).event
  }

  /** The first such event that came, or will come, after `since` (of performance.now). */
  next<Name extends PeerEvent['event']>(
    name: Name,
    fits: (event: Named<Name>) => boolean,
    since: number,
    limitMs = 5000,
  ): Promise<{ readonly at: number; readonly event: Named<Name> }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ at: number; event: Named<Name> }>()
    const look = (): void => {
      for (const { at, event } of this.events) {
        if (at < since || event.event !== name || !fits(event as Named<Name>)) continue
        resolve({ at, event: event as Named<Name> })
        return
      }
      if (this.child.exitCode !== null) reject(new Error(`the peer ended: ${this.errors}`))
    }
    const late = new Error(`no "${name}" within ${limitMs} ms`)
    const timer = setTimeout(() => {
      late.message += `; it told ${JSON.stringify(this.events.slice(-5))} ${this.errors}`
      reject(late)
    }, limitMs)
    this.waiting.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      this.waiting.delete(look)
    })
  }

  async interfaces(): Promise<Named<'interfaces'>['reports']> {
    const since = performance.now()
    this.child.stdin?.write('interfaces\n')
    return (await this.next('interfaces', () => true, since)).event.reports
  }

  kill(signal: NodeJS.Signals): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.child.exitCode !== null || this.child.signalCode !== null) resolve()
    this.child.once('exit', () => resolve())
    this.child.kill(signal)
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL')
  }
}
