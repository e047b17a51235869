// Watches a process from outside while it is attacked: the memory that the system counts, and how
// long its control socket takes to answer, which is how long its event loop was held up. The time
// in which the system let others run instead of it does not count, nor our own delays.
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Client } from '../../src/api/client.ts'

const PERIOD_MS = 50
const MIB = 1024 * 1024

export interface Figures {
  readonly rssMiB: number
  readonly lagMs: number
}

export class Watch {
  private readonly pid: number
  private readonly client: Client
  private lagMs = 0
  private stopped = false
  private readonly done: Promise<void>

  constructor(pid: number, client: Client) {
    this.pid = pid
    this.client = client
    // From here on the system keeps the peak anew, so that nothing between two looks is missed.
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    this.done = this.run()
  }

  async stop(): Promise<Figures> {
    this.stopped = true
    await this.done
    return { rssMiB: Math.round(memoryOf(this.pid, 'VmHWM') / MIB), lagMs: Math.round(this.lagMs) }
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const asked = performance.now()
      const waited = waitedMs(this.pid) + waitedMs(process.pid)
      await this.client.status()
      const othersMs = waitedMs(this.pid) + waitedMs(process.pid) - waited
      this.lagMs = Math.max(this.lagMs, performance.now() - asked - othersMs)
      await sleep(PERIOD_MS)
    }
  }
}

/** How long the main thread of a process was ready to run and did not, so far. */
export function waitedMs(pid: number): number {
  const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(waitedNs) / 1e6
}

/** Bytes of a line of /proc/PID/status. */
function memoryOf(pid: number, line: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024
}
