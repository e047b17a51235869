// On a terminal: what is typed and not sent is kept and given back, who types is shown without
// disturbing the line, and what is muted is quiet.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import type { Contact } from '../../src/api/shapes.ts'
import { DRAFT_SAVE_MS } from '../../src/core/limits.ts'
import { contact, message } from './people.ts'
import { SELF, StandIn } from './stand-in.ts'
import { hasTmux, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-repl-talk-'))
const bob = contact('bob')
const carol = contact('carol')

let standIn: StandIn
let window: Window
let started = 0

async function open(): Promise<void> {
  const files = [path.join(folder, `${started}.sock`), path.join(folder, `${started}.history`)]
  window = new Window([process.execPath, ON_SCREEN, ...files])
  await window.shows('tidings>')
}

/** The last row: what is being typed. */
const lastRow = (): string => window.rows().at(-1) ?? ''

async function types(text: string, prompt = 'bob> '): Promise<void> {
  window.type(text)
  await window.until(() => lastRow() === `${prompt}${text}`.trimEnd(), text)
}

function typing({ conversation, account, name }: Contact, is: boolean): void {
  standIn.tell({ type: 'typing', conversation, account, name, typing: is })
}

const draftOf = ({ conversation }: Contact): string => standIn.drafts.get(conversation) ?? ''

after(() => rmSync(folder, { recursive: true }))

describe('beside messages', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
  beforeEach(async () => {
    started++
    standIn = new StandIn(path.join(folder, `${started}.sock`), [bob, carol])
    standIn.messages.push(message(bob, 1, 'long ago', { own: true, author: SELF, state: 'read' }))
    await standIn.start()
  })

  afterEach(async () => {
    window.close()
    await standIn.stop()
  })

  test('what is typed is kept while one types, seldom, and when it is put aside', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    for (const word of ['Lunch ', 'at ', 'four']) {
      window.type(word)
      await delay(200)
    }
    assert.equal(standIn.saves, 0)
    await delay(DRAFT_SAVE_MS)
    assert.deepEqual([standIn.saves, draftOf(bob)], [1, 'Lunch at four'])
    await types('?', 'bob> Lunch at four')
    window.press('C-c')
    await window.until(() => lastRow() === 'bob>', 'an empty line')
    await window.enter('@carol', /^carol>/m)
    assert.equal(draftOf(bob), 'Lunch at four?')
    await types('Hello', 'carol> ')
    window.press('C-c')
    await window.enter('@bob', /^bob> Lunch at four\?$/m)
    window.type(' Or five')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'Lunch at four? Or five', 'sent')
    assert.equal(draftOf(carol), 'Hello')
  })

  test('a draft outlasts what is typed at once behind the keys that open', async () => {
    standIn.drafts.set(bob.conversation, 'a long draft')
    await open()
    // Alt+1 and words, in one go.
    window.keys('1b', '31', '79', '65', '73')
    await window.shows(/^Not sent yet: a long draft \(it comes back/m)
    assert.doesNotMatch(window.text(), /Not sent yet: yes/)
    assert.equal(lastRow(), 'bob> yes')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'yes', 'sent')
    await window.until(() => lastRow() === 'bob> a long draft', 'the draft')
    assert.equal(draftOf(bob), 'a long draft')
  })

  test('a draft with what acts on a terminal is only shown', async () => {
    standIn.drafts.set(bob.conversation, 'one\ntwo \u001b[2J')
    await open()
    await window.enter('@bob', 'Not sent yet: one two \\x1b[2J')
    await window.until(() => lastRow() === 'bob>', 'an empty line')
    assert.equal(draftOf(bob), 'one\ntwo \u001b[2J')
  })

  test('Alt+Enter begins another line of the same message, also in commands', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    window.type('one')
    window.press('M-Enter')
    window.type('  two')
    window.press('Enter')
    await window.shows(/^\d\d:\d\d you: one\n {13}two/m)
    await window.until(() => standIn.messages.at(-1)?.text === 'one\n  two', 'sent')
    window.type('/edit three')
    window.press('M-Enter', 'M-Enter')
    window.type('four')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'three\n\nfour', 'edited')
    window.press('Up', 'Up', 'Up', 'Up')
    await window.shows(/^bob> one\n {7}two$/m)
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'one\n  two', 'sent again')
    window.type('@carol five')
    window.press('M-Enter')
    window.type('six')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'five\nsix', 'sent to carol')
  })

  test('a draft of several lines is gone on with', async () => {
    standIn.drafts.set(bob.conversation, '/one\ntwo')
    await open()
    await window.enter('@bob', /^bob> \/\/one\n {5}two$/m)
    window.press('M-Enter')
    window.type('three')
    window.press('C-c')
    await window.until(() => draftOf(bob) === '/one\ntwo\nthree', 'kept')
    await window.enter('@bob', /^bob> \/\/one\n {5}two\n {5}three$/m)
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === '/one\ntwo\nthree', 'sent')
  })

  test('a draft that looks like a command is no command', async () => {
    standIn.drafts.set(bob.conversation, '/etc/hosts')
    await open()
    await window.enter('@bob', /^bob> \/\/etc\/hosts$/m)
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === '/etc/hosts', 'sent')
  })

  test('a draft that begins like the name of a group is no name', async () => {
    standIn.drafts.set(bob.conversation, '#1 is done')
    await open()
    await window.enter('@bob', /^bob> ##1 is done$/m)
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === '#1 is done', 'sent')
  })

  test('what the node would not take is kept as a draft', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    await window.enter('Please REFUSE this', 'Not sent: the text is too long')
    for (let i = 0; i < 100 && draftOf(bob) === ''; i++) await delay(30)
    assert.equal(draftOf(bob), 'Please REFUSE this')
  })

  test('those in the conversation are told that one types, not of commands', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    await types('/sta')
    window.press('C-u')
    await types('@car')
    window.press('C-u')
    await window.until(() => lastRow() === 'bob>', 'an empty line')
    assert.equal(standIn.typed.length, 0)
    await types('Hello there')
    await window.until(() => standIn.typed.length === 1, 'it is told')
    window.press('C-u')
    await window.until(() => standIn.typed.length === 2, 'the end is told')
    await types('Again')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'Again', 'it is sent')
    const told = standIn.typed.map((said) => said.replace(bob.conversation, 'bob'))
    assert.deepEqual(told, ['typing bob', 'stopped bob', 'typing bob'])
  })

  test('who types is shown beside the conversations, and goes again', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    await types('x'.repeat(60))
    typing(bob, true)
    await window.shows(/ bob is typing…\nbob> x{60}$/m)
    typing(carol, true)
    await window.shows(/ bob, carol are typing…\nbob> x{60}$/m)
    await types('y'.repeat(8), `bob> ${'x'.repeat(60)}`)
    typing(bob, false)
    standIn.receive(bob, 'that is it')
    await window.shows(/bob: that is it\n.* carol is typing…\nbob> x{60}y{8}$/)
    typing(carol, false)
    await window.shows(/bob: that is it\n.*#crew\nbob> x{60}y{8}$/)
    assert.doesNotMatch(window.text(), /typing/)
  })

  test('of several who type in one conversation the others go on when one stops', async () => {
    await open()
    const here = { ...carol, conversation: bob.conversation }
    typing(bob, true)
    typing(here, true)
    await window.shows('bob, carol are typing…')
    typing(here, false)
    await window.shows(/ bob is typing…\ntidings>$/m)
    typing(bob, false)
    await window.until(() => !window.text().includes('typing'), 'nobody types')
  })

  test('sending while somebody types leaves nothing of that among the messages', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    typing(bob, true)
    await window.shows('bob is typing…')
    await window.enter('first', 'you: first')
    await window.shows(/you: first \(queued\)\n.* bob is typing…\nbob>$/)
    await window.enter('/status', /memory/)
    await window.shows(/ bob is typing…\nbob>$/)
    standIn.advance(bob, 'delivered')
    typing(bob, false)
    await window.until(() => !window.text().includes('typing'), 'nothing of it is left')
  })

  test('a long name that types takes one row', async () => {
    const long = contact('l'.repeat(64), { account: contact('long').account })
    standIn.contacts.set(long.account, long)
    const longer = contact('m'.repeat(64), { account: contact('more').account })
    standIn.contacts.set(longer.account, longer)
    await open()
    typing(long, true)
    typing(longer, true)
    await window.shows(/ l{30,}…\ntidings>$/m)
    typing(long, false)
    typing(longer, false)
    await window.until(() => !/l{30}/.test(window.text()), 'it is gone')
  })

  test('a muted conversation is quiet but for what addresses one, or not even that', async () => {
    await open()
    await window.enter('/mute carol', 'carol is muted')
    standIn.receive(carol, 'nothing much')
    standIn.presence(carol, false)
    typing(carol, true)
    standIn.receive(carol, 'hey @ann', { mentionsYou: true })
    await window.shows('@carol: hey @ann')
    assert.doesNotMatch(window.text(), /nothing much|carol is offline|typing/)
    await window.enter('/mute carol --all', 'carol is muted, mentions too')
    standIn.receive(carol, 'psst @ann', { mentionsYou: true })
    standIn.receive(bob, 'from bob')
    await window.shows('from bob')
    assert.doesNotMatch(window.text(), /psst/)
    await window.enter('/unmute carol', 'carol is not muted')
    standIn.receive(carol, 'out loud')
    await window.shows('@carol: out loud')
    await window.enter('/mute carol', 'carol is muted')
    await window.enter('@carol', /^carol>/m)
    standIn.receive(carol, 'in its own conversation')
    await window.shows(/14:02 {8}in its own conversation/)
  })

  test('what is not read is told at the start and counted in the prompt', async () => {
    standIn.standings.set(bob.conversation, { unread: 3, mentions: 1 })
    standIn.standings.set(carol.conversation, { unread: 2, mentions: 0 })
    standIn.mutes.set(carol.conversation, false)
    standIn.unread = 5
    const files = [path.join(folder, `${started}.sock`), path.join(folder, `${started}.history`)]
    window = new Window([process.execPath, ON_SCREEN, ...files])
    await window.shows('Unread: bob (3, 1 mention).')
    await window.shows(/^tidings \(5\)>/m)
    standIn.unread = 6
    standIn.receive(carol, 'more')
    await window.shows(/^tidings \(6\)>/m)
    standIn.unread = 0
    const { conversation, account, name } = bob
    const standing = { unread: 0, mentions: 0, muted: false, mutedUntil: null, mutedAll: false }
    standIn.tell({ type: 'conversation', conversation, account, name, ...standing })
    await window.shows(/^tidings>$/m)
  })

  test('conversations, reading and telling have commands', async () => {
    standIn.drafts.set(bob.conversation, 'Lunch at')
    await open()
    await window.enter('/conversations', /^bob +draft: Lunch at/m)
    await window.enter('/read bob', 'Read.')
    assert.deepEqual(standIn.reads, [bob.account])
    await window.enter('/tell', 'Contacts are told that you are typing.')
    await window.enter('/tell read maybe', /setting is one of on, off, default, not "maybe"/)
    await window.enter('/read nobody', 'nobody')
  })
})
