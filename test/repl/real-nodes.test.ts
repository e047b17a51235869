// The REPL as people have it: bin/tidings.js on a terminal, with real nodes on loopback.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import type { Message } from '../../src/api/shapes.ts'
import { readPid } from '../../src/daemon/pid-file.ts'
import { firstWords, introduce, Person, ROOT, waitUntil } from '../e2e/harness.ts'
import { hasTmux, Window } from './tmux.ts'

const skip = hasTmux() ? false : 'tmux is not installed'

function openRepl(t: TestContext, person: Person, more: Record<string, string> = {}): Window {
  const env = Object.fromEntries(
    Object.entries(person.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  ) as Record<string, string>
  const window = new Window([process.execPath, path.join(ROOT, 'bin/tidings.js'), 'repl'], {
    ...env,
    TIDINGS_LISTEN: '/ip4/127.0.0.1/tcp/0',
    ...more,
  })
  t.after(() => window.close())
  return window
}

function enter(window: Window, line: string): void {
  window.type(line)
  window.press('Enter')
}

test('two people meet, chat, part, and what was written meanwhile arrives', { skip }, async (t) => {
  const ann = await Person.create(t, 'ann')
  const bob = await Person.create(t, 'bob')
  await ann.json('profile', 'create', 'ann', '--no-password')
  await bob.json('profile', 'create', 'bob', '--no-password')
  const { addresses } = await bob.start()
  await ann.start()
  const window = openRepl(t, ann)
  await window.shows('First steps (1 of 5)')

  enter(window, `/add ${addresses[0]}`)
  await window.shows('You asked bob to become your contact')
  await waitUntil(async () => {
    const [request] = await bob.json<{ state: string }[]>('contacts')
    return request?.state === 'incoming'
  }, 'the request')
  await bob.json('contact', 'accept', 'ann')
  await window.shows('bob accepted your request.')
  await window.shows('bob is online')

  enter(window, '@bob')
  await window.shows('bob, online')
  enter(window, 'Lunch?')
  await window.shows(/you: Lunch\? ✓/)
  await bob.json('send', '@ann', 'At noon')
  await window.shows('bob: At noon')
  await waitUntil(async () => {
    const messages = await bob.json<Message[]>('history', '@ann')
    return messages.at(-1)?.state === 'read'
  }, 'bob sees that ann has read it')

  await bob.json('stop')
  await window.shows('bob is offline')
  for (const text of ['one', 'two', 'three']) enter(window, text)
  await window.shows('three (queued)')
  await bob.start()
  await window.shows(/one ✓\n[^]*two ✓\n[^]*three ✓\n/)

  await ann.json('stop')
  await window.shows('The node went away.')
  await bob.json('send', '@ann', 'while you were away')
  await ann.start()
  await window.shows('The node is back.')
  await window.shows('bob: while you were away')
  enter(window, '/quit')
  await waitUntil(() => window.exitCode === 0, 'the end')
  const history = await bob.json<Message[]>('history', '@ann')
  assert.deepEqual(
    history.map(({ text }) => text),
    ['Lunch?', 'At noon', 'one', 'two', 'three', 'while you were away'],
  )
})

test('a begun line goes to nobody when its window closes, and comes back', { skip }, async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  const window = openRepl(t, ann)
  await window.shows('Tidings, as ann')
  enter(window, '@bob')
  await window.shows(/^bob>/m)
  const other = openRepl(t, bob)
  await other.shows('Tidings, as bob')
  window.type('half a sen')
  await other.shows('ann is typing…')
  window.hangUp()
  await waitUntil(async () => {
    const { text: kept } = await ann.json<{ text: string }>('draft', '@bob')
    return kept === 'half a sen'
  }, 'it is kept')
  await waitUntil(() => !other.text().includes('typing'), 'ann types no more')
  assert.deepEqual(await bob.json('history', '@ann'), [])
  const again = openRepl(t, ann)
  await again.shows('Tidings, as ann')
  // Alt+1 and words, in one go.
  again.keys('1b', '31', '79', '65', '73')
  await again.shows(/^Not sent yet: half a sen \(it comes back when your line is sent\)$/m)
  again.press('Enter')
  await other.shows('@ann: yes')
  await again.shows(/^bob> half a sen$/m)
  await waitUntil(async () => {
    const { text: kept } = await ann.json<{ text: string }>('draft', '@bob')
    return kept === 'half a sen'
  }, 'it is kept still')
  again.type('tence')
  again.press('Enter')
  await other.shows('@ann: half a sentence')
  assert.equal((await ann.json<{ text: string }>('draft', '@bob')).text, '')
  await other.shows(/^tidings \(2\)>/m)
  await bob.json('read', '@ann')
  await other.shows(/^tidings>$/m)
})

test('whoever makes a group is in it, and was removed from none', { skip }, async (t) => {
  const ann = await Person.create(t, 'ann')
  await ann.json('profile', 'create', 'ann', '--no-password')
  await ann.start()
  const window = openRepl(t, ann)
  await window.shows('Tidings, as ann')
  for (const name of ['crew', 'board']) {
    enter(window, `/group create ${name}`)
    await window.shows(`You are in #${name}.`)
  }
  assert.doesNotMatch(window.text(), /removed/)
})

test('without a daemon a node runs inside, and ends with the screen', { skip }, async (t) => {
  const carol = await Person.create(t, 'carol')
  const window = openRepl(t, carol)
  await window.shows('Your name, as others see it')
  enter(window, 'Carol of the lab')
  await window.shows(/[Pp]assword/)
  enter(window, 'correct horse')
  await window.shows(/again|repeat/i)
  enter(window, 'correct horse')
  await window.shows('Tidings, as Carol of the lab.')
  assert.equal((await carol.json<{ name: string }>('status')).name, 'Carol of the lab')
  assert.doesNotMatch(window.text(), /correct horse/)
  const [listed] = await carol.json<{ profile: string; name: string }[]>('profile', 'list')
  assert.deepEqual([listed?.profile, listed?.name], ['carol', 'Carol of the lab'])
  enter(window, '/logout')
  await window.shows('The node stops and the profile is locked.')
  await waitUntil(() => window.exitCode === 0, 'the end')
  assert.equal((await carol.run(['status'])).code, 3)
})

test(
  'what is pointed out stands in the file, and a mistake there is named',
  { skip },
  async (t) => {
    const ivy = await Person.create(t, 'ivy')
    await ivy.json('profile', 'create', 'ivy', '--no-password')
    await ivy.start()
    const config = path.join(ivy.home, 'config.toml')
    await writeFile(config, '[notify]\nwhen = "mentions"\nquiet_hours = "22:00-07:00"\n')
    const window = openRepl(t, ivy)
    await window.shows('Tidings, as ivy.')
    enter(window, '/notify')
    await window.shows(/: what\s+mentions\s+you\. Quiet\s+hours:\s+22:00-07:00/)
    enter(window, '/quit')
    await waitUntil(() => window.exitCode === 0, 'the end')
    await writeFile(config, '[notify]\nquiet_hours = "late"\n')
    const other = openRepl(t, ivy)
    await other.shows(/"notify\.quiet_hours": "late"\s+are\s+no\s+hours/)
    await waitUntil(() => other.exitCode === 2, 'the end')
    assert.equal((await ivy.run(['repl'], { input: '/whoami\n' })).code, 0, 'nobody sits there')
  },
)

test('a node inside ends cleanly when its terminal goes away', { skip }, async (t) => {
  const fay = await Person.create(t, 'fay')
  await fay.json('profile', 'create', 'fay', '--no-password')
  const window = openRepl(t, fay)
  await window.shows('Tidings, as fay.')
  const { socket, log } = await fay.json<{ socket: string; log: string }>('paths')
  window.hangUp()
  await waitUntil(() => /"stopped"/.test(readFileSync(log, 'utf8')), 'a clean stop')
  await waitUntil(() => !existsSync(socket), 'no socket is left')
})

test('a line for nobody yet is left to the terminal where the node ends', { skip }, async (t) => {
  const gil = await Person.create(t, 'gil')
  await gil.json('profile', 'create', 'gil', '--no-password')
  const window = openRepl(t, gil)
  await window.shows('Tidings, as gil.')
  enter(window, '/whoami')
  await window.shows('account')
  window.type('a long thought')
  await window.shows(/> a long thought$/m)
  await gil.json('stop')
  await waitUntil(() => window.exitCode === 0, 'the end')
  assert.match(window.text(), /^The node stopped\.\nNot sent: a long thought$/m)
})

test('what a node that hangs did not take is told to who leaves', { skip }, async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  const { pid } = await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  const window = openRepl(t, ann)
  await window.shows('Tidings, as ann')
  enter(window, '@bob')
  await window.shows(/^bob>/m)
  process.kill(pid, 'SIGSTOP')
  try {
    enter(window, 'is this taken?')
    await window.shows('you: is this taken?')
    window.press('C-d')
    await waitUntil(() => window.exitCode === 0, 'the end')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  assert.match(window.text(), /^The node did not answer\. This may not .*:\nis this taken\?$/m)
})

test('what an editor wrote is kept when the chat was told to end', { skip }, async (t) => {
  const fay = await Person.create(t, 'fay')
  await fay.json('profile', 'create', 'fay', '--no-password')
  const editor = path.join(fay.home, 'editor.sh')
  const go = path.join(fay.home, 'go')
  const wait = `until [ -e '${go}' ]; do sleep 0.05; done`
  const script = `#!/bin/sh\necho editing\n${wait}\nprintf more >> "$1"\n`
  await writeFile(editor, script, { mode: 0o755 })
  const runtime = { XDG_RUNTIME_DIR: fay.home }
  const window = openRepl(t, fay, { EDITOR: editor, VISUAL: '', ...runtime })
  await window.shows('Tidings, as fay.')
  window.type('one ')
  await window.shows('tidings> one')
  window.press('M-e')
  await window.shows('editing')
  const { socket } = await fay.json<{ socket: string }>('paths')
  const { pidFile } = findPlaces({ home: fay.home, profile: 'fay' })
  process.kill(readPid(pidFile) ?? NaN, 'SIGTERM')
  await waitUntil(() => !existsSync(socket), 'the node has stopped')
  await writeFile(go, '')
  const shown = await window.shows('[exit 130]')
  assert.equal(window.isTaken, false)
  const [, file = ''] = /the chat is over; what you wrote is kept in (\S+)/.exec(shown) ?? []
  assert.equal(readFileSync(file, 'utf8'), 'one more')
})

test('logging out of a daemon of a profile with a password stops it', { skip }, async (t) => {
  const dave = await Person.create(t, 'dave')
  const file = path.join(dave.home, 'password')
  await mkdir(dave.home, { recursive: true })
  await writeFile(file, 'correct horse\n')
  await dave.json('profile', 'create', 'dave', '--password-file', file)
  await dave.start('--password-file', file)
  const window = openRepl(t, dave)
  await window.shows('Tidings, as dave.')
  enter(window, '/logout')
  await window.shows('The node is stopped and the profile is locked.')
  await waitUntil(() => window.exitCode === 0, 'the end')
  await waitUntil(async () => (await dave.run(['status'])).code === 3, 'the node is gone')
})

test('piped into a running node, lines are sent and the program ends', async (t) => {
  const erin = await Person.create(t, 'erin')
  await erin.json('profile', 'create', 'erin', '--no-password')
  await erin.start()
  const fine = await erin.run(['repl'], { input: '/whoami\n/contacts\n' })
  assert.equal(fine.code, 0, fine.stderr)
  assert.match(fine.stdout, /^name +erin$/m)
  const failed = await erin.run(['repl'], { input: '@nobody hello\n' })
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /There is no contact called "nobody"/)
})

test('a node inside that is stopped from elsewhere ends the program quietly', async (t) => {
  const gus = await Person.create(t, 'gus')
  const env = { TIDINGS_LISTEN: '/ip4/127.0.0.1/tcp/0' }
  const child = gus.spawn(['--no-input', 'repl'], { env })
  assert.ok(child.stdout && child.stderr)
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const exit = once(child, 'exit')
  await waitUntil(async () => (await gus.run(['status'])).code === 0, 'a node')
  await gus.json('stop')
  assert.deepEqual(await exit, [0, null])
  assert.deepEqual(await output, ['', 'The node stopped.\n'])
})

test('of two that open a profile at once one has the node inside, and both work', async (t) => {
  const hal = await Person.create(t, 'hal')
  await hal.json('profile', 'create', 'hal', '--no-password')
  const options = { env: { TIDINGS_LISTEN: '/ip4/127.0.0.1/tcp/0' } }
  const both = [hal.spawn(['repl'], options), hal.spawn(['repl'], options)]
  const exits = both.map((child) => once(child, 'exit'))
  const answers = both.map((child) => {
    child.stdin?.write('/whoami\n')
    return firstWords(child)
  })
  for (const answer of await Promise.all(answers)) assert.match(answer, /name +hal/)
  for (const child of both) child.stdin?.end()
  for (const exit of await Promise.all(exits)) assert.deepEqual(exit, [0, null])
})
