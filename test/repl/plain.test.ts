// Plain mode on a real terminal, which reads lines by itself: what a screen reader gets to hear.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'

import { requireCommand } from '../../src/repl/help.ts'
import { PLAIN_HELP } from '../../src/repl/plain-help.ts'
import type { KeyAction } from '../../src/repl/terminal/keys.ts'
import { contact, message } from './people.ts'
import { CREW, SELF, StandIn } from './stand-in.ts'
import { hasTmux, OTHER_THAN_TEXT, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-plain-'))
const bob = contact('bob')
const carol = contact('carol', { online: false })

let standIn: StandIn
let window: Window
let raw: string
let started = 0

async function open(env: Record<string, string> = {}, flags = ['--plain']): Promise<void> {
  const files = [path.join(folder, `${started}.sock`), path.join(folder, `${started}.history`)]
  raw = path.join(folder, `${started}.raw`)
  const command = [process.execPath, ON_SCREEN, ...files, ...flags]
  window = Window.recording(raw, command, { TERM: 'xterm-256color', ...env })
  await window.shows(/^Command:/m)
}

async function enter(line: string, shows: string | RegExp): Promise<void> {
  window.type(line)
  window.press('Enter')
  await window.shows(shows)
}

/** No escape, nothing that moves the cursor. The bell is a setting of its own. */
function assertOnlyText(): void {
  const written = readFileSync(raw, 'utf8').replaceAll('\u0007', '')
  assert.match(written, /Tidings, as ann/)
  assert.deepEqual(written.match(OTHER_THAN_TEXT), null)
}

/** What does the same as a key of the full screen; other words where there is nothing to do. */
const INSTEAD: Readonly<Record<KeyAction, string>> = {
  tab: '/switch 2',
  previous: '/switch previous',
  next: '/switch next',
  unread: '/next',
  home: '/close',
  pageUp: '/earlier',
  pageDown: '/later',
  editor: '/editor',
  complete: 'Of a name its beginning is enough',
  redraw: 'draws nothing',
  suspend: '',
  interrupt: 'Ctrl+C',
}

test('whatever a key does on the full screen, help tells the command that does it', () => {
  for (const instead of Object.values(INSTEAD)) {
    assert.ok(PLAIN_HELP.includes(instead), instead)
    const [, name] = /^\/(\w+)/.exec(instead) ?? []
    if (name !== undefined) assert.equal(requireCommand(name).name, name)
  }
  for (const line of PLAIN_HELP.split('\n')) assert.ok(line.length <= 79, line)
})

const last = (): string | undefined => standIn.messages.at(-1)?.text

after(() => rmSync(folder, { recursive: true }))

describe('in plain mode', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
  beforeEach(async () => {
    started++
    standIn = new StandIn(path.join(folder, `${started}.sock`), [bob, carol])
    // Something was delivered long ago, so that no first steps are left.
    const old = { own: true, author: SELF, state: 'read' } as const
    standIn.messages.push(message(carol, 1, 'long ago', old))
    await standIn.start()
  })

  afterEach(async () => {
    window.close()
    await standIn.stop()
  })

  test('a line that the terminal cuts is not sent, in part or whole', async () => {
    await open()
    await enter('@bob', 'To bob:')
    window.type('x'.repeat(4094))
    window.press('Enter')
    await window.until(() => last()?.length === 4094, 'the longest line is sent')
    window.type('y'.repeat(6000))
    window.press('Enter')
    await window.shows('longer messages are for /editor')
    await enter('after', /you: after/)
    const lengths = standIn.messages.map(({ text }) => text.length)
    assert.deepEqual(lengths, ['long ago'.length, 4094, 'after'.length])
  })

  test('all that is written is text, each event a line, in words', async () => {
    await open()
    await enter('@bob', /^Conversation with bob, online\.$/m)
    await window.shows(/^No messages yet\. What you type now goes to bob\.\nTo bob:$/m)
    await enter('Lunch?', /^\d\d:\d\d you: Lunch\? \(queued\)\nTo bob:$/m)
    standIn.advance(bob, 'delivered')
    await window.shows(/^delivered to bob$/m)
    standIn.advance(bob, 'read')
    await window.shows(/^read by bob$/m)
    const theirs = standIn.receive(bob, 'At noon')
    await window.shows(/^14:02 bob: At noon$/m)
    standIn.receive(bob, 'or\nlater')
    await window.shows(/^14:02 bob, 2 lines: or\n {6}later$/m)
    standIn.receive(bob, 'waves', { action: true })
    await window.shows(/^14:02 bob, an action: waves$/m)
    standIn.receive(carol, 'elsewhere')
    await window.shows(/^14:02 carol to you: elsewhere$/m)
    standIn.receive(carol, 'in the group', { conversation: CREW })
    await window.shows(/^14:02 carol in #crew: in the group$/m)
    await enter(`/reply ${theirs.id} Yes`, /you, answering "bob: At noon": Yes \(queued\)$/m)
    await enter(
      `/react ${theirs.id} 👍`,
      /^you reacted with 👍 to: 14:02 bob: At noon \(👍 from you\)$/m,
    )
    standIn.presence(bob, false)
    await window.shows(/^bob is offline$/m)
    standIn.presence(bob, true)
    await window.shows(/^bob is online$/m)
    standIn.tell({ type: 'trouble', where: 'disk', message: 'it is full' })
    await window.shows(/^Careful: disk: it is full/m)
    await enter('/contacts', /^ +carol +offline/m)
    await enter('/help keys', /Alt\+A/)
    await enter('/help plain', /\/switch 2 opens the second/)
    await enter('/close', /^No conversation is open now\.\nCommand:$/m)
    await enter('/quit', /\[exit 0\]/)
    assertOnlyText()
  })

  test('days are said where they change', async () => {
    await open()
    await enter('@bob', /^To bob:/m)
    await enter('today', /^\d\d:\d\d you: today/m)
    standIn.receive(bob, 'old', { sentAt: '2025-06-02T09:00:00.000Z' })
    standIn.receive(bob, 'next day', { sentAt: '2025-06-03T09:00:00.000Z' })
    standIn.receive(bob, 'same day', { sentAt: '2025-06-03T09:01:00.000Z' })
    await window.shows(/^Tuesday, 3 June 2025\.\n09:00 bob: next day\n\n09:01 bob: same day$/m)
    assert.match(window.text(), /^Monday, 2 June 2025\.\n09:00 bob: old$/m)
    assertOnlyText()
  })

  test('where more is not read than is shown, that is said above it', async () => {
    for (let n = 0; n < 30; n++) standIn.messages.push(message(carol, 1000 + n, `said ${n}`))
    standIn.standings.set(carol.conversation, { unread: 20, mentions: 0 })
    standIn.unread = 20
    await open()
    const line = 'Not read yet: 20; /earlier shows those before these.'
    await enter('@carol', new RegExp(`^${line}\\n[^]*carol: said 15\\n[^]*carol: said 29$`, 'm'))
  })

  test('what comes while one types takes lines of its own; the line is whole', async () => {
    await open()
    await enter('@bob', /^To bob:/m)
    window.type('a line that ')
    await window.shows('To bob: a line that')
    for (const text of ['one', 'two', 'three']) standIn.receive(bob, text)
    await window.shows('bob: three')
    window.type('goes on')
    await window.shows(/goes on$/)
    standIn.presence(carol, true)
    await window.shows('carol is online')
    window.press('Enter')
    await window.until(() => last() === 'a line that goes on', 'sent whole')
    await window.shows(/^\d\d:\d\d you: a line that goes on \(queued\)\nTo bob:$/m)
    const text = window.text()
    for (const word of ['one', 'two', 'three'])
      assert.match(text, new RegExp(`^14:02 bob: ${word}$`, 'm'))
    assert.match(text, /^To bob: a line that\nTuesday, 3 June 2025\.\n14:02 bob: one$/m)
    assert.equal(text.match(/To bob:/g)?.length, 2, 'asked once for each line that was typed')
    assertOnlyText()
  })

  test('nobody is told of typing, nor asked, however often it begins', async () => {
    await open()
    await enter('@bob', /^To bob:/m)
    const { account, name, conversation } = bob
    for (const typing of [true, false, true, false]) {
      standIn.tell({ type: 'typing', account, name, conversation, typing })
    }
    standIn.receive(bob, 'here it is')
    await window.shows('here it is')
    assert.doesNotMatch(window.text(), /typing/)
  })

  test('a line that ends in a backslash goes on in the next', async () => {
    await open()
    await enter('@bob', /^To bob:/m)
    await enter('first\\', /^More:$/m)
    await enter('second\\', /More:[^]*More:$/)
    await enter('', /you, 3 lines: first\n {6}second\n {6}\(queued\)|you, 3 lines/)
    assert.equal(last(), 'first\nsecond\n')
    await enter('C:\\\\', /you: C:\\ \(queued\)/)
    assert.equal(last(), 'C:\\')
    await enter('begun\\', /More:$/)
    window.press('C-c')
    await window.shows('What you typed is gone. Ctrl+C again, or Ctrl+D, leaves.')
    await enter('another', /you: another \(queued\)/)
    assert.equal(last(), 'another')
  })

  test('Ctrl+C takes the line back, and twice leaves; Ctrl+D leaves', async () => {
    await open()
    await enter('@bob', /^To bob:/m)
    window.type('not to be sent')
    await window.shows('not to be sent')
    window.press('C-c')
    await window.shows(/What you typed is gone.*\nTo bob:$/)
    window.press('C-c')
    await window.shows('[exit 0]')
    assert.equal(last(), 'long ago')
    window.close()
    started++
    await standIn.stop()
    standIn = new StandIn(path.join(folder, `${started}.sock`), [bob, carol])
    await standIn.start()
    await open()
    window.press('C-d')
    await window.shows('[exit 0]')
    assertOnlyText()
  })

  test('commands do what keys do on the full screen', async () => {
    standIn.standings.set(carol.conversation, { unread: 2, mentions: 0 })
    standIn.unread = 2
    for (let n = 0; n < 40; n++) standIn.messages.push(message(bob, 100 + n, `said ${n}`))
    await open()
    await enter('/switch', /^1 bob, online$/m)
    await window.shows(/^2 carol, 2 not read$/m)
    await enter('/next', /^To carol:$/m)
    await enter('/switch 1', /^To bob:$/m)
    await window.shows('said 39')
    assert.doesNotMatch(window.text(), /said 24$/m)
    await enter('/earlier', /said 24\n/)
    await enter('/later', /said 39\nTo bob:$/)
    await enter('/switch next', /To carol:$/)
    await enter('/switch previous', /To bob:$/)
    await enter('/switch 9', /There is no conversation "9"/)
    await enter('/close', /No conversation is open now\.\nCommand:$/)
    assertOnlyText()
  })

  test('/editor has the terminal for itself; what comes meanwhile is told afterwards', async () => {
    const editor = path.join(folder, 'editor.sh')
    const script = [
      '#!/bin/sh',
      'echo "editing: $(cat "$1")"',
      'read -r words',
      `printf '%s\\nbelow\\n' "$words" > "$1"`,
    ].join('\n')
    writeFileSync(editor, script)
    chmodSync(editor, 0o755)
    await open({ EDITOR: editor })
    await enter('/editor', /No conversation is open; @name or #name opens one\.\nCommand:$/)
    standIn.drafts.set(bob.conversation, 'half a sen')
    await enter('@bob', /^Not sent yet: half a sen\nTo bob:$/m)
    await enter('/editor', /^editing: half a sen$/m)
    standIn.receive(bob, 'meanwhile')
    window.type('from the ')
    // Longer than an answer is waited for, twice.
    await new Promise((resolve) => setTimeout(resolve, 4500))
    assert.doesNotMatch(window.text(), /meanwhile|To bob:\n?$/)
    await enter('editor', /you, 2 lines: from the editor\n {6}below \(queued\)\nTo bob:$/)
    assert.match(window.text(), /^14:02 bob: meanwhile$/m)
    assert.equal(last(), 'from the editor\nbelow')
    await enter('typed again', /you: typed again/)
    writeFileSync(editor, '#!/bin/sh\n: > "$1"\n')
    await enter('/editor', /Nothing was written, so nothing is sent\.\nTo bob:$/)
    writeFileSync(editor, '#!/bin/sh\nexit 4\n')
    await enter('/editor', /^the editor ended with 4; the text is as it was\nTo bob:$/m)
    assertOnlyText()
  })

  test('catching up is said when it begins and when it is over, with the newest', async () => {
    await open()
    await enter('@bob', /^To bob:/m)
    for (let n = 0; n < 500; n++) standIn.receive(bob, `late ${n}`)
    await window.shows(/^Catching up with bob\.$/m)
    await window.shows(/^Caught up: 500 messages with bob\. The newest:$/m)
    await window.shows(/^14:02 bob: late 499$/m)
    const told = window.text().match(/late \d+/g) ?? []
    assert.ok(told.length <= 20, `${told.length} lines`)
    assertOnlyText()
  })

  test('a terminal that understands no escapes is plain by itself', async () => {
    await open({ TERM: 'dumb', LANG: 'C' }, [])
    await enter('@bob Hi', 'you to bob: Hi (queued)')
    standIn.receive(bob, 'Hello')
    await window.shows(/^14:02 bob to you: Hello$/m)
    assertOnlyText()
  })
})
