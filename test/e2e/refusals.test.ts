// What people and scripts get wrong, against real nodes: each mistake has its code, its exit code
// and words, and changes nothing.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { TEXT_BYTES_MAX } from '../../src/core/limits.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

test('a message that cannot be sent is refused by its own code, and nothing is kept', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))

  const tooLong = 'ü'.repeat(TEXT_BYTES_MAX / 2 + 1)
  const nowhere = `${'0'.repeat(26)}-1`
  const notUtf8 = Buffer.from([0x68, 0xff, 0xfe])
  const send = ['send', '@bob']
  const whole = [...send, '--file', '-']
  const cases = [
    [[...send, ''], { exit: 2, code: 'text_empty' }],
    [send, { exit: 2, code: 'text_empty', options: { input: '\n' } }],
    [[...send, tooLong], { exit: 2, code: 'text_too_long', message: /32 KiB/ }],
    [whole, { exit: 2, code: 'text_empty', options: { input: '\n' } }],
    [whole, { exit: 2, code: 'text_too_long', options: { input: tooLong } }],
    [whole, { exit: 2, code: 'text_too_long', options: { input: 'x'.repeat(5_000_000) } }],
    [whole, { exit: 2, code: 'text_not_utf8', options: { input: notUtf8 } }],
    [[...whole, 'words'], { exit: 2, code: 'bad_input', message: /either/ }],
    [[...send, '--file', 'nowhere'], { exit: 1, code: 'file_unusable', message: /nowhere/ }],
    [[...send, '--file', '.'], { exit: 1, code: 'file_unusable' }],
    [['send', '@nobody'], { exit: 1, code: 'unknown_name', options: { input: 'hi\nhi\n' } }],
    [['send', '@nobody', 'hi'], { exit: 1, code: 'unknown_name', message: /"@nobody"/ }],
    [['history', '@nobody'], { exit: 1, code: 'unknown_name', message: /nobody/ }],
    [['contact', 'accept', '@nobody'], { exit: 1, code: 'unknown_name' }],
    [['read', '@nobody'], { exit: 1, code: 'unknown_name' }],
    [['read', '@bob', '--up-to', nowhere], { exit: 1, code: 'unknown_message' }],
    [['mute', '@bob', '--for', 'a while'], { exit: 2, code: 'bad_input', message: /8h/ }],
    [['unmute', '#team'], { exit: 1, code: 'unknown_conversation' }],
    [['draft', '@bob', tooLong], { exit: 2, code: 'text_too_long' }],
    [['tell', 'read', 'maybe'], { exit: 2, code: 'bad_input', message: /on, off, default/ }],
    [['tell', 'read', 'off', '--in', '@nobody'], { exit: 1, code: 'unknown_name' }],
    [['edit', `${'0'.repeat(26)}-1`, 'x'], { exit: 1, code: 'unknown_message' }],
    [['edit', 'x', ''], { exit: 2, code: 'text_empty' }],
    [['edit', 'x'], { exit: 2, code: 'text_not_utf8', options: { input: notUtf8 } }],
    [['delete', 'x'], { exit: 2, code: 'bad_input', message: /"x" is not a message id/ }],
    [['react', `${'0'.repeat(26)}-1`, 'ok'], { exit: 2, code: 'bad_emoji', message: /"ok"/ }],
    [['pin', `${'0'.repeat(26)}-1`], { exit: 1, code: 'unknown_message' }],
    [['unpin', 'x'], { exit: 2, code: 'bad_input' }],
    [['edits', `${'0'.repeat(26)}-1`], { exit: 1, code: 'unknown_message' }],
    [['pins', '@nobody'], { exit: 1, code: 'unknown_name' }],
    [['tail', '--cursor', '--since', '0'], { exit: 2, code: 'bad_input', message: /either/ }],
    [['tail', '--since', 'yesterday'], { exit: 2, code: 'bad_input', message: /yesterday/ }],
    [['tail', '--since', '999.0.1'], { exit: 2, code: 'bad_input', message: /ahead of this node/ }],
    [['contact', 'add', '127.0.0.1:1'], { exit: 1, code: 'unreachable', message: /127.0.0.1/ }],
    [['contact', 'add', 'tidings://nonsense'], { exit: 2, code: 'bad_input' }],
    [['contact', 'rename', 'bob', 'a\u001b[2Jb'], { exit: 2, code: 'bad_name' }],
  ] as const
  for (const [args, refusal] of cases) await assertRefused(alice, args, refusal)
  assert.deepEqual(await alice.json('history', '@bob'), [])
  const [untouched] = await alice.json<{ muted: boolean; draft: string }[]>('conversations')
  assert.deepEqual([untouched?.muted, untouched?.draft], [false, ''])

  // The longest text there may be, and the end of its last line does not count.
  const longest = 'x'.repeat(TEXT_BYTES_MAX)
  const { code, stderr } = await alice.run(send, { input: `${longest}\n` })
  assert.equal(code, 0, stderr)
  const [message] = await alice.json<{ text: string }[]>('history', '@bob')
  assert.equal(message?.text, longest)
})

test('an argument that is not UTF-8 is refused instead of being changed', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.start()
  const bin = path.join(import.meta.dirname, '../../bin/tidings.js')
  // Node passes arguments as UTF-8, so a shell has to make one that is none.
  const script = `"$0" "$1" --json send @bob $'caf\\xe9'`
  const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, bin], {
    env: alice.env,
  })
  assert.equal(status, 2)
  assert.match(stderr.toString(), /"text_not_utf8"/)
})

test('a name that two accounts carry is never guessed; the id decides', async (t) => {
  const alice = await Person.create(t, 'alice')
  const twins = [await Person.create(t, 'twin'), await Person.create(t, 'twin')]
  await alice.start()
  for (const twin of twins) await introduce(alice, twin, await twin.start('--accept', 'auto'))
  const refusal = { exit: 1, code: 'ambiguous_name', message: /twin.*twin/ }
  await assertRefused(alice, ['send', '@twin', 'hi'], refusal)
  await assertRefused(alice, ['contact', 'block', 'twin'], refusal)
  const [first] = await alice.json<{ account: string }[]>('contacts')
  const sent = await alice.json('send', first?.account.slice(0, 10) ?? '', 'hi')
  assert.equal(typeof sent['id'], 'string')
})

test('send --wait that is not delivered in time is exit 5, and the message stays', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  await bob.json('stop')
  const args = ['--json', 'send', '@bob', 'later', '--wait', 'delivered', '--timeout', '0.2']
  const { code, stdout, stderr } = await alice.run(args)
  assert.equal(code, 5)
  assert.equal((JSON.parse(stdout) as { state: string }).state, 'queued')
  assert.match(stderr, /"code":"not_delivered"/)
  assert.equal((await alice.json<object[]>('history', '@bob')).length, 1)
})

test('a wrong password is exit 4 and changes nothing', async (t) => {
  const alice = await Person.create(t, 'alice')
  const [right, wrong] = ['right', 'wrong'].map((name) => path.join(alice.home, name))
  assert.ok(right && wrong)
  writeFileSync(right, 'correct horse\n')
  writeFileSync(wrong, 'battery staple\n')
  const created = await alice.json('profile', 'create', 'alice', '--password-file', right)
  assert.deepEqual(Object.keys(created), ['profile', 'name', 'account'])
  const [profile] = await alice.json<{ locked: boolean }[]>('profile', 'list')
  assert.equal(profile?.locked, true)
  const file = path.join(alice.home, 'profiles/alice/profile.json')
  const before = readFileSync(file)

  const refusal = { exit: 4, code: 'wrong_password' }
  await assertRefused(alice, ['start', '--password-file', wrong], refusal)
  await assertRefused(alice, ['start', '--detach', '--password-file', wrong], refusal)
  await assertRefused(alice, ['start', '--no-input'], { exit: 4, code: 'profile_locked' })
  const passwd = ['profile', 'passwd', '--no-password', '--password-file', wrong]
  await assertRefused(alice, passwd, refusal)
  const unnamed = { exit: 4, code: 'profile_locked', message: /--password-file/ }
  await assertRefused(alice, ['profile', 'passwd', '--no-password'], unnamed)
  const both = ['profile', 'passwd', '--no-password', '--new-password-file', right]
  const contrary = { exit: 2, code: 'bad_input', message: /exclude each other/ }
  await assertRefused(alice, [...both, '--password-file', right], contrary)
  assert.deepEqual(readFileSync(file), before)

  const ready = await alice.start('--password-file', right)
  assert.equal(ready.account, created['account'])
  const { stdout, stderr } = await alice.run(['status'])
  assert.doesNotMatch(stdout + stderr, /correct horse/)
  await alice.json('stop')

  await alice.json('profile', 'passwd', '--password-file', right, '--new-password-file', wrong)
  await assertRefused(alice, ['start', '--password-file', right], refusal)
  assert.equal((await alice.start('--password-file', wrong)).account, created['account'])
})

test('a profile that is there already, or cannot be, is refused', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.json('profile', 'create', 'alice', '--no-password')
  const create = ['profile', 'create']
  await assertRefused(alice, [...create, 'alice'], { exit: 1, code: 'profile_exists' })
  await assertRefused(alice, [...create, '../x'], { exit: 2, code: 'bad_name' })
  await assertRefused(alice, [...create, 'a\u001bb'], { exit: 2, code: 'bad_name' })
  const nobody = ['--profile', 'nobody', 'profile', 'passwd', '--no-password']
  await assertRefused(alice, nobody, { exit: 1, code: 'unknown_profile' })
  assert.equal((await alice.json<object[]>('profile', 'list')).length, 1)
})

test('a second node says that one runs, and with which process id', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { pid } = await alice.start()
  const refusal = { exit: 1, code: 'already_running', message: new RegExp(`pid ${pid}\\b`) }
  await assertRefused(alice, ['start', '--no-input'], refusal)
  await assertRefused(alice, ['start', '--detach', '--no-input'], refusal)
  assert.equal((await alice.json('status'))['pid'], pid)
})

test('a node that hangs is found by its lock', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { child, ready } = await alice.foreground()
  child.kill('SIGSTOP')
  const { code, stderr } = await alice.run(['--json', 'start', '--detach', '--no-input'])
  child.kill('SIGCONT')
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`"already_running".*pid ${ready.pid}\\b`))
})

test('of several starts at once exactly one runs, and the others say so', async (t) => {
  const alice = await Person.create(t, 'alice')
  const start = ['--json', 'start', '--detach', '--no-input', '--listen', '/ip4/127.0.0.1/tcp/0']
  const starts = await Promise.all([1, 2, 3, 4].map(() => alice.run(start)))
  const codes = starts.map(({ code }) => Number(code)).toSorted((a, b) => a - b)
  assert.deepEqual(codes, [0, 1, 1, 1], starts.map(({ stderr }) => stderr).join(''))
  for (const { code, stderr } of starts) {
    if (code === 1) assert.match(stderr, /"already_running"/)
  }
})

test('a home that cannot be used is home_unusable and names the folder', async (t) => {
  const alice = await Person.create(t, 'alice')
  const file = path.join(alice.home, 'file')
  await writeFile(file, '')
  const refusal = { exit: 1, code: 'home_unusable', message: /file/ }
  await assertRefused(alice, ['--home', file, 'start', '--no-input'], refusal)
  await assertRefused(alice, ['--home', file, 'profile', 'create', 'bob'], refusal)
})

const isLinux = process.platform === 'linux'
const onLinux = { skip: !isLinux && 'there is no /proc', timeout: 30_000 }
test('a home where no folder can ever be made ends the start at once', onLinux, async (t) => {
  const alice = await Person.create(t, 'alice')
  const refusal = { exit: 1, code: 'home_unusable', message: /made in \/proc/ }
  await assertRefused(alice, ['--home', '/proc/x/y', 'start', '--no-input'], refusal)
  await assertRefused(alice, ['--home', '/proc/x', 'profile', 'create', 'bob'], refusal)
})

test('a log that cannot be written ends the start, detached or not', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { log } = await alice.json<{ log: string }>('paths')
  await mkdir(log, { recursive: true })
  const refusal = { exit: 1, code: 'home_unusable', message: /alice\.log/ }
  await assertRefused(alice, ['start', '--no-input'], refusal)
  await assertRefused(alice, ['start', '--no-input', '--detach'], refusal)
})

test('a home that belongs to somebody else is home_unusable', async (t) => {
  const NOBODY = 65_534
  const alice = await Person.create(t, 'alice')
  await alice.json('profile', 'create', 'alice', '--no-password')
  const options = { uid: NOBODY }
  const isRoot = process.getuid?.() === 0
  if (!isRoot || (await alice.run(['--version'], options)).code !== 0) {
    return t.skip('needs root, and a checkout that others may read')
  }
  const refusal = { exit: 1, code: 'home_unusable', message: /home/, options }
  for (const args of [
    ['start', '--no-input'],
    ['status'],
    ['profile', 'list'],
    ['send', 'b', 'x'],
  ]) {
    await assertRefused(alice, args, refusal)
  }
})

test('a profile of a newer version is database_newer and stays as it is', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.json('profile', 'create', 'alice', '--no-password')
  const file = path.join(alice.home, 'profiles/alice/profile.json')
  const newer = (await readFile(file, 'utf8')).replace(/"format": \d+/, '"format": 99')
  await writeFile(file, newer)
  const refusal = { exit: 1, code: 'database_newer', message: /newer version/ }
  await assertRefused(alice, ['start', '--no-input'], refusal)
  assert.equal(await readFile(file, 'utf8'), newer)
})

test('a bad setting or a port that is taken ends the start with words about it', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  const { addresses } = await bob.start()
  const [, port] = /tcp\/(\d+)/.exec(addresses[0] ?? '') ?? []
  const taken = ['start', '--no-input', '--listen', `/ip4/127.0.0.1/tcp/${port}`]
  const refusal = { exit: 1, code: 'listen_failed', message: new RegExp(`${port}`) }
  await assertRefused(alice, taken, refusal)
  await assertRefused(alice, [...taken, '--detach'], refusal)
  await writeFile(path.join(alice.home, 'config.toml'), 'colour = "red"\n')
  const config = { exit: 2, code: 'bad_config', message: /config.toml: .* "colour"/ }
  await assertRefused(alice, ['start', '--no-input'], config)
  // A profile that is not there yet is neither asked for nor made.
  for (const args of [['start', '--no-input'], ['start', '--detach'], ['repl']]) {
    await assertRefused(alice, ['--profile', 'carol', ...args], config)
  }
  assert.equal((await alice.json<object[]>('profile', 'list')).length, 1)
})

test('for a name that may be mistyped no profile is made, unless it is said', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.json('profile', 'create', 'alice', '--no-password')
  const refusal = { exit: 1, code: 'unknown_profile', message: /"alcie"; --no-input makes one/ }
  for (const args of [['start'], ['start', '--detach'], ['repl'], []]) {
    await assertRefused(alice, ['--profile', 'alcie', ...args], refusal)
  }
  assert.equal((await alice.json<object[]>('profile', 'list')).length, 1)
})

test('a result that finds no room is a failure, not silence', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full')
  const alice = await Person.create(t, 'alice')
  await alice.start()
  const bin = path.join(import.meta.dirname, '../../bin/tidings.js')
  for (const args of [['whoami'], ['--json', 'contacts'], ['paths'], ['repl']]) {
    const script = 'echo /whoami | "$0" "$@" >/dev/full'
    const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, bin, ...args], {
      env: alice.env,
    })
    assert.equal(status, 1, args.join(' '))
    assert.match(stderr.toString(), /cannot be written: ENOSPC/)
  }
})

test('completion offers no name that a shell would run', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  const ready = await bob.start('--accept', 'auto')
  const { account } = ready
  await introduce(alice, bob, ready)
  const offered = async (partial: string): Promise<string> => {
    const { stdout } = await alice.run(['__complete', 'zsh', '--', 'send', partial])
    return stdout.replace(/\t.*/, '')
  }
  assert.equal(await offered(''), 'bob\n')
  assert.equal(await offered('@b'), '@bob\n')
  for (const alias of ['x;reboot', '$(reboot)', '`reboot`', '*', '-rf', "it's"]) {
    await alice.json('contact', 'rename', account, '--', alias)
    assert.equal(await offered(''), `${account.slice(0, 8)}\n`, alias)
  }
})

test("a request's words and a stranger's name move no cursor here", async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  const { addresses } = await alice.start()
  await bob.start()
  await bob.json('contact', 'add', addresses[0] ?? '', '--message', 'hi \u001b[2J\u202e there')
  await waitUntil(async () => (await alice.json<object[]>('contacts')).length > 0, 'a request')
  const { stdout } = await alice.run(['contacts'])
  assert.match(stdout, /hi \\x1b\[2J/)
  assert.ok(!stdout.includes('\u001b') && !stdout.includes('\u202e'))
})
