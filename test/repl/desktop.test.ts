// The program that shows notifications is really started: here one that writes down its arguments.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { Desktop } from '../../src/repl/desktop.ts'
import { recordArguments } from './recorder.ts'

const FOREVER = new AbortController().signal

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-desktop-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function desktop(folder: string, platform = 'linux', env: NodeJS.ProcessEnv = {}): Desktop {
  const PATH = ['', '.', '/nowhere', folder, process.env['PATH']].join(path.delimiter)
  return new Desktop({ platform, env: { PATH, ...env } })
}

const HARD: readonly [title: string, body: string, bodyGiven: string][] = [
  ['bob', 'Lunch?', 'Lunch?'],
  ['--help', '-h', '-h'],
  ['$(touch x) `touch x`', '"; touch x; \'', '"; touch x; \''],
  ['a & b', '<b>5 > 3</b> &amp;', '&lt;b&gt;5 &gt; 3&lt;/b&gt; &amp;amp;'],
  // Octal for <b>, in C.
  ['<i>', 'C:\\new \\74b\\76', 'C:\\\\new \\\\74b\\\\76'],
  ['日本', '🙂', '🙂'],
]

test('words of others are arguments, and nothing but words', async (t) => {
  const folder = await folderOf(t)
  const record = await recordArguments(folder, 'notify-send')
  for (const [title, body, given] of HARD) {
    await desktop(folder).show({ title, body }, FOREVER)
    assert.deepEqual(record().at(-1), ['--app-name=Tidings', '--', title, given])
  }
  assert.equal(record().length, HARD.length)
  assert.ok(!readdirSync('.').includes('x'))
})

test('on macOS the script is always the same, and the words are its arguments', async (t) => {
  const folder = await folderOf(t)
  const record = await recordArguments(folder, 'osascript')
  for (const [title, body] of HARD) await desktop(folder, 'darwin').show({ title, body }, FOREVER)
  const scripts = new Set(record().map((args) => args.slice(0, -2).join('\n')))
  assert.equal(scripts.size, 1)
  assert.match([...scripts].join(), /^-e\non run argv\n-e\n.*\n-e\nend run\ntidings$/)
  assert.deepEqual(
    record().map((args) => args.slice(-2)),
    HARD.map(([title, body]) => [title, body]),
  )
})

test('without a program, or over SSH, nothing is started and it is said why', async (t) => {
  const folder = await folderOf(t)
  const nowhere = new Desktop({ platform: 'linux', env: { PATH: folder } })
  await nowhere.show({ title: 'bob', body: '' }, FOREVER)
  assert.equal(await nowhere.missing(), 'there is no notify-send here')
  const record = await recordArguments(folder, 'notify-send')
  const far = desktop(folder, 'linux', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' })
  await far.show({ title: 'bob', body: '' }, FOREVER)
  assert.equal(await far.missing(), 'you are here over SSH')
  assert.deepEqual(record(), [])
  assert.equal(await desktop(folder).missing(), undefined)
})

test('a file that cannot be run is no program, nor one in the folder that one is in', async (t) => {
  const folder = await folderOf(t)
  await writeFile(path.join(folder, 'notify-send'), 'no', { mode: 0o644 })
  const env = { PATH: folder }
  assert.ok(await new Desktop({ platform: 'linux', env }).missing())
  await rm(path.join(folder, 'notify-send'))
  await recordArguments(folder, 'notify-send')
  const before = process.cwd()
  process.chdir(folder)
  t.after(() => process.chdir(before))
  const here = { PATH: ['', '.'].join(path.delimiter) }
  assert.ok(await new Desktop({ platform: 'linux', env: here }).missing())
})

test('a program that fails is an error', async (t) => {
  const folder = await folderOf(t)
  await recordArguments(folder, 'notify-send', 'exit 1')
  await assert.rejects(desktop(folder).show({ title: 'bob', body: '' }, FOREVER), /ended with 1/)
})

test('a program that hangs is ended, in time or with the sitting, and is no zombie', async (t) => {
  const folder = await folderOf(t)
  const pidFile = path.join(folder, 'pid')
  await recordArguments(folder, 'notify-send', `echo $$ > '${pidFile}'; exec sleep 60`)
  const startedAt = performance.now()
  await assert.rejects(desktop(folder).show({ title: 'bob', body: '' }, FOREVER))
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs > 4500 && tookMs < 8000, `${tookMs} ms`)
  await assertGone(pidFile)

  const end = new AbortController()
  await rm(pidFile)
  const showing = desktop(folder).show({ title: 'bob', body: '' }, end.signal)
  for (let i = 0; i < 200 && (await readFile(pidFile, 'utf8').catch(() => '')) === ''; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  end.abort()
  const abortedAt = performance.now()
  await assert.rejects(showing)
  assert.ok(performance.now() - abortedAt < 2000)
  await assertGone(pidFile)
})

/** Nothing is left of a process: a zombie would have a state of its own. */
async function assertGone(pidFile: string): Promise<void> {
  const pid = Number(readFileSync(pidFile, 'utf8'))
  for (let i = 0; i < 100; i++) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.fail(`process ${pid} is still there`)
}
