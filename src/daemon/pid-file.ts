// The process id of the node that runs, for people and messages. It decides nothing: a file may be
// stale, and what keeps two nodes apart is the lock that the system holds on the database.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

import type { Logger } from '../core/logger.ts'

const FILE_MODE = 0o600

/** Never fails: on a full disk a node runs without it. */
export function writePid(file: string, pid: number, log: Pick<Logger, 'warn'>): void {
  try {
    writeFileSync(file, `${pid}\n`, { mode: FILE_MODE })
  } catch (error) {
    log.warn({ err: error }, 'the process id could not be written down')
  }
}

/** Undefined when there is none or that process is gone. */
export function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

/** Safe when there is none. */
export function removePid(file: string): void {
  rmSync(file, { force: true })
}
