// The program as it is published: joined into few files, and run by the same launcher.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { installed } from '../../bench/daemons.ts'
import { firstWords, introduce, Person, ROOT, waitUntil } from './harness.ts'

const run = promisify(execFile)
const START = ['--json', 'start', '--no-input', '--listen', '/ip4/127.0.0.1/tcp/0']

test('a published package runs a node, answers commands and opens the chat', async (t) => {
  const alice = await Person.create(t, 'alice')
  const launcher = await installed(path.join(alice.home, 'package'))
  const env = { ...alice.env, NODE_DISABLE_COMPILE_CACHE: '1' }
  const node = spawn(process.execPath, [launcher, ...START], { env })
  t.after(() => node.kill('SIGKILL'))
  const { pid } = JSON.parse(await firstWords(node)) as { pid: number }
  assert.equal(pid, node.pid, 'the very process')

  const told = await run(process.execPath, [launcher, '--json', 'status'], { env })
  assert.equal((JSON.parse(told.stdout) as { pid: number }).pid, pid)
  const chat = spawn(process.execPath, [launcher, 'repl'], { env })
  chat.stdin.end('/help\n/quit\n')
  assert.deepEqual(await once(chat, 'exit'), [0, null])
  const ended = once(node, 'exit')
  await run(process.execPath, [launcher, 'stop'], { env })
  assert.deepEqual(await ended, [0, null])
})

test('what a published package consists of is handed on with its licenses', async (t) => {
  const alice = await Person.create(t, 'alice')
  const folder = path.dirname(await installed(path.join(alice.home, 'package')))
  const licenses = await readFile(path.join(folder, '../dist/program/licenses.txt'), 'utf8')
  const parts = licenses.split(`\n\n${'-'.repeat(80)}\n\n`)
  assert.ok(parts.some((part) => part.startsWith('@libp2p/tcp ')))
  for (const part of parts) assert.match(part, /^\S+ [\d.]+\S*, license [\w.()-]+/)
})

test('a bot installs the file that packing makes', async () => {
  const read = (name: string): Promise<string> => readFile(path.join(ROOT, name), 'utf8')
  const { name, version } = JSON.parse(await read('package.json')) as Record<string, string>
  const bots = (await read('README.md')).split('### Bots')[1] ?? ''
  assert.ok(bots.includes(`$ npm install ../tidings/${name}-${version}.tgz\n`))
})

test('the bot of the README answers what comes while it runs, nothing older', async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await bob.start()
  await introduce(bob, ann, await ann.start('--accept', 'auto'))
  await bob.json('send', '@ann', 'before', '--wait', 'delivered')
  const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8')
  const [, program = ''] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? []
  const client = JSON.stringify(path.join(ROOT, 'src/api/client.ts'))
  const script = path.join(ann.home, 'bot.mts')
  await writeFile(script, program.replace("'tidings'", client).replace("'bot'", "'ann'"))
  const bot = spawn(process.execPath, [script], { env: ann.env, stdio: 'inherit' })
  t.after(() => bot.kill('SIGKILL'))
  const answers = async (): Promise<string[]> => {
    const messages = await bob.json<{ text: string; own: boolean }[]>('history', '@ann')
    return messages.filter(({ own }) => !own).map(({ text }) => text)
  }
  await waitUntil(async () => {
    await bob.json('send', '@ann', 'now', '--wait', 'delivered')
    return (await answers()).includes('You said: now')
  }, 'an answer')
  assert.ok(!(await answers()).includes('You said: before'))
})

const skip = process.platform === 'win32'

test(
  'the manual is put where "man" finds it, by whoever links the package',
  { skip },
  async (t) => {
    const alice = await Person.create(t, 'alice')
    const prefix = path.join(alice.home, 'prefix')
    await mkdir(path.join(prefix, 'lib/node_modules'), { recursive: true })
    const env = { ...alice.env, HOME: alice.home, npm_config_prefix: prefix }
    await run('npm', ['link', '--offline', '--ignore-scripts'], { cwd: ROOT, env })
    const manual = await readFile(path.join(prefix, 'share/man/man1/tidings.1'), 'utf8')
    assert.match(manual, /^\.TH TIDINGS 1 /m)
  },
)
