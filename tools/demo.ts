// The whole story on one machine: two real nodes find each other, become contacts, chat; one goes
// away, messages wait; it returns, they arrive. Prints what two people would type and see.
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'tidings.js')
const STEP_TIMEOUT_MS = 15_000

type Person = 'ann' | 'bob'

class Demo {
  private readonly home: string

  constructor(home: string) {
    this.home = home
  }

  /** Runs one command as that person and prints it with what it said. */
  async type(person: Person, ...args: string[]): Promise<void> {
    const words = args.map((arg) => (/[^\w@:./-]/.test(arg) ? `"${arg}"` : arg))
    console.log(`\n${person} $ tidings ${words.join(' ')}`)
    const output = await this.command(person, ...args)
    if (output !== '') console.log(output.replaceAll(/^/gm, '  '))
  }

  /** Runs a command again and again until its JSON says what is waited for. */
  async until(person: Person, args: string[], ready: (json: never) => boolean): Promise<void> {
    const deadline = Date.now() + STEP_TIMEOUT_MS
    for (;;) {
      const output = await this.command(person, ...args, '--json')
      if (ready(JSON.parse(output) as never)) return
      if (Date.now() > deadline) throw new Error(`${person}: ${args.join(' ')} never came true`)
      await sleep(100)
    }
  }

  async command(person: Person, ...args: string[]): Promise<string> {
    const env = { ...process.env, TIDINGS_HOME: join(this.home, person), NO_COLOR: '1' }
    const flags = ['--no-input', '--profile', person]
    const options = { env, timeout: STEP_TIMEOUT_MS }
    const { stdout } = await run(process.execPath, [LAUNCHER, ...args, ...flags], options)
    return stdout.trimEnd()
  }
}

function say(text: string): void {
  console.log(`\n-- ${text}`)
}

async function story(demo: Demo): Promise<void> {
  say('Two people start their nodes. Nothing is set up, there is no server.')
  for (const person of ['ann', 'bob'] as const) await demo.type(person, 'start', '--detach')

  say('They see each other.')
  const sees = (name: string) => (list: { name: string }[]) =>
    list.some((node) => node.name === name)
  await demo.until('ann', ['nearby'], sees('bob'))
  await demo.until('bob', ['nearby'], sees('ann'))
  await demo.type('ann', 'nearby')

  say('Ann asks, Bob accepts.')
  await demo.type('ann', 'contact', 'add', 'bob', '--message', 'Ann from the pump room')
  await demo.until('bob', ['contacts'], sees('ann'))
  await demo.type('bob', 'contacts')
  await demo.type('bob', 'contact', 'accept', 'ann')

  say('They chat. "delivered" means: on disk at the other side.')
  await demo.type('ann', 'send', '@bob', 'Is line 2 running?', '--wait', 'delivered')
  await demo.type('bob', 'send', '@ann', 'Since nine.', '--wait', 'delivered')

  say('Bob goes away. Messages wait on disk.')
  await demo.type('bob', 'stop')
  await demo.type('ann', 'send', '@bob', 'Then I open the valve.')
  await demo.type('ann', 'send', '@bob', 'Valve is open.')
  await demo.type('ann', 'history', '@bob')

  say('Bob returns. What he missed arrives, in order, once.')
  await demo.type('bob', 'start', '--detach')
  type Messages = { text: string; state: string }[]
  await demo.until('bob', ['history', '@ann'], (all: Messages) => all.length === 5)
  await demo.until('ann', ['history', '@bob'], (all: Messages) =>
    all.every(({ state }) => state !== 'queued'),
  )
  await demo.type('bob', 'history', '@ann')
  await demo.type('ann', 'history', '@bob')
  await demo.type('ann', 'sync', '@bob')
}

/** Of UDP, for discovery. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

const home = await mkdtemp(join(tmpdir(), 'tidings-demo-'))
// Both live on this machine: a demonstration has nothing to say to the rest of the network, nor to
// other nodes of the machine, of which one may be called Bob as well.
const config = join(home, 'loopback.toml')
const port = await freePort()
await writeFile(config, `[interfaces]\nallow = ["lo", "lo0"]\n[mdns]\nport = ${port}\n`)
process.env['TIDINGS_CONFIG'] = config
const demo = new Demo(home)
const startedAt = Date.now()
try {
  await story(demo)
  say(`Done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`)
} finally {
  for (const person of ['ann', 'bob'] as const) await demo.command(person, 'stop').catch(() => {})
  await rm(home, { recursive: true, force: true })
}
