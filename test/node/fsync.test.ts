// What is told has reached the disk first: seen in the system calls of two real processes. Sending
// answers, and pushes the entry, only after an fsync; the clock that is the receipt leaves only
// after one on the other side.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'

const PROGRAM = path.join(import.meta.dirname, 'traced-node.ts')
const CALLS = 'read,write,writev,sendto,sendmsg,recvfrom,fsync,fdatasync'
const MESSAGES = 10
const TEXT = 'x'.repeat(400)
/**
 * Of a frame, encrypted: a run with TEXT has more; what the muxer says by itself, and pings, less.
 */
const RUN_BYTES = 400
const FRAME_BYTES = 64

/** One thing that a process did, in the order in which the calls were over. */
type Deed = 'begin send' | 'done send' | 'sync' | 'heard run' | 'said run' | 'said frame'

class Traced {
  readonly trace: string
  private readonly child: ChildProcess
  private readonly lines: AsyncIterator<string>

  constructor(folder: string) {
    this.trace = path.join(folder, 'trace')
    const strace = ['-f', '-qq', '-yy', '-s', '32', '-e', `trace=${CALLS}`, '-o', this.trace]
    const command = [...strace, process.execPath, PROGRAM, folder]
    const child = spawn('strace', command, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.child = child
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** What it tells next, after the word given. */
  async hear(word: string): Promise<string> {
    for (let next = await this.lines.next(); !next.done; next = await this.lines.next()) {
      if (next.value.startsWith(`${word} `)) return next.value.slice(word.length + 1)
    }
    throw new Error(`it ended without saying "${word}"`)
  }

  ask(command: string, ...words: readonly string[]): Promise<string> {
    this.child.stdin?.write(`${[command, ...words].join(' ')}\n`)
    return this.hear(`done ${command}`)
  }

  async stop(): Promise<Deed[]> {
    const gone = once(this.child, 'close')
    await this.ask('stop')
    await gone
    return deedsIn(await readFile(this.trace, 'utf8'))
  }

  /** The end of its input ends it; killing strace would let it run on. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null) return
    const gone = once(this.child, 'close')
    this.child.stdin?.end()
    await gone
  }
}

function deedsIn(trace: string): Deed[] {
  const begun = new Map<string, string>()
  const deeds: Deed[] = []
  for (const line of trace.split('\n')) {
    const [, pid = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (call.endsWith('<unfinished ...>')) {
      begun.set(pid, call)
      continue
    }
    const whole = call.startsWith('<...') ? `${begun.get(pid)} ${call}` : call
    const deed = deedOf(whole)
    if (deed) deeds.push(deed)
  }
  return deeds
}

function deedOf(call: string): Deed | undefined {
  const result = Number(/= (-?\d+)[^=]*$/.exec(call)?.[1])
  if (/^f(data)?sync\(\d+<[^>]*\/db\/\d+\.log>/.test(call)) return result === 0 ? 'sync' : undefined
  const told = /^write\(1<.*"(begin|done) send/.exec(call)?.[1]
  if (told) return told === 'begin' ? 'begin send' : 'done send'
  if (!/^\w+\(\d+<TCP(v6)?:/.test(call)) return undefined
  if (/^(read|recv)/.test(call)) return result >= RUN_BYTES ? 'heard run' : undefined
  if (result >= RUN_BYTES) return 'said run'
  return result >= FRAME_BYTES ? 'said frame' : undefined
}

/** How often `after` came, each time with a sync between it and the `before` that came last. */
function countSynced(deeds: readonly Deed[], before: Deed, after: Deed): number {
  let isWaiting = false
  let isSynced = false
  let count = 0
  for (const deed of deeds) {
    if (deed === before) {
      isWaiting = true
      isSynced = false
    } else if (deed === 'sync') isSynced = true
    else if (deed === after && isWaiting) {
      assert.ok(isSynced, `"${after}" came after "${before}" without an fsync between`)
      isWaiting = false
      count += 1
    }
  }
  return count
}

function straceMissing(): string | false {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
    return false
  } catch {
    return 'strace is not installed'
  }
}

async function traced(t: TestContext): Promise<Traced> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-fsync-'))
  const one = new Traced(folder)
  t.after(async () => {
    await one.end()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  return one
}

test(
  'sending answers, and receipts leave, only after an fsync',
  { skip: straceMissing() },
  async (t) => {
    const [ann, bob] = [await traced(t), await traced(t)]
    const [, [bobsAccount, bobsAddress]] = [
      await ann.hear('ready'),
      (await bob.hear('ready')).split(' '),
    ]
    assert.ok(bobsAccount && bobsAddress)
    await ann.ask('add', bobsAddress)
    // The first one waits until both hold each other.
    await ann.ask('delivered', await ann.ask('send', bobsAccount, 'hello'))
    for (let i = 0; i < MESSAGES; i++) {
      await ann.ask('delivered', await ann.ask('send', bobsAccount, TEXT))
    }
    const [atAnn, atBob] = [await ann.stop(), await bob.stop()]
    assert.equal(countSynced(atAnn, 'begin send', 'done send'), MESSAGES + 1)
    assert.equal(countSynced(atAnn, 'begin send', 'said run'), MESSAGES)
    assert.equal(countSynced(atBob, 'heard run', 'said frame'), MESSAGES)
  },
)
