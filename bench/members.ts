// A process with members (member.ts), as a measure asks it: as frugal as the daemon is.
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { frugal } from './live-node.ts'
import type { Known, MemberTasks, Use } from './member.ts'
import { Worker } from './processes.ts'

export class Members extends Worker<MemberTasks> {
  constructor() {
    super(path.join(import.meta.dirname, 'member.ts'), frugal())
  }

  async create(params: MemberTasks['create']): Promise<Known[]> {
    return (await this.ask('create', params)) as Known[]
  }

  /** What it takes while nothing is asked of it, in % of a core, and holds in the end. */
  async atRest(watchMs: number): Promise<{ cpuPercent: number; rssBytes: number }> {
    const before = (await this.ask('use', undefined)) as Use
    await sleep(watchMs)
    const { cpuMs, rssBytes } = (await this.ask('use', undefined)) as Use
    return { cpuPercent: (100 * (cpuMs - before.cpuMs)) / watchMs, rssBytes }
  }
}
