// The program in the shells that people have: found on the path under its name, completed by what
// `completion SHELL` prints.
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { type Person, ROOT } from '../e2e/harness.ts'

export function hasCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

/** An environment in which `tidings` is this checkout's and knows the person's home. */
export async function shellEnv(person: Person): Promise<Record<string, string>> {
  const bin = path.join(person.home, 'bin')
  const file = path.join(bin, 'tidings')
  await mkdir(bin, { recursive: true })
  await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/bin/tidings.js" "$@"\n`)
  await chmod(file, 0o755)
  const entries = Object.entries(person.env).map(([name, value]) => [name, value ?? ''] as const)
  const env = Object.fromEntries(entries)
  return { ...env, PATH: `${bin}:${env['PATH']}`, HOME: person.home }
}

/** What a script of the shell prints, line by line. */
export function linesOf(
  command: readonly [string, ...string[]],
  env: Record<string, string>,
  folder: string,
): string[] {
  const [file, ...args] = command
  const { stdout, stderr } = spawnSync(file, args, { env, cwd: folder, encoding: 'utf8' })
  if (stderr !== '') throw new Error(stderr)
  return stdout.split('\n').slice(0, -1)
}
