// The thin edge by which the machine is looked at: files, and programs that only tell. No shell, a
// bound on each, and nothing that asks for a password.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Look {
  readonly platform: string
  /** The text of a file; undefined where there is none, or it may not be read. */
  read(file: string): string | undefined
  /** What a program says; undefined where there is none, or it failed. */
  run(file: string, ...args: readonly string[]): Promise<string | undefined>
}

const RUN_MAX_MS = 2000
/** A ruleset of ten thousand rules. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

export const thisMachine: Look = {
  platform: process.platform,
  read: (file) => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return undefined
    }
  },
  run: (file, ...args) =>
    new Promise((resolve) => {
      const signal = AbortSignal.timeout(RUN_MAX_MS)
      const options = { signal, maxBuffer: OUTPUT_BYTES_MAX, windowsHide: true }
      const child = execFile(file, args, options, (error, stdout) => {
        resolve(error ? undefined : stdout)
      })
      child.stdin?.end()
    }),
}
