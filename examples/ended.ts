// When a process that was started is over: it has ended, and its output is read.
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a process left in the background may hold its output open for as long as it likes. */
const DRAIN_MS = 1000

/**
 * @param onExit called as soon as the process itself has ended
 * @throws what kept the process from being started
 */
export async function ended(child: ChildProcess, onExit: () => void = () => {}): Promise<End> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const end = await new Promise<End>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  onExit()
  await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })])
  child.stdout?.destroy()
  child.stderr?.destroy()
  return end
}
