// What a process is asked that opens a long history.

export interface OpenTasks {
  /** Milliseconds from the start of the process until it is on the network. */
  open: { directory: string }
  /** Milliseconds for the newest 50. */
  newest: { count: number }
  /** Milliseconds for the 50 in the middle, of `count` in all. */
  middle: { count: number }
  /** Resolves when the process has nothing to do any more. */
  settle: undefined
  /** What ends without it is looked through when it is opened again. */
  close: undefined
}

const QUIET_MS = 1000
const QUIET_CPU_MS = 50

export async function settle(): Promise<void> {
  for (;;) {
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 < QUIET_CPU_MS) return
  }
}

export async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
