// `tail --json` as bots of a few lines of shell use it: through jq, read slowly, killed, gone on.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'

import { introduce, Person, ROOT, waitUntil } from './harness.ts'

const noJq = spawnSync('jq', ['--version']).status === 0 ? false : 'jq is not installed'
const MIB = 1024 * 1024

async function friends(t: TestContext): Promise<[alice: Person, bob: Person]> {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  return [alice, bob]
}

/** A script in a process group of its own, in which `tidings` is this program. */
function shell(t: TestContext, { env, home }: Person, script: string): ChildProcess {
  const tidings = `tidings() { "${process.execPath}" "${ROOT}/bin/tidings.js" "$@"; }`
  const child = spawn('bash', ['-c', `${tidings}\n${script}`], {
    cwd: home,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => killGroup(child, 'SIGKILL'))
  return child
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It is over.
  }
}

function linesOf({ stdout }: ChildProcess): string[] {
  const lines: string[] = []
  assert.ok(stdout)
  createInterface({ input: stdout }).on('line', (line) => lines.push(line))
  return lines
}

test('through jq each event comes at once, and Ctrl+C ends both', { skip: noJq }, async (t) => {
  const [alice, bob] = await friends(t)
  const filter = 'select(.type == "message") | "\\(.message.authorName): \\(.message.text)"'
  const script = `tidings tail --json --since 0 | jq --unbuffered -r '${filter}'
    echo "\${PIPESTATUS[@]}" > codes`
  // As in a terminal, where the shell goes on after Ctrl+C.
  const child = shell(t, alice, `trap : INT\n${script}`)
  const lines = linesOf(child)
  for (const text of ['one', 'two "quoted"', 'three\\n']) {
    await bob.json('send', '@alice', text)
    await waitUntil(() => lines.at(-1) === `bob: ${text}`, `${text} comes`)
  }
  const exit = once(child, 'exit')
  killGroup(child, 'SIGINT')
  await exit
  assert.equal(lines.length, 3)
  assert.match(await readFile(path.join(alice.home, 'codes'), 'utf8'), /^130 \d+\n$/)
})

test('a filter that has seen enough ends it', { skip: noJq }, async (t) => {
  const [alice, bob] = await friends(t)
  const first = `jq --unbuffered -n 'first(inputs | select(.type == "message") | .message.text)'`
  const child = shell(t, alice, `tidings tail --json | ${first}; echo "\${PIPESTATUS[@]}"`)
  const lines = linesOf(child)
  const exit = once(child, 'exit')
  await waitUntil(async () => {
    await bob.json('send', '@alice', 'hello')
    return lines.length > 0
  }, 'it is heard')
  await exit
  assert.deepEqual(lines, ['"hello"', '0 0'])
})

/** What a process has in memory. */
function rssBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}

test('for a reader that is slow nothing piles up, and it misses nothing', async (t) => {
  if (!existsSync('/proc/self/status')) return t.skip('this system has no /proc')
  const [alice, bob] = await friends(t)
  const { pid } = await alice.json<{ pid: number }>('status')
  const tail = alice.spawn(['tail', '--json', '--since', '0'])
  assert.ok(tail.pid && tail.stdout)
  await once(tail.stdout, 'readable')
  const before = { reader: rssBytes(tail.pid), node: rssBytes(pid) }
  const count = 30_000
  const words = 'x'.repeat(1000)
  const lines = Array.from({ length: count }, (_, i) => `${i} ${words}`)
  const args = ['send', '@alice', '--wait', 'delivered']
  const { code, stderr } = await bob.run(args, { input: lines.join('\n') })
  assert.equal(code, 0, stderr)
  // Some 50 MiB as JSON.
  const grown = { reader: rssBytes(tail.pid) - before.reader, node: rssBytes(pid) - before.node }
  t.diagnostic(`grown by ${JSON.stringify(grown)}`)
  assert.ok(grown.reader < 25 * MIB, `the reader has grown by ${grown.reader} bytes`)
  let next = 0
  for await (const line of createInterface({ input: tail.stdout })) {
    const event = JSON.parse(line) as { type: string; message?: { text: string } }
    if (event.type !== 'message') continue
    assert.equal(Number.parseInt(event.message?.text ?? ''), next)
    next += 1
    if (next === count) break
  }
  assert.equal(next, count)
  const exit = once(tail, 'exit')
  tail.kill('SIGINT')
  await exit
})

test('a cursor in a file misses nothing, whatever is killed', { skip: noJq }, async (t) => {
  const [alice, bob] = await friends(t)
  // As `tidings help scripts` shows it.
  const script = `
    [ -s cursor ] || tidings tail --cursor > cursor
    echo ready
    tidings tail --json --since "$(cat cursor)" | while IFS= read -r event; do
      printf '%s\\n' "$event" | jq -r 'select(.type == "message") | .message.text' >> handled
      printf '%s\\n' "$event" | jq -r .cursor > cursor.new && mv cursor.new cursor
    done`
  await bob.json('send', '@alice', 'before there was a bot')
  await waitUntil(
    async () => (await alice.json<object[]>('history', '@bob')).length === 1,
    'it came',
  )
  const handled = async (): Promise<string[]> => {
    const words = await readFile(path.join(alice.home, 'handled'), 'utf8').catch(() => '')
    return words.split('\n').slice(0, -1)
  }
  let bot = shell(t, alice, script)
  assert.ok(bot.stdout)
  await once(bot.stdout, 'data')
  const sent: string[] = []
  const send = async (count: number): Promise<void> => {
    const lines = Array.from({ length: count }, (_, i) => `message ${sent.length + i}`)
    sent.push(...lines)
    const { code, stderr } = await bob.run(['send', '@alice'], { input: lines.join('\n') })
    assert.equal(code, 0, stderr)
  }
  let kills = 0
  for (const delayMs of [150, 230, 410]) {
    await send(20)
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    killGroup(bot, 'SIGKILL')
    kills += 1
    bot = shell(t, alice, script)
  }
  await send(20)
  const { pid } = await alice.json<{ pid: number }>('status')
  process.kill(pid, 'SIGKILL')
  const [code] = (await once(bot, 'exit')) as [number | null]
  assert.equal(code, 0)
  await alice.start()
  bot = shell(t, alice, script)
  await waitUntil(async () => (await handled()).at(-1) === sent.at(-1), 'all are handled', 60_000)
  const words = await handled()
  assert.deepEqual([...new Set(words)], sent)
  assert.ok(words.length - sent.length <= kills, `${words.length - sent.length} came twice`)
})

test('tail --cursor tells where to go on from, as text and as JSON', async (t) => {
  const [alice, bob] = await friends(t)
  await bob.json('send', '@alice', 'one', '--wait', 'delivered')
  const { stdout } = await alice.run(['tail', '--cursor'])
  const { cursor } = await alice.json<{ cursor: string }>('tail', '--cursor')
  assert.equal(stdout, `${cursor}\n`)
  await bob.json('send', '@alice', 'two', '--wait', 'delivered')
  const tail = alice.spawn(['tail', '--json', '--since', cursor])
  const lines = linesOf(tail)
  await waitUntil(() => lines.length > 0, 'what came since')
  assert.match(lines[0] ?? '', /"text":"two"/)
  const exit = once(tail, 'exit')
  tail.kill('SIGINT')
  assert.deepEqual(await exit, [130, null])
})
