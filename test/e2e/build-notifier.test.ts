// examples/build-notifier.ts in front of commands and at the end of pipes, at a real node.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'

import type { Client } from '../../src/api/client.ts'
import { startExample } from './examples.ts'
import { introduce, Person, waitUntil } from './harness.ts'

interface Told {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function notify(
  t: TestContext,
  person: Person,
  args: readonly string[],
  { input = '', signal }: { input?: string | Buffer; signal?: NodeJS.Signals } = {},
): Promise<Told> {
  const child = startExample(t, person, ['build-notifier', ...args], 'pipe')
  assert.ok(child.stdin && child.stdout && child.stderr)
  child.stdin.on('error', () => {}).end(input)
  if (signal) child.stdout.once('data', () => child.kill(signal))
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

async function friends(t: TestContext): Promise<[ci: Person, ann: Client]> {
  const [ci, ann] = [await Person.create(t, 'ci'), await Person.create(t, 'ann')]
  await ci.start()
  await introduce(ci, ann, await ann.start('--accept', 'auto'))
  return [ci, await ann.connect(t)]
}

/** What was said since the last time, oldest first, once there are so many. */
async function heard(ann: Client, count: number): Promise<string[]> {
  const texts = async (): Promise<string[]> => {
    const history = await ann.history({ conversation: 'ci', limit: 1000 })
    return history.slice(-count).map(({ text, replyTo }) => `${replyTo ? '> ' : ''}${text}`)
  }
  await waitUntil(async () => (await texts()).at(-1)?.startsWith('> ') === true, 'the end is told')
  const found = await texts()
  await ann.send({ to: 'ci', text: 'thanks' })
  return found
}

test('in front of a command it tells the end and the last lines, and keeps the code', async (t) => {
  const [ci, ann] = await friends(t)
  const sh = (script: string): string[] => ['--', 'sh', '-c', script]
  const fine = await notify(t, ci, ['@ann', '--lines', '3', ...sh('seq 1 5; echo done >&2; cat')], {
    input: 'from stdin\n',
  })
  assert.deepEqual(fine, { code: 0, stdout: '1\n2\n3\n4\n5\nfrom stdin\n', stderr: 'done\n' })
  const [started, ended] = await heard(ann, 2)
  assert.equal(started, 'sh: started')
  // Of what comes in two streams nobody knows the order.
  assert.match(ended ?? '', /^> sh: passed after 0 s\n(5|from stdin|done)(\n.+){2}$/)

  const failed = await notify(t, ci, ['@ann', '--name', 'unit tests', ...sh('echo no; exit 7')])
  assert.deepEqual([failed.code, failed.stdout], [7, 'no\n'])
  assert.deepEqual(await heard(ann, 2), [
    'unit tests: started',
    '> unit tests: failed (exit 7) after 0 s\nno',
  ])
  const killed = await notify(t, ci, ['@ann', ...sh('kill -9 $$')])
  assert.equal(killed.code, 137)
  assert.match((await heard(ann, 2))[1] ?? '', /^> sh: failed \(SIGKILL\) after 0 s$/)
  const stopped = await notify(t, ci, ['@ann', ...sh('echo up; exec sleep 60')], {
    signal: 'SIGTERM',
  })
  assert.equal(stopped.code, 143)
  assert.match((await heard(ann, 2))[1] ?? '', /^> sh: failed \(SIGTERM\) after \d s\nup$/)
  const missing = await notify(t, ci, ['@ann', '--', '/nowhere/make'])
  assert.equal(missing.code, 127)
  assert.match((await heard(ann, 2))[1] ?? '', /^> make: failed \(it cannot be run\)/)
  // What it leaves in the background is not waited for.
  const left = await notify(t, ci, ['@ann', ...sh('sleep 30 & echo up')])
  assert.deepEqual([left.code, left.stdout], [0, 'up\n'])
})

test('at the end of a pipe it passes all on, with the code of the last line', async (t) => {
  const [ci, ann] = await friends(t)
  const long = `${'x'.repeat(100)}\n`.repeat(100_000)
  const fine = await notify(t, ci, ['@ann', '--name', 'gcc'], { input: `${long}10%\r20%\r100%\n` })
  assert.equal(fine.code, 0)
  assert.equal(fine.stdout, `${long}10%\r20%\r100%\n`)
  const [started, ended] = await heard(ann, 2)
  assert.equal(started, 'gcc: started')
  assert.match(ended ?? '', /^> gcc: ended after \d s\n(x{100}\n){9}100%$/)
  const failed = await notify(t, ci, ['@ann', '--name', 'gcc'], { input: 'error\nexit 2\n' })
  assert.equal(failed.code, 2)
  assert.match(
    (await heard(ann, 2))[1] ?? '',
    /^> gcc: failed \(exit 2\) after 0 s\nerror\nexit 2$/,
  )
  const passed = await notify(t, ci, ['@ann'], { input: 'exit 0' })
  assert.equal(passed.code, 0)
  assert.match((await heard(ann, 2))[1] ?? '', /^> build: passed after 0 s\nexit 0$/)
  // Lines without an end, what is no text, and more than a message holds.
  const wide = await notify(t, ci, ['@ann', '--lines', '50'], {
    input: Buffer.concat([
      Buffer.from('語'.repeat(1000) + '\n'.repeat(3)),
      Buffer.alloc(1e6, 0xff),
    ]),
  })
  assert.equal(wide.code, 0)
  assert.match((await heard(ann, 2))[1] ?? '', /^> build: ended after \d s\n\ufffd{300}$/)
})

test('a build does not fail because nobody can be told', async (t) => {
  const person = await Person.create(t, 'ci')
  const told = await notify(t, person, ['#crew', '--', 'echo', 'built'])
  assert.deepEqual([told.code, told.stdout], [0, 'built\n'])
  assert.match(told.stderr, /^(build-notifier: #crew is not told: no node runs .*\n){2}$/)
  const usage = await notify(t, person, ['--', 'make'])
  assert.equal(usage.code, 2)
  assert.match(usage.stderr, /^usage: /)
  const forgotten = await notify(t, person, ['#crew', 'make', '-j4'])
  assert.equal(forgotten.code, 2)
  assert.match(forgotten.stderr, /^build-notifier: Unknown option '-j'.*\nusage: .*\n$/)
})
