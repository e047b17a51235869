// Notices that nobody reads standard output any more (`tidings tail | head -1`) while there is
// nothing to write, which may be for hours. Node hears of it by writing only: it cannot wait for
// the other end of a pipe to close. GNU tail can, so one is lent the same standard output. Where
// there is none, or another tail, the next write tells, as ever.
import { spawn } from 'node:child_process'
import { fstatSync } from 'node:fs'

const STDOUT = 1

/**
 * Calls back, within about a second, once the pipe that standard output is has no reader; never
 * where it is no pipe. Disposing ends the watch.
 */
export function watchPipe(gone: () => void): Disposable {
  if (!fstatSync(STDOUT).isFIFO()) return { [Symbol.dispose]: () => {} }
  // With --pid it ends with this process, however that ends.
  const watcher = spawn('tail', ['-f', `--pid=${process.pid}`, '/dev/null'], {
    stdio: ['ignore', 'inherit', 'ignore'],
  })
  watcher.unref()
  watcher.on('error', () => {})
  // Any other end says nothing about the pipe.
  watcher.on('exit', (_, signal) => {
    if (signal === 'SIGPIPE') gone()
  })
  return { [Symbol.dispose]: () => void watcher.kill() }
}
