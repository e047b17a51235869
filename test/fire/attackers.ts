// Attacks as seen from the test: a process of their own, which is waited for and bounded in time.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

import type { Findings, Orders, Word } from './order.ts'

const SCRIPT = path.join(import.meta.dirname, 'attacker.ts')

export class Attacker {
  /** Resolves once the attack is at its height, or over. */
  readonly height: Promise<void>
  /** In the order of the attacks. */
  readonly findings: Promise<readonly Findings[]>
  private readonly child: ChildProcess

  constructor(orders: Orders, limitMs: number) {
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child = child
    if (!child.stdout || !child.stderr) throw new Error('no pipes')
    const height = Promise.withResolvers<void>()
    let findings: readonly Findings[] | undefined
    createInterface({ input: child.stdout }).on('line', (line) => {
      const word = JSON.parse(line) as Word
      if (word.event === 'done') findings = word.findings
      height.resolve()
    })
    const words = text(child.stderr)
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
    this.height = height.promise
    this.findings = once(child, 'close').then(async (ended) => {
      clearTimeout(timer)
      height.resolve()
      if (findings) return findings
      const how = ended.join(' ').trim()
      const names = orders.attacks.map(({ attack }) => attack).join(', ')
      throw new Error(`${names} failed (${how}): ${await words}`)
    })
    this.findings.catch(() => {})
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}
