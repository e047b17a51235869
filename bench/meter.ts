// What many nodes on one machine cost: bytes on loopback and time of the processor, above what they
// cost when nobody says anything.
import { readFileSync } from 'node:fs'

/** What is repeated is repeated within this time. */
const IDLE_MS = 30_000
const SETTLE_MS = 30_000

interface Costs {
  readonly tookMs: number
  readonly bytes: number
  readonly cpuMs: number
}

/** Headers and all. */
function loopbackBytes(): number {
  const lines = readFileSync('/proc/net/dev', 'utf8').split('\n')
  const line = lines.find((each) => each.trim().startsWith('lo:'))
  return Number(line?.trim().split(/[\s:]+/)[1])
}

export class Meter {
  private readonly cpuMs: () => Promise<number>
  private idle = { bytesPerMs: 0, cpuPerMs: 0 }
  private begun: Costs = { tookMs: 0, bytes: 0, cpuMs: 0 }

  /** @param cpuMs what all processes took so far */
  constructor(cpuMs: () => Promise<number>) {
    this.cpuMs = cpuMs
  }

  /** Measures silence, from which everything else is counted; told a second. */
  async rest(): Promise<{ bytes: number; cpuMs: number }> {
    await wait(SETTLE_MS)
    await this.begin()
    await wait(IDLE_MS)
    const { tookMs, bytes, cpuMs } = await this.end()
    this.idle = { bytesPerMs: bytes / tookMs, cpuPerMs: cpuMs / tookMs }
    return { bytes: (1000 * bytes) / tookMs, cpuMs: (1000 * cpuMs) / tookMs }
  }

  async begin(): Promise<void> {
    const cpuMs = await this.cpuMs()
    this.begun = { tookMs: performance.now(), bytes: loopbackBytes(), cpuMs }
  }

  async end(): Promise<Costs> {
    const tookMs = performance.now() - this.begun.tookMs
    const bytes = loopbackBytes() - this.begun.bytes - tookMs * this.idle.bytesPerMs
    const cpuMs = (await this.cpuMs()) - this.begun.cpuMs - tookMs * this.idle.cpuPerMs
    return { tookMs, bytes, cpuMs }
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
}

export function show(what: string, value: string): void {
  console.log(`${what.padEnd(56)} ${value}`)
}
