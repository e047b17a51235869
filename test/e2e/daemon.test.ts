// A daemon as its surroundings know it: files, sockets, signals, garbage, death.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect as dial, type Socket } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import * as v from 'valibot'

import { isTidingsError } from '../../src/api/client.ts'
import { METHODS } from '../../src/api/methods.ts'
import { event as eventSchema } from '../../src/api/shapes.ts'
import { firstWords, introduce, Person, waitUntil } from './harness.ts'

/** Where there is no other interface than loopback, that is what is wrong. */
const DOCTOR_ON_LOOPBACK =
  /^The likely cause: (only programs of this|there is no network).*\n {7}-> .*\n\nBAD +(l|n)/

test('every command prints what the table of methods says', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  const ready = await bob.start('--accept', 'auto')
  await introduce(alice, bob, ready)
  const sent = await alice.json<{ id: string }>('send', '@bob', 'hello', '--wait', 'delivered')
  assert.deepEqual(sent, { ...v.parse(METHODS.send.result, sent), state: 'delivered' })
  const commands = {
    status: ['status'],
    whoami: ['whoami'],
    invite: ['invite'],
    nearby: ['nearby'],
    contacts: ['contacts'],
    conversations: ['conversations'],
    read: ['read', '@bob'],
    mute: ['mute', '@bob', '--for', '8h', '--all'],
    unmute: ['unmute', '@bob'],
    draft: ['draft', '@bob', 'Lunch', 'at'],
    tell: ['tell', 'read', 'off', '--in', '@bob'],
    history: ['history', '@bob'],
    sync: ['sync'],
    'contact.show': ['contact', 'show', 'bob'],
    'contact.verify': ['contact', 'verify', 'bob', '--confirm'],
    'contact.rename': ['contact', 'rename', 'bob', 'Bobby'],
    'contact.remove': ['contact', 'remove', 'Bobby'],
    'contact.add': ['contact', 'add', ready.addresses[0] ?? ''],
    'contact.block': ['contact', 'block', ready.account],
    'contact.unblock': ['contact', 'unblock', ready.account],
  } as const
  // It finds that nobody on a network could connect.
  const { code, stdout } = await alice.run(['--json', 'doctor'])
  const checks: unknown = JSON.parse(stdout)
  assert.deepEqual([code, checks], [1, v.parse(METHODS.doctor.result, checks)])
  for (const [name, args] of Object.entries(commands)) {
    const result = await alice.json(...args)
    const schema: v.GenericSchema = METHODS[name as keyof typeof commands].result
    assert.deepEqual(result, v.parse(schema, result), name)
  }
})

test('text of every command is for people, and without escapes where no terminal is', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  await alice.json('send', '@bob', 'two\nlines', '--wait', 'delivered')
  for (const [args, expected, exit = 0] of [
    [['status'], /name +alice/],
    [['whoami'], /account +\w{52}/],
    [['invite'], /^tidings:\S+\n\n.*[█▀▄]/],
    [['contacts'], /^bob +\w{8} +friend +online\n$/],
    [['history', 'bob'], /alice: two\n {4}lines +\(delivered\)\n$/],
    [['conversations'], /^bob .* two…\n$/],
    [['sync'], /^bob: complete\n/],
    [['doctor'], DOCTOR_ON_LOOPBACK, 1],
    [['contact', 'show', 'bob'], /number +\d{5} \d{5}/],
    [['contact', 'rename', 'bob', 'Bobby'], /^Bobby \(bob\) \(\w{8}\): friend\n$/],
    [['nearby'], /^Nobody is discovered/],
    [['send', 'Bobby', 'hi'], /^(queued|delivered) \S+\n$/],
  ] as const) {
    const { code, stdout, stderr } = await alice.run(args)
    assert.equal(code, exit, stderr)
    assert.match(stdout, expected)
    assert.ok(!stdout.includes('\u001b'), args.join(' '))
  }
})

test('a node begins with settings that give memory back, as the very process', async (t) => {
  if (process.platform !== 'linux') return t.skip('these settings are of Linux')
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  const { child, ready } = await alice.foreground()
  assert.equal(ready.pid, child.pid)
  for (const { pid } of [ready, await bob.start()]) {
    assert.match(
      readFileSync(`/proc/${pid}/environ`, 'latin1'),
      /\0MALLOC_TRIM_THRESHOLD_=131072\0/,
    )
  }
})

test('everything on disk and the socket belong to one user', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.foreground()
  const entries = readdirSync(alice.home, { recursive: true, withFileTypes: true })
  assert.ok(entries.some((entry) => entry.isSocket()))
  for (const entry of entries) {
    if (entry.name === 'config.toml') continue
    const place = path.join(entry.parentPath, entry.name)
    const wanted = entry.isDirectory() ? 0o700 : 0o600
    assert.equal((statSync(place).mode & 0o777).toString(8), wanted.toString(8), place)
  }
})

test('garbage on the socket leaves the node as it was', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.start()
  const { socket: at } = await alice.json<{ socket: string }>('paths')
  const open = async (): Promise<Socket> => {
    const socket = dial(at)
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  const MIB = 1024 * 1024
  const garbage = [
    randomBytes(MIB),
    Buffer.alloc(2 * MIB, 'x'),
    Buffer.from('{"jsonrpc":"2.0","id":1,"method":"st'),
    Buffer.from('{"jsonrpc":"2.0","id":1,"method":"status"}\n'.repeat(20_000)),
    Buffer.from('[[[['.repeat(100_000)),
    Buffer.alloc(0),
  ]
  for (const bytes of garbage) {
    const socket = await open()
    socket.resume()
    socket.end(bytes)
    await once(socket, 'close')
  }
  // And one that hangs up in the middle, and many that say nothing.
  const rude = await open()
  rude.write(Buffer.alloc(500_000, 'x'))
  rude.destroy()
  const silent = await Promise.all(Array.from({ length: 100 }, open))
  const { rssBytes } = await alice.json<{ rssBytes: number }>('status')
  assert.ok(rssBytes < 400 * MIB, `${rssBytes / MIB} MiB`)
  for (const socket of silent) socket.destroy()
})

test('a node that hangs is said to, with what ends it', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { pid } = await alice.start()
  process.kill(pid, 'SIGSTOP')
  const commands = ['status', 'stop'].map((command) => alice.run(['--json', command]))
  const examined = alice.run(['doctor'])
  const waiting = alice.run(['whoami'])
  const asked = [
    ['send', '#nobody'],
    ['tail', '--cursor'],
    ['search', 'words'],
    ['export', '#nobody'],
  ].map((command) => alice.run(command, { input: 'a line\n' }))
  const ended = await Promise.all(commands)
  const doctor = await examined
  await sleep(3000)
  process.kill(pid, 'SIGCONT')
  // What takes long may be right to: it is told, and goes on.
  const { code, stderr } = await waiting
  assert.equal(code, 0)
  assert.match(stderr, /^tidings: the node has not answered for 10 s; .*kill -9 \d+\n$/)
  for (const { stderr } of await Promise.all(asked)) {
    assert.match(stderr, /^tidings: the node has not answered for 10 s; .*kill -9 \d+\n/)
  }
  assert.equal(doctor.code, 1, doctor.stderr)
  assert.match(doctor.stdout, /^The likely cause: the node \(pid \d+\) does not answer/)
  const todo = `-> kill -9 ${pid}, then tidings --profile alice start --detach\n`
  assert.ok(doctor.stdout.includes(todo), doctor.stdout)
  assert.doesNotMatch(doctor.stdout, /cannot be used/, 'the port that it has itself')
  for (const { code, stderr } of ended) {
    assert.equal(code, 1)
    assert.match(stderr, /"timeout".*has not answered for 10 s/)
    assert.ok(stderr.includes(`kill -9 ${pid}`), stderr)
  }
})

test('a control socket whose file was taken away is found again, its clients stay', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.start()
  const client = await alice.connect(t)
  const { socket: at } = await alice.json<{ socket: string }>('paths')
  rmSync(path.dirname(at), { recursive: true })
  await waitUntil(async () => (await alice.run(['status'])).code === 0, 'the socket is back')
  assert.equal((statSync(at).mode & 0o777).toString(8), '600')
  assert.equal((await client.whoami()).name, 'alice')
})

test('more clients than there is room for are told so', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { pid } = await alice.start()
  const { socket: at } = await alice.json<{ socket: string }>('paths')
  const clients = Array.from({ length: 128 }, () => dial(at))
  t.after(() => clients.forEach((socket) => socket.destroy()))
  await Promise.all(clients.map((socket) => once(socket, 'connect')))
  const refused = await alice.run(['--json', 'stop'])
  assert.match(refused.stderr, /"too_busy"/)
  assert.ok(refused.stderr.includes(`(pid ${pid})`), refused.stderr)
  // A crowd that stays when it is told so takes no descriptors for itself.
  const fds = `/proc/${pid}/fd`
  const open = (): number => (existsSync(fds) ? readdirSync(fds).length : 0)
  const before = open()
  const crowd = Array.from({ length: 200 }, () => dial({ path: at, allowHalfOpen: true }))
  for (const socket of crowd) socket.on('error', () => {})
  t.after(() => crowd.forEach((socket) => socket.destroy()))
  await Promise.all(crowd.map((socket) => once(socket, 'connect')))
  const told = await Promise.all(crowd.map(async (socket) => String(await once(socket, 'data'))))
  assert.ok(told.every((line) => line.includes('too_busy')))
  assert.ok(open() < before + 50, `${before}, now ${open()}`)
  clients.pop()?.destroy()
  await waitUntil(async () => (await alice.run(['status'])).code === 0, 'room again')
})

test('kill -9 leaves nothing in the way of the next start', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { child } = await alice.foreground()
  const { socket } = await alice.json<{ socket: string }>('paths')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(existsSync(socket))
  assert.equal((await alice.run(['whoami'])).code, 3)
  const startedAt = Date.now()
  await alice.start()
  assert.ok(Date.now() - startedAt < 5000)
  assert.equal((await alice.run(['whoami'])).code, 0)
})

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${name} ends a node in the foreground cleanly`, async (t) => {
    const alice = await Person.create(t, 'alice')
    const { child } = await alice.foreground()
    const { socket, log } = await alice.json<{ socket: string; log: string }>('paths')
    child.kill(name)
    assert.deepEqual(await once(child, 'exit'), [0, null])
    assert.ok(!existsSync(socket))
    assert.match(readFileSync(log, 'utf8'), /"stopped"/)
  })
}

test('a detached node outlives its starter and its terminal, until stop', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { pid } = await alice.start()
  process.kill(pid, 'SIGHUP')
  const status = await alice.json<{ pid: number; running: boolean }>('status')
  assert.deepEqual([status.pid, status.running], [pid, true])
  const stopped = await alice.json('stop')
  assert.deepEqual([stopped['running'], stopped['pid']], [false, pid])
  // A process that ended may wait for its parent, which is the system's first.
  assert.equal((await alice.run(['status'])).code, 3)
})

test('SIGTERM in the middle of writing loses nothing that was answered', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  const { child } = await alice.foreground()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  const client = await alice.connect(t)
  const accepted: string[] = []
  const sending = Array.from({ length: 2000 }, async (_, i) => {
    try {
      accepted.push((await client.send({ to: 'bob', text: `message ${i}` })).id)
    } catch (error) {
      const { code } = error as { code: string }
      assert.ok(isTidingsError(error) && ['shutting_down', 'no_daemon'].includes(code), code)
    }
  })
  await waitUntil(() => accepted.length > 0, 'the first answer')
  child.kill('SIGTERM')
  const exit = once(child, 'exit') as Promise<[number]>
  await Promise.all(sending)
  const [code] = await exit
  assert.equal(code, 0)
  await alice.start()
  const history = await (await alice.connect(t)).history({ conversation: 'bob', limit: 1000 })
  const kept = new Set(history.map(({ id }) => id))
  const lost = accepted.slice(-1000).filter((id) => !kept.has(id))
  t.diagnostic(`${accepted.length} of 2000 were accepted`)
  assert.deepEqual(lost.slice(0, 3), [])
})

test('tail goes on after its cursor over a restart and misses nothing', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  const follow = async (since: string, until: string): Promise<string> => {
    const child = alice.spawn(['--json', 'tail', '@bob', '--since', since])
    assert.ok(child.stdout)
    let text = ''
    let cursor = since
    for await (const chunk of child.stdout) {
      text += String(chunk)
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const event = v.parse(eventSchema, JSON.parse(line))
        cursor = event.cursor
        if (event.type === 'message') seen.push(event.message.text)
      }
      if (seen.at(-1) === until) break
    }
    child.kill('SIGINT')
    assert.deepEqual(await once(child, 'exit'), [130, null])
    return cursor
  }
  const seen: string[] = []
  for (const text of ['1', '2']) await bob.json('send', '@alice', text, '--wait', 'delivered')
  const cursor = await follow('0', '2')
  await alice.json('stop')
  for (const text of ['3', '4']) await bob.json('send', '@alice', text)
  await alice.start()
  await follow(cursor, '4')
  assert.deepEqual(seen, ['1', '2', '3', '4'])
})

test('a reader that has seen enough ends tail without a complaint', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  for (const text of ['1', '2', '3']) await alice.json('send', '@bob', text)
  const child = alice.spawn(['--json', 'tail', '--since', '0'])
  assert.ok(child.stdout && child.stderr)
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const exit = once(child, 'exit')
  await once(child.stdout, 'data')
  child.stdout.destroy()
  // Whatever is written next finds nobody.
  await alice.json('send', '@bob', '4')
  assert.deepEqual(await exit, [0, null])
  assert.equal(complaint, '')
})

test('a node that stops ends tail with exit 3, so that nobody takes it for the end', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  const child = alice.spawn(['--json', 'tail', '--since', '0'])
  assert.ok(child.stdout && child.stderr)
  const complaint = text(child.stderr)
  const exit = once(child, 'exit')
  await once(child.stdout, 'data')
  child.stdout.resume()
  await alice.json('stop')
  assert.deepEqual(await exit, [3, null])
  assert.match(await complaint, /"no_daemon"/)
})

test('no words of a message are in the log, however much is logged', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start('--log', 'debug')
  const ready = await bob.start('--log', 'debug', '--accept', 'auto')
  const words = 'wintermute'
  await alice.json('contact', 'add', ready.addresses[0] ?? '', '--message', words)
  await alice.json('send', 'bob', words, '--wait', 'delivered')
  await alice.run(['send', 'nobody', words])
  await bob.json('history', 'alice')
  for (const person of [alice, bob]) {
    await person.json('stop')
    const { log } = await person.json<{ log: string }>('paths')
    const written = readFileSync(log, 'utf8')
    assert.match(written, /"stopped"/)
    assert.doesNotMatch(written, /wintermute/)
    // Nor anywhere else on disk in the clear: what is stored is sealed.
    for (const entry of readdirSync(person.home, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name)
      if (entry.isFile()) assert.ok(!readFileSync(file).includes(words), file)
    }
  }
})

test('without command and terminal, a node runs with the default profile', async (t) => {
  const person = await Person.create(t, 'default')
  const env = { TIDINGS_LISTEN: '/ip4/127.0.0.1/tcp/0' }
  const child = person.spawn([], { env })
  assert.match(await firstWords(child), /^Ready: /)
  assert.equal((await person.json('status'))['profile'], 'default')
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})
