import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { METHODS } from '../../src/api/methods.ts'
import { inShell } from '../../src/cli/arguments.ts'
import { TOPICS } from '../../src/cli/topics.ts'
import { assertRefused, Person, ROOT } from '../e2e/harness.ts'

test('an unknown command names the nearest, at every level', async (t) => {
  const person = await Person.create(t, 'alice')
  for (const [args, message] of [
    [['sned'], /did you mean "send"\?/],
    [['sned', '@bob', '--wiat'], /did you mean "send"\?/],
    [['grup', 'list'], /did you mean "group"\?/],
    [['contact', 'acept'], /did you mean "accept"\?/],
    [['contact', 'ad'], /did you mean "add"\?/],
    [['contact', 'r'], /unknown command 'r'$/m],
    [['profile', 'creat', 'x'], /did you mean "create"\?/],
    [['group', 'oped', '#crew'], /did you mean "open"\?/],
    [['edis'], /did you mean "edit" or "edits"\?/],
    [['help', 'hsitory'], /did you mean "history"\?/],
    [['help', 'contact', 'ad'], /did you mean "add"\?/],
    [['help', 'exit-code'], /did you mean "exit-codes"\?/],
    [['contact'], /"contact" needs a command; see: tidings help contact$/m],
    [['--log', 'warn', 'contact'], /see: tidings help contact$/m],
  ] as const) {
    await assertRefused(person, args, { exit: 2, code: 'unknown_command', message })
  }
})

test('an unknown option or value names the nearest, wherever it stands', async (t) => {
  const person = await Person.create(t, 'alice')
  for (const [args, message] of [
    [['send', '--wiat'], /unknown option '--wiat'; did you mean "--wait"\?/],
    [['send', '@bob', 'hi', '--wiat', 'read'], /did you mean "--wait"\?/],
    [['contact', 'add', 'bob', '--mesage', 'hi'], /did you mean "--message"\?/],
    [['history', '@bob', '--limti', '1'], /did you mean "--limit"\?/],
    [['--jsno', 'status'], /did you mean "--json"\?/],
    [['status', '--porfile', 'x'], /did you mean "--profile"\?/],
    [['mute', '@bob', '--al'], /did you mean "--all"\?/],
    [['start', '--accept', 'aks'], /ask, auto, never; did you mean "ask"\?/],
    [['send', '@bob', 'hi', '--wait=delivred'], /delivered, read; did you mean "delivered"\?/],
    [['--log', 'wran', 'status'], /did you mean "warn"\?/],
    [['export', '@bob', '--format', 'jsnl'], /did you mean "jsonl"\?/],
    [['group', 'create', 'crew', '--history', 'al'], /did you mean "all"\?/],
    [['tell', 'raed'], /read, typing; did you mean "read"\?/],
    [['tell', 'read', 'onn'], /did you mean "on"\?/],
    [['completion', 'zhs'], /did you mean "zsh"\?/],
  ] as const) {
    await assertRefused(person, args, { exit: 2, code: 'bad_input', message })
  }
})

test('usage mistakes are exit 2 and say what is wrong', async (t) => {
  const person = await Person.create(t, 'alice')
  const usage = { exit: 2, code: 'bad_input' }
  for (const [args, message] of [
    [['history'], /conversation'; see: tidings help history$/m],
    [['contact', 'add'], /who'; see: tidings help contact add$/m],
    [['send', '@bob', '--wait'], /--wait <state>.*; see: tidings help send$/m],
    [['history', '@bob', '--limit', 'many'], /must be a number/],
    [['history', '@bob', '--limit', '0'], /"limit" must be at least 1/],
    [['send', '@bob', 'x', '--wait', 'forever'], /delivered, read/],
    [
      ['send', '@bob', 'x', '--wait', 'read', '--timeout', '-1'],
      /--timeout takes from 0 to 2,147,483 seconds/,
    ],
    [['export'], /conversation/],
    [['export', '@bob', '--format', 'pdf'], /jsonl, markdown, text/],
    [['group', 'create', 'crew', '--history', 'none'], /all, joining/],
    [['export', '@bob', '--since', 'monday'], /--since is a day/],
    [['disappear'], /conversation/],
    [['archive', 'import'], /file/],
    [['archive', 'show', 'bob', '--limit', '0'], /"limit" must be at least 1/],
    [['archive', 'show', 'bob', '--before', 'x'], /must be a number/],
    [['archive', 'remove'], /name/],
    [['status', 'now'], /too many arguments.*; see: tidings help status$/m],
    [['start', '--accept', 'maybe'], /ask, auto, never/],
    [['start', '--listen', '1.2.3.4:5'], /\/ip4/],
    [['profile', 'create', 'bob', '--password-file', '/nowhere'], /\/nowhere/],
    [['completion', 'cmd'], /bash, zsh, fish/],
    [['--log', 'loud', 'status'], /debug/],
  ] as const) {
    await assertRefused(person, args, { ...usage, message })
  }
  await assertRefused(person, ['--profile', 'a/b', 'status'], { exit: 2, code: 'bad_name' })
})

test('without a node, a command that needs one is exit 3 and tells how to start it', async (t) => {
  const person = await Person.create(t, 'alice')
  const refusal = { exit: 3, code: 'no_daemon', message: /tidings --profile alice start/ }
  for (const args of [['whoami'], ['send', '@bob', 'hi'], ['tail'], ['stop'], ['contacts']]) {
    await assertRefused(person, args, refusal)
  }
  const status = await person.run(['--json', 'status'])
  assert.equal(status.code, 3)
  assert.equal((JSON.parse(status.stdout) as { running: boolean }).running, false)
  assert.equal((await person.run(['status'])).stdout, 'not running (profile "alice")\n')
  const doctor = await person.run(['--json', 'doctor'])
  assert.equal(doctor.code, 3)
  const [check] = JSON.parse(doctor.stdout) as { ok: boolean; fix: string }[]
  assert.deepEqual([check?.ok, check?.fix], [false, 'tidings --profile alice start --detach'])
})

test('every method that has a command has help with its examples', async (t) => {
  const person = await Person.create(t, 'alice')
  for (const [name, spec] of Object.entries(METHODS)) {
    if (!('command' in spec)) continue
    const { code, stdout } = await person.run(['help', ...name.split('.')])
    assert.equal(code, 0)
    for (const example of spec.command.examples) {
      assert.ok(stdout.includes(inShell(example)), example)
      assert.doesNotMatch(inShell(example), / #/)
    }
    assert.doesNotMatch(stdout, /<(picklist|union|optional)>/, name)
  }
  for (const [topic, { text }] of Object.entries(TOPICS)) {
    assert.equal((await person.run(['help', topic])).stdout, `${text}\n`)
  }
  assert.match((await person.run(['send', '--help'])).stdout, /--wait/)
})

test('version and paths need nothing to exist', async (t) => {
  const person = await Person.create(t, 'alice')
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string
  }
  assert.equal((await person.run(['--version'])).stdout, `${version}\n`)
  const paths = await person.json('paths')
  assert.deepEqual(Object.keys(paths), ['config', 'data', 'state', 'socket', 'log'])
  for (const place of Object.values(paths)) assert.ok(String(place).startsWith(person.home))
})

test('a command loads neither libp2p, the database nor the logger', async (t) => {
  const person = await Person.create(t, 'alice')
  const hook = `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module'
    import { writeSync } from 'node:fs'
    registerHooks({ load: (url, context, next) => (writeSync(2, url + '\\n'), next(url, context)) })
  `)}`
  for (const args of [['status'], ['send', '@bob', 'hi'], ['paths'], ['help']]) {
    const { stderr } = await person.run(args, { env: { NODE_OPTIONS: `--import=${hook}` } })
    assert.match(stderr, /cli\/main\.ts/)
    assert.doesNotMatch(stderr, /libp2p|level|pino|smol-toml|src\/(node|net|store|wire|daemon)\//)
  }
})

test('a command takes less than 200 ms of its own time', async (t) => {
  const person = await Person.create(t, 'alice')
  const time = async (run: () => unknown): Promise<number> => {
    const times = []
    for (let i = 0; i < 7; i++) {
      const before = performance.now()
      await run()
      times.push(performance.now() - before)
    }
    return Math.min(...times)
  }
  const bare = await time(() => spawnSync(process.execPath, ['-e', '0']))
  const ours = await time(() => person.run(['status']))
  t.diagnostic(`node -e 0: ${bare.toFixed()} ms, tidings status: ${ours.toFixed()} ms`)
  assert.ok(ours - bare < 200, `${ours} ms against ${bare} ms`)
})
