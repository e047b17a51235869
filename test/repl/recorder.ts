// A program that writes down the arguments that it is started with, in place of one of the system.
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * @param after more for its shell to do
 * @returns what tells the arguments of each start so far
 */
export async function recordArguments(
  folder: string,
  name: string,
  after = '',
): Promise<() => string[][]> {
  const file = path.join(folder, `${name}.said`)
  const script = `#!/bin/sh\n{ printf '%s\\0' "$@"; printf '\\1'; } >> '${file}'\n${after}\n`
  await writeFile(path.join(folder, name), script, { mode: 0o755 })
  return () => {
    if (!existsSync(file)) return []
    const starts = readFileSync(file, 'utf8').split('\u0001').slice(0, -1)
    return starts.map((start) => start.split('\0').slice(0, -1))
  }
}
