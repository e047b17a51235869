// The program as its users have it: installed, and run by bin/tidings.js in processes of its own.
import { execFile } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { Person } from '../test/e2e/harness.ts'

const run = promisify(execFile)
const REPOSITORY = path.join(import.meta.dirname, '..')

/** Bundled as in the package, since an installed program has no types to strip; its launcher. */
export async function installed(root: string): Promise<string> {
  const folder = path.join(root, 'installed')
  const launcher = path.join(folder, 'bin/tidings.js')
  await mkdir(folder, { recursive: true })
  const program = path.join(folder, 'dist/program')
  await run(process.execPath, [path.join(REPOSITORY, 'tools/bundle.ts'), program])
  for (const name of ['bin', 'config', 'package.json']) {
    await cp(path.join(REPOSITORY, name), path.join(folder, name), { recursive: true })
  }
  await symlink(path.join(REPOSITORY, 'node_modules'), path.join(folder, 'node_modules'))
  return launcher
}

/** Somebody without discovery, with a home of their own. */
export async function person(root: string, name: string): Promise<Person> {
  const home = path.join(root, name)
  await mkdir(home, { recursive: true })
  await writeFile(path.join(home, 'config.toml'), '[mdns]\nenabled = false\n')
  return new Person(name, home)
}
