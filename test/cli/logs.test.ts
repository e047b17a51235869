// `logs` as a process, with a log that a node wrote, and with logs as they can be.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { assertRefused, Person, waitUntil } from '../e2e/harness.ts'
import { ACTS_ON_A_TERMINAL } from '../wicked.ts'

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 } as const
const TIME = '2026-11-20T12:03:05.123Z'

function line(msg: string, level: keyof typeof LEVELS = 'info', more: object = {}): string {
  return `${JSON.stringify({ level: LEVELS[level], time: TIME, pid: 7, ...more, msg })}\n`
}

async function withLog(t: TestContext, content?: string): Promise<{ ann: Person; log: string }> {
  const ann = await Person.create(t, 'ann')
  const { log } = await ann.json<{ log: string }>('paths')
  mkdirSync(path.dirname(log), { recursive: true })
  if (content !== undefined) writeFileSync(log, content)
  return { ann, log }
}

/** What a process printed so far, line by line. */
function gather(child: ChildProcess): string[] {
  const lines: string[] = []
  let rest = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    const all = (rest + chunk.toString()).split('\n')
    rest = all.pop() ?? ''
    lines.push(...all)
  })
  return lines
}

const utc = { env: { TZ: 'UTC' } }

test('a line says when, how bad and what, with what belongs to it', async (t) => {
  const err = { type: 'Error', message: 'no space left', stack: 'Error: no\n at x' }
  const content =
    line('ready', 'info', { addresses: ['/ip4/10.0.0.1/tcp/4001'], account: 'abc' }) +
    line('a write failed', 'error', { err, where: 'disk one' })
  const { ann } = await withLog(t, content)
  const { code, stdout, stderr } = await ann.run(['logs'], utc)
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(
    stdout,
    '2026-11-20 12:03:05  info   ready  addresses=["/ip4/10.0.0.1/tcp/4001"] account=abc\n' +
      '2026-11-20 12:03:05  error  a write failed  err="no space left" where="disk one"\n',
  )
})

test('what a node logs is there, running or not, and with --json as it wrote it', async (t) => {
  const { ann, log } = await withLog(t)
  await ann.start()
  assert.match((await ann.run(['logs'])).stdout, / info {3}ready {2}account=/)
  await ann.json('stop')
  assert.match((await ann.run(['logs', '-n', '1'])).stdout, /^[\d :-]{19} {2}info {3}stopped\n$/)
  const { stdout } = await ann.run(['--json', 'logs'])
  assert.equal(stdout, readFileSync(log, 'utf8'))
})

test('so many of the newest lines, of the file before too, and of a level', async (t) => {
  const numbered = (from: number, to: number): string => {
    const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    return numbers.map((n) => line(`line ${n}`, n % 100 === 0 ? 'warn' : 'info')).join('')
  }
  const { ann, log } = await withLog(t, numbered(3001, 6000))
  writeFileSync(`${log}.1`, numbered(1, 3000))
  const shown = async (...flags: string[]): Promise<number[]> => {
    const { code, stdout, stderr } = await ann.run(['--json', 'logs', ...flags])
    assert.deepEqual([code, stderr], [0, ''])
    const lines = stdout.split('\n').filter((text) => text !== '')
    return lines.map((text) => Number((JSON.parse(text) as { msg: string }).msg.slice(5)))
  }
  const last = (count: number): number[] =>
    Array.from({ length: count }, (_, i) => 6001 - count + i)
  assert.deepEqual(await shown(), last(50))
  assert.deepEqual(await shown('-n', '0'), [])
  assert.deepEqual(await shown('--lines', '3000'), last(3000))
  assert.deepEqual(await shown('-n', '3001'), last(3001))
  assert.deepEqual(await shown('-n', '7000'), last(6000))
  assert.deepEqual(await shown('-n', '2', '--level', 'warn'), [5900, 6000])
  assert.deepEqual((await shown('-n', '31', '--level', 'warn'))[0], 3000)
  assert.deepEqual(await shown('--level', 'error'), [])
})

test('nothing in a log acts on the terminal, and last words of a runtime are shown', async (t) => {
  const wicked = '\u001b]0;x\u0007 \u009b31m \u202e \u200b \r'
  const content =
    line(wicked, 'warn', { [wicked]: { [wicked]: wicked } }) +
    `FATAL ERROR: heap ${wicked}\n` +
    'no JSON {\n' +
    '[1]\n{"level":"x"}\n\n' +
    'unfinished'
  const { ann, log } = await withLog(t)
  // Bytes that are no text are in no line of the node's, and may be in others.
  writeFileSync(log, Buffer.concat([Buffer.from(content), Buffer.from([0xff, 0x9b, 0x0a])]))
  for (const args of [['logs'], ['--json', 'logs'], ['logs', '--level', 'error']]) {
    const { code, stdout } = await ann.run(args)
    assert.equal(code, 0)
    assert.doesNotMatch(stdout.replaceAll('\n', ''), ACTS_ON_A_TERMINAL)
  }
  const json = await ann.run(['--json', 'logs'])
  const lines = json.stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as { msg: string })
  assert.equal(lines[0]?.msg, wicked)
  assert.deepEqual(lines[1], { level: null, msg: `FATAL ERROR: heap ${wicked}` })
  const errors = await ann.run(['logs', '--level', 'error'])
  assert.match(errors.stdout, /^FATAL ERROR: heap \\x1b/)
})

test('-f goes on over rotation, truncation, removal, and lines written in pieces', async (t) => {
  const { ann, log } = await withLog(t, line('one'))
  const child = ann.spawn(['--json', 'logs', '-f', '-n', '10'])
  const lines = gather(child)
  const shows = (...messages: string[]): Promise<void> =>
    waitUntil(() => {
      const told = lines.map((text) => (JSON.parse(text) as { msg: string }).msg)
      return told.join() === messages.join()
    }, `${messages.join()}, not ${lines.join()}`)
  await shows('one')
  const [begin, end] = [line('two ü').slice(0, 40), line('two ü').slice(40)]
  appendFileSync(log, begin)
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.equal(lines.length, 1)
  appendFileSync(log, end + line('three'))
  await shows('one', 'two ü', 'three')
  // As the node does it: what it writes before and after may come between two looks.
  appendFileSync(log, line('four'))
  renameSync(log, `${log}.1`)
  appendFileSync(`${log}.1`, line('five'))
  writeFileSync(log, line('six'))
  await shows('one', 'two ü', 'three', 'four', 'five', 'six')
  truncateSync(log)
  await new Promise((resolve) => setTimeout(resolve, 500))
  appendFileSync(log, line('seven'))
  await shows('one', 'two ü', 'three', 'four', 'five', 'six', 'seven')
  rmSync(log)
  await new Promise((resolve) => setTimeout(resolve, 500))
  writeFileSync(log, line('eight'))
  await shows('one', 'two ü', 'three', 'four', 'five', 'six', 'seven', 'eight')
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [130, null])
})

test('-f waits for a log that is not there, and ends with its reader', async (t) => {
  const { ann, log } = await withLog(t)
  await ann.json('profile', 'create', 'ann', '--no-password')
  const child = ann.spawn(['logs', '--follow', '--level', 'warn'])
  const lines = gather(child)
  await once(child.stderr ?? child, 'data')
  writeFileSync(log, line('quiet') + line('loud', 'warn'))
  await waitUntil(() => lines.length > 0, 'a line')
  assert.match(lines[0] ?? '', / warn {3}loud$/)
  const ended = once(child, 'exit')
  child.stdout?.destroy()
  appendFileSync(log, line('unheard', 'error'))
  assert.deepEqual(await ended, [0, null])
})

test('without a log it is said where one will be', async (t) => {
  const { ann, log } = await withLog(t)
  await assertRefused(ann, ['logs'], { exit: 1, code: 'unknown_profile' })
  await ann.json('profile', 'create', 'ann', '--no-password')
  const { code, stdout, stderr } = await ann.run(['logs'])
  assert.deepEqual([code, stdout, stderr], [0, '', `tidings: no log yet; it will be ${log}\n`])
  const usage = { exit: 2, code: 'bad_input' }
  for (const flags of [['-n', '-1'], ['-n', 'x'], ['--level', 'loud'], ['more']]) {
    await assertRefused(ann, ['logs', ...flags], usage)
  }
})
