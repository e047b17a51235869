// Asking the system's manager of services by its command.
import { execFile } from 'node:child_process'

import { TidingsError } from '../../core/errors.ts'

/** Starting a unit waits for its program to be there, no longer. */
const CALL_TIMEOUT_MS = 30_000

export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Whatever it answers. @throws `no_service_manager` when there is no such program */
export function ask(program: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' }
    const options = { env, timeout: CALL_TIMEOUT_MS }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') {
        const words = `"${program}" is not there: this system does not keep services for its users`
        return reject(new TidingsError('no_service_manager', words, { cause: error }))
      }
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      resolve({ code, stdout, stderr: stderr.trim() || (code === 0 ? '' : String(error?.message)) })
    })
  })
}

/** What it answers when all is well. @throws `service_failed` with its words */
export async function order(
  program: string,
  args: readonly string[],
  advice = '',
): Promise<string> {
  const { code, stdout, stderr } = await ask(program, args)
  if (code === 0) return stdout
  const said = stderr.split('\n')[0] ?? ''
  const words = `"${[program, ...args.slice(0, 2)].join(' ')}" failed: ${said}${advice}`
  throw new TidingsError('service_failed', words)
}
