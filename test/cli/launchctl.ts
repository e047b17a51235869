// A stand-in for launchd, which is not to be had here: as much of `launchctl` as the program uses,
// with the agents it knows in files beside it. It runs what the agent says.
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

const folder = import.meta.dirname
const [verb = '', target = '', file = ''] = process.argv.slice(2)
const known = (label: string): string => path.join(folder, `${label}.agent`)

interface Agent {
  readonly label: string
  readonly args: readonly string[]
  readonly log: string
  pid: number
}

function fail(code: number, words: string): never {
  process.stderr.write(`${words}\n`)
  process.exit(code)
}

function textsAfter(plist: string, key: string): string[] {
  const [, rest = ''] = plist.split(`<key>${key}</key>`)
  const [here = ''] = rest.split('<key>')
  return [...here.matchAll(/<string>(.*?)<\/string>/g)].map(([, text = '']) => text)
}

function run(agent: Agent): void {
  const [program = '', ...args] = agent.args
  const { NODE_OPTIONS: _, ...env } = process.env
  const log = openSync(agent.log, 'a')
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'ignore', log] })
  child.unref()
  writeFileSync(known(agent.label), JSON.stringify({ ...agent, pid: child.pid }))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function agentOf(label: string): Agent {
  if (!existsSync(known(label))) fail(113, `Could not find service "${label}" in domain for gui`)
  return JSON.parse(readFileSync(known(label), 'utf8')) as Agent
}

const label = target.split('/')[2] ?? ''
writeFileSync(path.join(folder, 'calls'), `${[verb, target].join(' ')}\n`, { flag: 'a' })
if (verb === 'bootstrap') {
  const plist = readFileSync(file, 'utf8')
  const [name = ''] = textsAfter(plist, 'Label')
  if (existsSync(known(name))) fail(5, 'Bootstrap failed: 5: Input/output error')
  const args = textsAfter(plist, 'ProgramArguments')
  run({ label: name, args, log: textsAfter(plist, 'StandardErrorPath')[0] ?? '', pid: 0 })
} else if (verb === 'kickstart') {
  run(agentOf(label))
} else if (verb === 'bootout') {
  const { pid } = agentOf(label)
  if (isAlive(pid)) process.kill(pid, 'SIGTERM')
  // It is known for a while.
  renameSync(known(label), `${known(label)}.going`)
} else if (verb === 'print') {
  const going = `${known(label)}.going`
  if (existsSync(going)) rmSync(going)
  else {
    const { pid } = agentOf(label)
    const state = isAlive(pid) ? `\tstate = running\n\tpid = ${pid}\n` : '\tstate = not running\n'
    process.stdout.write(`${target} = {\n${state}\tlast exit code = (never exited)\n}\n`)
  }
} else if (verb === 'print-disabled') {
  process.stdout.write('\tdisabled services = {\n\t\t"com.example" => disabled\n\t}\n')
} else if (verb !== 'enable') fail(64, `unknown: ${verb}`)
