// A bot that runs a command for each message that mentions it, and replies with what that printed:
//
//   alice: @bridge uptime
//   bridge: uptime: done
//           14:02:11 up 3 days,  1 user,  load average: 0.08, 0.03, 0.01
//
//   tidings start --detach
//   node examples/bridge.ts bridge.json bridge-state.json
//
// bridge.json says who may ask, by account ("tidings contacts --json": names are not identities),
// and for what. No shell and no words of a message come near the command line; what stands behind
// the command's name in the message is its standard input, and BRIDGE_ACCOUNT says who asked.
//
//   {
//     "accounts": ["9urpqn5agl694egfgh81lsfuao4tkc4a022hn3uljvotbla1vi6g"],
//     "commands": { "uptime": ["uptime"], "disk": ["df", "-h", "/"], "count": ["wc", "-w"] },
//     "timeoutMs": 10000,
//     "outputBytesMax": 4000,
//     "atOnce": 2
//   }
//
// The last three are the defaults. Others than these accounts are not answered at all, and a bot
// never answers itself. The first time it begins with what comes then; from there on each message
// is carried out at most once and answered exactly once, over restarts and kills of bridge and
// node: what was under way is noted before it begins, and not begun a second time. A command that
// outlives a bridge that was killed with SIGKILL is ended by nobody.
import { readFile } from 'node:fs/promises'

import { type Client, connect, type Event, type Message } from '../src/api/client.ts'
import {
  follow,
  isAnswered,
  Kept,
  type Place,
  refuse,
  reply,
  untilStopped,
  whileAway,
} from './following.ts'
import { type LimitedCommand, runLimited } from './limited-command.ts'

interface Config {
  readonly accounts: readonly string[]
  readonly commands: Readonly<Record<string, LimitedCommand['argv']>>
  readonly timeoutMs: number
  readonly outputBytesMax: number
  /** How many commands may run at the same time; further messages wait with the node. */
  readonly atOnce: number
}

/** A message that is being carried out. */
interface Job extends Pick<Message, 'id' | 'conversation' | 'author'> {
  readonly command: string
  readonly input: string
  /** What is replied, once that is known. */
  answer?: string
}

interface State extends Place {
  readonly jobs: Record<string, Job>
}

/** An account id; a name would let in whoever takes it. */
const ACCOUNT = /^[0-9a-v]{52}$/
/** A message has at most 32 KiB, and a byte that is no text becomes three. */
const OUTPUT_BYTES_MAX = 10_000

const [configFile = 'bridge.json', stateFile = 'bridge-state.json'] = process.argv.slice(2)
const config = await readConfig(configFile).catch((error: unknown) => refuse(configFile, error))
const state = await Kept.open<State>(stateFile, { cursor: null, jobs: {} })
const failure = new AbortController()
const signal = AbortSignal.any([untilStopped(), failure.signal])
const running = new Map<string, Promise<void>>()

for (const job of Object.values(state.value.jobs)) {
  // Whether it did what it was to do, nobody knows: that is for those to judge who asked.
  job.answer ??= `${job.command}: interrupted, and not run again`
  start(job)
}
await follow(state, take, signal)
await Promise.all(running.values())
failure.signal.throwIfAborted()

async function take(client: Client, event: Event): Promise<void> {
  if (event.type !== 'message' || state.value.jobs[event.message.id]) return
  const { id, conversation, author, own, deleted, mentionsYou, text } = event.message
  if (own || deleted || !mentionsYou) return
  if (!config.accounts.includes(author)) return console.error(`not allowed: ${author}`)
  // What a disk lost comes again once others bring it back.
  if (await isAnswered(client, event.message)) return
  const { name } = await client.whoami()
  const words = behindName(text, name)
  const [command = ''] = words.split(/\s/, 1)
  const input = words.slice(command.length).trimStart()
  while (running.size >= config.atOnce && !signal.aborted) await Promise.race(running.values())
  signal.throwIfAborted()
  const job: Job = { id, conversation, author, command, input }
  state.value.jobs[id] = job
  state.value.cursor = event.cursor
  await state.save()
  start(job)
}

/** What follows the first `@name`; whoever calls the bot by an alias of theirs begins with that. */
function behindName(text: string, name: string): string {
  const at = text.toLowerCase().indexOf(`@${name.toLowerCase()}`)
  const rest = at < 0 ? text.replace(/^\s*@\S+/, '') : text.slice(at + 1 + name.length)
  return rest.replace(/^[,:]?\s*/, '')
}

function start(job: Job): void {
  const task = carryOut(job)
    .catch((error: unknown) => {
      if (!signal.aborted) failure.abort(error)
    })
    .finally(() => running.delete(job.id))
  running.set(job.id, task)
}

/** Stopped midway, the job is still noted, and the next start goes on from there. */
async function carryOut(job: Job): Promise<void> {
  const answer = (job.answer ??= await answerTo(job))
  await state.save()
  await whileAway(signal, async () => {
    await using client = await connect({ signal })
    if (!(await isAnswered(client, job))) await reply(client, job, answer)
  })
  if (signal.aborted) return
  delete state.value.jobs[job.id]
  await state.save()
}

async function answerTo({ command, input, author }: Job): Promise<string> {
  const argv = Object.hasOwn(config.commands, command) ? config.commands[command] : undefined
  if (!argv) return `I know: ${Object.keys(config.commands).join(', ')}`
  const { PATH, HOME, LANG } = process.env
  const env = { PATH, HOME, LANG, BRIDGE_ACCOUNT: author }
  const { timeoutMs, outputBytesMax } = config
  const { end, output } = await runLimited({ argv, input, env, timeoutMs, outputBytesMax }, signal)
  return `${command}: ${end}\n${output}`.trimEnd()
}

async function readConfig(file: string): Promise<Config> {
  const given = JSON.parse(await readFile(file, 'utf8')) as Partial<Config>
  const { accounts = [], commands = {}, ...numbers } = given
  const { timeoutMs = 10_000, outputBytesMax = 4000, atOnce = 2, ...unknown } = numbers
  const isArgv = (argv: unknown): boolean =>
    Array.isArray(argv) && argv.length > 0 && argv.every((word) => typeof word === 'string')
  const isNumber = (value: number): boolean => Number.isSafeInteger(value) && value > 0
  const faults = [
    ...Object.keys(unknown).map((key) => `there is no "${key}"`),
    accounts.every((account) => ACCOUNT.test(account)) || '"accounts" are ids of accounts',
    Object.values(commands).every(isArgv) || 'a command is a list: the program, its arguments',
    [timeoutMs, outputBytesMax, atOnce].every(isNumber) || 'limits are whole numbers above 0',
    outputBytesMax <= OUTPUT_BYTES_MAX || `"outputBytesMax" is at most ${OUTPUT_BYTES_MAX}`,
  ].filter((fault) => fault !== true)
  if (faults.length > 0) throw new Error(faults.join('; '))
  return { accounts, commands, timeoutMs, outputBytesMax, atOnce }
}
