// What a process that is a daemon owes its surroundings: a clean end on a signal, within a bound,
// and an end by error when something was thrown that nobody caught.
import type { RunningNode } from '../api/running.ts'
import { SHUTDOWN_MAX_MS } from '../core/limits.ts'

const EXIT_DONE = 0
const EXIT_FAILED = 1

export interface ServeOptions {
  /** No terminal's end concerns it. */
  readonly detached: boolean
  /** Where an end that nobody expected is told; the log file may be what failed. */
  readonly report: (message: string) => void
  /** @default SHUTDOWN_MAX_MS */
  readonly stopMaxMs?: number
}

/** Runs until the node has stopped, then ends the process, whatever still holds it. */
export async function serveUntilStopped(node: RunningNode, options: ServeOptions): Promise<never> {
  const { report, stopMaxMs = SHUTDOWN_MAX_MS } = options
  const stop = (): void => {
    setTimeout(() => {
      report(`no clean stop within ${stopMaxMs / 1000} s; leaving anyway`)
      process.exit(EXIT_FAILED)
    }, stopMaxMs).unref()
    // How it goes is told by `stopped`, which is waited for below.
    node.stop().catch(() => {})
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
  process.on('SIGHUP', options.detached ? () => {} : stop)

  let isLost = false
  // The state of the program is unknown by now: close what is on disk and let somebody restart it.
  const giveUp = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    report(`ended by an error that nobody expected: ${text}`)
    if (isLost) process.exit(EXIT_FAILED)
    isLost = true
    // Once `stopped` settles, below, the process ends.
    stop()
  }
  process.on('uncaughtException', giveUp).on('unhandledRejection', giveUp)
  try {
    await node.stopped
  } catch (error) {
    report(`not stopped cleanly: ${String(error)}`)
    process.exit(EXIT_FAILED)
  }
  process.exit(isLost ? EXIT_FAILED : EXIT_DONE)
}
