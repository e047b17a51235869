// examples/bridge.ts between real nodes: who may ask for what, limits, and once is once.
import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'

import type { Client, Message } from '../../src/api/client.ts'
import { kill, startExample } from './examples.ts'
import { introduce, Person, waitUntil } from './harness.ts'

interface Scene {
  readonly ann: Client
  readonly host: Person
  readonly account: string
  /** Writes the configuration, with what is given in place of the usual. */
  readonly configure: (config: object) => Promise<void>
  readonly startBridge: () => Promise<ChildProcess>
  /** The answers that came, oldest first. */
  readonly answers: () => Promise<Message[]>
  readonly file: (name: string) => string
}

const sh = (script: string): string[] => ['sh', '-c', script]

async function scene(t: TestContext): Promise<Scene> {
  const [asker, host] = [await Person.create(t, 'ann'), await Person.create(t, 'bridge')]
  const { account } = await asker.start()
  await introduce(asker, host, await host.start('--accept', 'auto'))
  const ann = await asker.connect(t)
  const file = (name: string): string => path.join(host.home, name)
  return {
    ann,
    host,
    account,
    file,
    configure: (config) =>
      writeFile(file('bridge.json'), JSON.stringify({ accounts: [account], ...config })),
    startBridge: async () => {
      const child = startExample(t, host, ['bridge', 'bridge.json', 'state.json'])
      await waitUntil(async () => {
        const state = await readFile(file('state.json'), 'utf8').catch(() => '{}')
        return typeof (JSON.parse(state) as { cursor?: string }).cursor === 'string'
      }, 'the bridge follows')
      return child
    },
    answers: async () => {
      const history = await ann.history({ conversation: 'bridge', limit: 1000 })
      return history.filter(({ own }) => !own)
    },
  }
}

async function ask({ ann, answers }: Scene, words: string): Promise<string> {
  const { id } = await ann.send({ to: 'bridge', text: words })
  let answer: Message | undefined
  await waitUntil(async () => {
    answer = (await answers()).find(({ replyTo }) => replyTo?.id === id)
    return answer !== undefined
  }, `an answer to ${words}`)
  return answer?.text ?? ''
}

test('a mention runs what is allowed, and nothing of the message is ever a command', async (t) => {
  const bridge = await scene(t)
  const { ann, account, answers, configure, startBridge } = bridge
  await ann.send({ to: 'bridge', text: '@bridge hello' })
  await configure({
    commands: {
      hello: ['echo', 'hello', '$HOME', '; id'],
      cat: ['cat'],
      fail: sh('echo oops >&2; exit 3'),
      who: sh('echo "$BRIDGE_ACCOUNT ${TIDINGS_HOME-unset}"'),
      nothing: ['true'],
      missing: ['/nowhere/to/be/found'],
      loud: sh('printf "\\033[31mred\\033[0m\\n"'),
    },
  })
  await startBridge()
  await ann.send({ to: 'bridge', text: 'hello without a mention' })
  const known = 'I know: hello, cat, fail, who, nothing, missing, loud'
  for (const [words, answer] of [
    ['@bridge hello', 'hello: done\nhello $HOME ; id'],
    ['@Bridge: hello $(id) `id`', 'hello: done\nhello $HOME ; id'],
    ['would you, @bridge, cat  $(id); `id`\n\nx', 'cat: done\n$(id); `id`\n\nx'],
    ['@bridge fail', 'fail: exit 3\noops'],
    ['@bridge who', `who: done\n${account} unset`],
    ['@bridge nothing', 'nothing: done'],
    ['@bridge missing', 'missing: cannot be run: ENOENT'],
    ['@bridge loud', 'loud: done\nred'],
    ['@bridge rm -rf /', known],
    ['@bridge constructor', known],
    ['@bridge', known],
  ] as const) {
    assert.equal(await ask(bridge, words), answer, words)
  }
  // What was said before it was there, and what was not for it, is not answered.
  assert.equal((await answers()).length, 11)
})

test('others are not answered, in a group either, whatever they call themselves', async (t) => {
  const bridge = await scene(t)
  const { ann, host, configure, startBridge, file } = bridge
  const mallory = await Person.create(t, 'ann')
  await mallory.start()
  await introduce(mallory, host, await host.json('whoami'))
  await configure({ commands: { touch: sh(`echo ran >> ${file('ran')}`) } })
  await startBridge()
  const theirs = await mallory.connect(t)
  await theirs.send({ to: 'bridge', text: '@bridge touch' })
  await ann.group.create({ name: 'crew' })
  await ann.group.invite({ group: '#crew', who: 'bridge' })
  const bots = await host.connect(t)
  const joined = async (): Promise<boolean> => (await bots.group.list())[0]?.state === 'joined'
  await waitUntil(joined, 'the bridge is in the group')
  // The bridge's own account may be mentioned by itself, from another front end.
  await bots.send({ to: '#crew', text: '@bridge touch' })
  await ann.send({ to: '#crew', text: '@bridge touch' })
  const said = async (): Promise<string[]> =>
    (await ann.history({ conversation: '#crew' })).flatMap(({ kind, text }) =>
      kind === 'text' ? [text] : [],
    )
  await waitUntil(async () => (await said()).includes('touch: done'), 'the answer in the group')
  assert.equal(await ask(bridge, '@bridge touch'), 'touch: done')
  assert.equal((await said()).length, 3)
  assert.equal(await readFile(file('ran'), 'utf8'), 'ran\nran\n')
  const history = await theirs.history({ conversation: 'bridge' })
  assert.deepEqual(
    history.map(({ own }) => own),
    [true],
  )
})

test('a command that hangs ends with all that it started; output has a limit', async (t) => {
  const bridge = await scene(t)
  const { configure, startBridge, file } = bridge
  const stubborn =
    "trap '' TERM; sleep 301 & echo $! > pids; trap '' TERM; echo $$ >> pids; wait; wait"
  await configure({
    timeoutMs: 700,
    commands: {
      hang: sh(`cd ${path.dirname(file('x'))}; ${stubborn}; sleep 302`),
      leave: sh(`sleep 303 & echo $! > ${file('left')}; echo left`),
      flood: ['node', '-e', "process.stdout.write('é'.repeat(50_000))"],
      endless: sh('yes é'),
      binary: sh('head -c 100000 /dev/urandom'),
    },
  })
  await startBridge()
  assert.equal(await ask(bridge, '@bridge hang'), 'hang: stopped after 0.7 s')
  assert.equal(await ask(bridge, '@bridge leave'), 'leave: done\nleft')
  const pids = `${await readFile(file('pids'), 'utf8')}${await readFile(file('left'), 'utf8')}`
  for (const pid of pids.trim().split('\n')) {
    assert.match(pid, /^\d+$/)
    await waitUntil(() => !isAlive(Number(pid)), `${pid} is gone`)
  }
  const flood = await ask(bridge, '@bridge flood')
  assert.equal(flood, `flood: done\n${'é'.repeat(2000)}\n(the first 4,000 of 100,000 bytes)`)
  const endless = await ask(bridge, '@bridge endless')
  assert.match(endless, /^endless: stopped after 0\.7 s\né\né\n/)
  assert.match(await ask(bridge, '@bridge binary'), /\(the first 4,000 of 100,000 bytes\)$/)
})

/** Whether it runs; a zombie that nobody waits for does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
  return !stdout.toString().startsWith('Z')
}

test('no more commands than allowed run at once, and none is passed over', async (t) => {
  const bridge = await scene(t)
  const { ann, answers, configure, startBridge, file } = bridge
  const log = file('log')
  await configure({
    atOnce: 2,
    commands: { log: sh(`echo + >> ${log}; sleep 0.1; echo - >> ${log}`) },
  })
  await startBridge()
  for (let i = 0; i < 12; i++) await ann.send({ to: 'bridge', text: '@bridge log' })
  await waitUntil(async () => (await answers()).length === 12, 'all answers')
  const counts = [0]
  for (const sign of (await readFile(log, 'utf8')).trim().split('\n')) {
    counts.push((counts.at(-1) ?? 0) + (sign === '+' ? 1 : -1))
  }
  assert.equal(counts.length, 25)
  assert.equal(Math.max(...counts), 2)
})

test('over kills of itself and its node each is answered once, and run at most once', async (t) => {
  const bridge = await scene(t)
  const { ann, answers, host, configure, startBridge, file } = bridge
  const ran = file('ran')
  await configure({ commands: { note: sh(`echo "$(cat)" >> ${ran}`), slow: ['sleep', '5'] } })
  let child = await startBridge()
  const asked: string[] = []
  const send = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const { id } = await ann.send({ to: 'bridge', text: `@bridge note ${asked.length}` })
      asked.push(id)
    }
  }
  await send(5)
  // Each kill hits it at another moment of its work.
  for (const delayMs of [3, 11, 23, 37, 53, 71]) {
    const sending = send(8)
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    await kill(child, 'SIGKILL')
    await sending
    child = await startBridge()
  }
  // The node goes away below a bridge that stays, while it has work.
  const { id: slow } = await ann.send({ to: 'bridge', text: '@bridge slow' })
  const noted = async (): Promise<boolean> =>
    (await readFile(file('state.json'), 'utf8')).includes(slow)
  await waitUntil(noted, 'it is at work', 30_000)
  await host.json('stop')
  await send(5)
  await host.start('--accept', 'auto')
  asked.push(slow)
  await waitUntil(async () => (await answers()).length >= asked.length, 'all answers', 60_000)
  // Stopped in the middle of one, it says so when it is back, and does not do it again.
  const { id: cut } = await ann.send({ to: 'bridge', text: '@bridge slow' })
  const isCut = async (): Promise<boolean> =>
    (await readFile(file('state.json'), 'utf8')).includes(cut)
  await waitUntil(isCut, 'it is at work again')
  await kill(child, 'SIGTERM')
  assert.equal(child.exitCode, 0)
  child = await startBridge()
  asked.push(cut)
  await waitUntil(async () => (await answers()).length >= asked.length, 'the last answer')
  const all = await answers()
  const answered = all.map(({ replyTo }) => replyTo?.id ?? '')
  assert.deepEqual(answered.toSorted(), asked.toSorted())
  const answerTo = new Map(all.map(({ replyTo, text }) => [replyTo?.id, text]))
  assert.equal(answerTo.get(cut), 'slow: interrupted, and not run again')
  assert.equal(answerTo.get(slow), 'slow: done')
  const runs = (await readFile(ran, 'utf8')).trim().split('\n')
  assert.equal(new Set(runs).size, runs.length, 'one ran twice')
  asked.forEach((id, i) => {
    if (answerTo.get(id) === 'note: done') assert.ok(runs.includes(String(i)), `${i} ran`)
  })
  await kill(child, 'SIGTERM')
})

test('what was answered already and is told once more is not run again', async (t) => {
  const bridge = await scene(t)
  const { configure, startBridge, file } = bridge
  await configure({ commands: { note: sh(`echo "$(cat)" >> ${file('ran')}`) } })
  const first = await startBridge()
  const before = await readFile(file('state.json'))
  await ask(bridge, '@bridge note one')
  await kill(first, 'SIGTERM')
  await writeFile(file('state.json'), before)
  const second = await startBridge()
  await ask(bridge, '@bridge note two')
  await kill(second, 'SIGTERM')
  assert.equal(await readFile(file('ran'), 'utf8'), 'one\ntwo\n')
})

test('a command that ends the bridge itself is not run by each that follows', async (t) => {
  const bridge = await scene(t)
  const { ann, answers, configure, startBridge, file } = bridge
  const ran = file('ran')
  await configure({ commands: { fatal: sh(`echo ran >> ${ran}; kill -9 $PPID`) } })
  for (let i = 1; i <= 5; i++) {
    const child = await startBridge()
    const exit = once(child, 'exit')
    await ann.send({ to: 'bridge', text: '@bridge fatal' })
    await exit
  }
  await startBridge()
  await waitUntil(async () => (await answers()).length === 5, 'all answers')
  const words = (await answers()).map(({ text }) => text)
  assert.deepEqual(new Set(words), new Set(['fatal: interrupted, and not run again']))
  assert.equal(await readFile(ran, 'utf8'), 'ran\n'.repeat(5))
})

test('a configuration that would let in a name, or lacks its limits, is refused', async (t) => {
  const person = await Person.create(t, 'bridge')
  for (const [config, words] of [
    [{ accounts: ['ann'] }, /"accounts" are ids/],
    [{ commands: { x: 'rm -rf /' } }, /a command is a list/],
    [{ timeoutMs: 0 }, /above 0/],
    [{ outputBytesMax: 1e6 }, /at most 10000/],
    [{ timeout: 1 }, /there is no "timeout"/],
  ] as const) {
    await writeFile(path.join(person.home, 'bridge.json'), JSON.stringify(config))
    const stdio = ['ignore', 'inherit', 'pipe'] as const
    const child = startExample(t, person, ['bridge'], [...stdio])
    assert.ok(child.stderr)
    const told = await text(child.stderr)
    assert.match(told, /^bridge: bridge\.json: .*\n$/)
    assert.match(told, words)
  }
})
