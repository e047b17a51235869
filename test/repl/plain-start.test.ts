// Plain mode as people begin with it: bin/tidings.js on a terminal, by flag, environment, or file.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { Person, ROOT, waitUntil } from '../e2e/harness.ts'
import { hasTmux, OTHER_THAN_TEXT, Window } from './tmux.ts'

const skip = hasTmux() ? false : 'tmux is not installed'
let recorded = 0

function open(
  t: TestContext,
  person: Person,
  flags: readonly string[],
  env: Record<string, string> = {},
): { window: Window; raw: () => string } {
  const file = path.join(person.home, `${recorded++}.raw`)
  const own = Object.entries(person.env).filter(([, value]) => value !== undefined)
  const window = Window.recording(
    file,
    [process.execPath, path.join(ROOT, 'bin/tidings.js'), ...flags],
    {
      ...(Object.fromEntries(own) as Record<string, string>),
      TIDINGS_LISTEN: '/ip4/127.0.0.1/tcp/0',
      TERM: 'xterm-256color',
      ...env,
    },
  )
  t.after(() => window.close())
  return { window, raw: () => readFileSync(file, 'utf8') }
}

function enter(window: Window, line: string): void {
  window.type(line)
  window.press('Enter')
}

test('from the first question on there is nothing but text', { skip }, async (t) => {
  const ann = await Person.create(t, 'ann')
  const { window, raw } = open(t, ann, ['--plain'])
  await window.shows('Your name, as others see it, or Enter for ann:')
  enter(window, 'x'.repeat(300))
  await window.shows('That is too long for a name')
  enter(window, 'Ann of the lab')
  await window.shows('Password, or Enter for none:')
  enter(window, '')
  await window.shows('Tidings, as Ann of the lab.')
  await window.shows(/^First steps \(1 of 5\)\n {2}Done: You have a name/m)
  await window.shows(/^ {2}To do: You found somebody: start tidings on another machine/m)
  await window.shows(/^Command:$/m)
  enter(window, '/whoami')
  await window.shows(/^name +Ann of the lab$/m)
  enter(window, '/quit')
  await waitUntil(() => window.exitCode === 0, 'the end')
  assert.match(window.text(), /The node stops/)
  assert.deepEqual(raw().match(OTHER_THAN_TEXT), null)
  assert.match(raw(), /Welcome to Tidings/)
})

test('flag over environment over file', { skip }, async (t) => {
  const bob = await Person.create(t, 'bob')
  await bob.json('profile', 'create', 'bob', '--no-password')
  await bob.start()
  const file = path.join(bob.home, 'config.toml')
  const before = await readFile(file, 'utf8')
  const isPlain = async (flags: string[], env: Record<string, string> = {}): Promise<boolean> => {
    const { window, raw } = open(t, bob, flags, env)
    await window.shows(/^(tidings>|Command:)/m)
    const plain = !OTHER_THAN_TEXT.test(raw())
    assert.equal(window.text().includes('Command:'), plain)
    window.press('C-d')
    await waitUntil(() => window.exitCode === 0, 'the end')
    return plain
  }
  assert.equal(await isPlain([]), false)
  assert.equal(await isPlain(['repl', '--plain']), true)
  assert.equal(await isPlain([], { TIDINGS_PLAIN: '1' }), true)
  assert.equal(await isPlain([], { TERM: 'dumb' }), true)
  await writeFile(file, `${before}\n[repl]\nplain = true\n`)
  assert.equal(await isPlain(['repl']), true)
  assert.equal(await isPlain([], { TIDINGS_PLAIN: '0' }), false)
  assert.equal(await isPlain(['--plain'], { TIDINGS_PLAIN: '0' }), true)
  const { window } = open(t, bob, [], { TIDINGS_PLAIN: 'yes' })
  await window.shows('TIDINGS_PLAIN must be 1 or 0, not "yes"')
  await waitUntil(() => window.exitCode === 2, 'the end')
})
