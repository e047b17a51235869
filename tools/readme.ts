// Runs the commands that README.md shows, so that it shows only what works: every block marked
// `sh`, in order, in one shell that stops at the first failure. What is not to be run (a clone, a
// session with its output) stands in a block marked `console` or `text`.
//
// `tidings` is this checkout's, and home is an empty folder.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const TIMEOUT_MS = 300_000

const root = path.join(import.meta.dirname, '..')
const readme = await readFile(path.join(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands ?? '')
if (blocks.length === 0) throw new Error('README.md has no block marked sh')

const home = await mkdtemp(path.join(tmpdir(), 'tidings-readme-'))
try {
  process.exitCode = await run(blocks.join('\n'))
} finally {
  await rm(home, { recursive: true, force: true })
}

async function run(commands: string): Promise<number> {
  const bin = path.join(home, 'bin')
  const script = path.join(home, 'readme.sh')
  await mkdir(bin)
  await symlink(path.join(root, 'bin/tidings.js'), path.join(bin, 'tidings'))
  await writeFile(script, commands)
  // Commands that are only being tried have nothing to say to the network of this machine.
  const config = path.join(home, 'loopback.toml')
  await writeFile(config, '[interfaces]\nallow = ["lo", "lo0"]\n')

  const places = { HOME: home, TIDINGS_HOME: path.join(home, 'tidings'), TIDINGS_CONFIG: config }
  const env = { ...process.env, ...places }
  const binaries = [bin, path.join(root, 'node_modules/.bin'), process.env['PATH']]
  const shell = spawn('bash', ['-v', '-euo', 'pipefail', script], {
    cwd: root,
    env: { ...env, PATH: binaries.join(path.delimiter) },
    stdio: ['ignore', 'inherit', 'inherit'],
    // A process group of its own, so that what the commands left in the background ends with it.
    detached: true,
  })
  const endGroup = (): void => {
    try {
      if (shell.pid !== undefined) process.kill(-shell.pid)
    } catch (error) {
      // ESRCH: nothing was left.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
  const timer = setTimeout(endGroup, TIMEOUT_MS)
  try {
    return await new Promise<number>((resolve, reject) => {
      shell.on('error', reject)
      shell.on('exit', (code) => resolve(code ?? 1))
    })
  } finally {
    clearTimeout(timer)
    endGroup()
  }
}
