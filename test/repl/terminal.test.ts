// The REPL on a real terminal of 80 by 24, attached over the real control socket to a stand-in.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'

import { accountId, contact, message, nearbyNode } from './people.ts'
import { SELF, StandIn } from './stand-in.ts'
import { hasTmux, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-repl-'))
const bob = contact('bob')
const carol = contact('carol', { online: false })
const lab = contact('Bob Lab', { account: contact('boblab').account })

let standIn: StandIn
let window: Window
let started = 0

async function open(env: Record<string, string> = {}, flags: string[] = []): Promise<void> {
  window = new Window([process.execPath, ON_SCREEN, socket(), historyFile(), ...flags], env)
  await window.shows('tidings>')
}

const socket = (): string => path.join(folder, `${started}.sock`)
const historyFile = (): string => path.join(folder, `${started}.history`)

/** The last column that is drawn on stays free for the cursor. */
const TYPED_COLUMNS = 78

/** The rows from the prompt on, as one line: what is being typed. */
function typed(prompt: string, columns = TYPED_COLUMNS): string {
  const rows = window.rows()
  const at = rows.findLastIndex((row) => row.startsWith(prompt.trimEnd()))
  const typing = rows
    .slice(at)
    .map((row, i, all) => (i < all.length - 1 ? row.padEnd(columns) : row))
  return typing.map((row) => row.slice(prompt.length)).join('')
}

after(() => rmSync(folder, { recursive: true }))

describe('on a terminal', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
  beforeEach(async () => {
    started++
    standIn = new StandIn(socket(), [bob, carol, lab])
    // Something was delivered long ago, so that no first steps are left.
    standIn.messages.push(message(lab, 1, 'long ago', { own: true, author: SELF, state: 'read' }))
    await standIn.start()
  })

  afterEach(async () => {
    window.close()
    await standIn.stop()
  })

  test('what is typed before the screen is there is carried out, line by line', async () => {
    const files = [socket(), path.join(folder, `${started}.history`)]
    window = new Window([process.execPath, ON_SCREEN, ...files])
    for (const line of ['@bob', 'early', 'bird']) {
      window.type(line)
      window.press('Enter')
    }
    await window.shows(/you: early.*\n.* bird/)
  })

  test('messages that arrive leave a line of 200 characters as it is being typed', async () => {
    await open()
    const line = 'abcdefghi '.repeat(20)
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
    window.type(line.slice(0, 120))
    for (let n = 1; n <= 3; n++) standIn.receive(bob, `news ${n} ${'x'.repeat(60 * n)}`)
    await window.shows('news 3')
    window.type(line.slice(120))
    standIn.receive(bob, 'two\nlines')
    const screen = await window.shows(/two\n {11}lines/)
    await window.until(() => typed('bob> ') === line.trimEnd(), 'the whole line')
    for (let n = 1; n <= 3; n++) {
      assert.equal(screen.match(new RegExp(`news ${n} ?\\s+x`, 'g'))?.length, 1)
    }
    assert.equal(screen.match(/bob> /g)?.length, 1)

    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.own === true, 'sent')
    assert.equal(standIn.messages.at(-1)?.text, line)
    await window.shows(/you: (abcdefghi\s+){20}\(queued\)/)
    assert.doesNotMatch(window.text(), /bob> abc/)
  })

  test('rows break between words, names stand once, all rows begin below the words', async () => {
    await open()
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
    standIn.receive(bob, 'word '.repeat(20).trimEnd())
    standIn.receive(bob, 'again')
    standIn.receive(bob, `https://example.org/${'path/'.repeat(20)}`)
    const screen = await window.shows('again')
    assert.match(screen, /14:02 bob: (word ){12}word\n {11}(word ){6}word\n14:02 {6}again\n/)
    await window.shows(/14:02 {6}https:\/\/example[^\s]+\n {11}[^\s]+path\/\n/)
    window.resize(120)
    await window.shows(/bob: (word ){19}word\n14:02 {6}again\n/)
  })

  test('a line that fills its row, and wide characters, stay whole', async () => {
    await open()
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
    window.type('x'.repeat(73))
    standIn.receive(bob, 'exactly full')
    await window.shows('exactly full')
    await window.until(() => typed('bob> ') === 'x'.repeat(73), 'the full row')
    assert.match(window.text(), /\n.*\n.*exactly full\n.*:●bob.*\nbob> x/)
    window.press('C-c')
    const wide = '日本語の長い文'.repeat(8)
    window.type(wide)
    standIn.receive(bob, 'wide below')
    await window.shows('wide below')
    await window.until(() => typed('bob> ').replaceAll(' ', '') === wide, 'the wide line')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === wide, 'sent')
    assert.match(window.text(), /exactly full\n.*wide below/)
  })

  test('a family, a flag and accents take the columns that the terminal gives them', async () => {
    await open()
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
    const text = '👩‍👩‍👧 🇩🇪 nai\u0308ve שלום ❤️ end'
    window.type(text)
    await window.until(() => typed('bob> ') === text, 'the text')
    window.press('Left', 'Left', 'Left', 'Left', 'BSpace')
    window.type('X')
    await window.until(() => typed('bob> ').endsWith('שלום X end'), 'one sign less')
    window.press('Enter')
    await window.shows(/you: .*שלום X end \(queued\)/)
  })

  test('a line that grows and shrinks over several rows is drawn once', async () => {
    await open()
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
    window.type('x'.repeat(75))
    await window.until(() => typed('bob> ').length === 75, 'the row')
    window.type('y')
    standIn.receive(bob, 'news')
    await window.shows('bob: news')
    window.type('z'.repeat(79))
    window.type('end')
    const line = `${'x'.repeat(75)}y${'z'.repeat(79)}end`
    await window.until(() => typed('bob> ') === line, 'the whole line')
    standIn.receive(bob, 'more')
    await window.shows(/bob: news\n14:02 {6}more\n.*\nbob> x/)
    await window.until(() => typed('bob> ') === line, 'the whole line')
    window.press('C-u')
    await window.until(() => typed('bob> ') === '', 'an empty line')
    await window.shows(/bob: news\n14:02 {6}more\n.*\nbob>$/)

    window.type('a'.repeat(150))
    for (let n = 0; n < 10; n++) window.type('b')
    const grown = 'a'.repeat(150) + 'b'.repeat(10)
    await window.until(() => typed('bob> ') === grown, 'the line that grew')
    assert.equal(window.text().match(/bob> a/g)?.length, 1, 'drawn once')
  })

  test('a change of the width erases nothing that was said', async () => {
    await open()
    standIn.receive(bob, 'before')
    await window.shows('@bob: before')
    window.type('w'.repeat(100))
    window.resize(120)
    await window.until(() => typed('tidings> ') === 'w'.repeat(100), 'the line, wider')
    assert.ok(window.rows().some((row) => row.length > 100))
    assert.match(window.text(), /@bob: before\n.*\ntidings> w/)
    window.resize(60)
    standIn.receive(bob, 'after')
    const screen = await window.shows('@bob: after')
    assert.match(screen, /@bob: before/)
    window.press('C-u')
    window.type('Hi')
    await window.until(() => typed('tidings> ') === 'Hi', 'the line')
  })

  test('a message shows where it stands, in its own line', async () => {
    await open()
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
    window.type('Lunch?')
    window.press('Enter')
    await window.shows('you: Lunch? (queued)')
    standIn.advance(bob, 'delivered')
    await window.shows('you: Lunch? ✓\n')
    standIn.advance(bob, 'read')
    const screen = await window.shows('you: Lunch? ✓✓\n')
    assert.equal(screen.match(/Lunch/g)?.length, 1, 'shown once')

    window.type('And tea?')
    window.press('Enter')
    await window.shows(/\d\d:\d\d {6}And tea\? \(queued\)/)
    standIn.receive(bob, 'Yes')
    standIn.advance(bob, 'delivered')
    await window.shows(/And tea\? ✓\n.*\n.*bob: Yes/)
    standIn.advance(bob, 'read')
    await window.shows(/And tea\? ✓✓\n.*\n.*bob: Yes/)
    assert.doesNotMatch(window.text(), /delivered to bob|read by bob/)
  })

  test('in a group a message shows how many have it, and how many have read it', async () => {
    await open()
    window.type('#crew All hands')
    window.press('Enter')
    await window.shows('All hands (queued)')
    standIn.reachInCrew('delivered', { deliveredTo: 1, readBy: 0 })
    await window.shows('All hands ✓ 1/3\n')
    standIn.reachInCrew('delivered', { deliveredTo: 3, readBy: 0 })
    await window.shows('All hands ✓ 3/3\n')
    standIn.reachInCrew('read', { deliveredTo: 3, readBy: 2 })
    const screen = await window.shows('All hands ✓✓ 2/3\n')
    assert.equal(screen.match(/All hands/g)?.length, 1, 'shown once')
  })

  test('to somebody who is away it is said what will happen, once', async () => {
    await open()
    window.type('@carol')
    window.press('Enter')
    await window.shows(/^carol>/m)
    for (const text of ['first', 'second']) {
      window.type(text)
      window.press('Enter')
    }
    await window.shows(/second \(queued\)/)
    await window.shows('carol is not here now. What you write is kept, and goes by itself')
    assert.equal(window.text().match(/is not here now/g)?.length, 1)
  })

  test('/undo takes a message from the screen and gives its words back', async () => {
    await open()
    window.type('@carol')
    window.press('Enter')
    await window.shows(/^carol>/m)
    window.type('too early')
    window.press('Enter')
    await window.shows(/you: too early \(queued\)/)
    window.type('/undo')
    window.press('Enter')
    await window.shows(/^carol> too early$/m)
    assert.doesNotMatch(window.text(), /you: too early/)
    assert.equal(standIn.messages.at(-1)?.text, 'long ago')
  })

  test('of a backlog that is delivered in part the rest is still queued', async () => {
    const own = { own: true, author: SELF, state: 'queued' } as const
    for (let n = 2; n <= 151; n++) standIn.messages.push(message(carol, n, `waiting ${n}`, own))
    await open()
    await window.enter('@carol', 'waiting 151 (queued)')
    standIn.advance(carol, 'delivered', 20)
    await window.shows('Delivered 20 waiting messages to carol.')
    assert.match(window.text(), /waiting 151 \(queued\)/)
    // A key that comes while an earlier page is on its way does nothing.
    const back = (shows: string): Promise<string> =>
      window.until(() => {
        window.press('PPage')
        return window.text().includes(shows)
      }, shows)
    await back('waiting 52 (queued)')
    await back('waiting 21 ✓')
    standIn.advance(carol, 'delivered', 10)
    await window.shows('waiting 22 ✓')
    window.press(...Array.from({ length: 40 }, () => 'NPage'))
    await window.shows('waiting 151 (queued)')
    standIn.advance(carol, 'delivered', 120)
    await window.shows('waiting 151 ✓')
    await back('waiting 21 ✓')
    window.press('NPage')
    await window.shows('waiting 33 ✓')
  })

  test('a backlog that was delivered is one line', async () => {
    await open()
    for (let n = 1; n <= 12; n++) {
      window.type(`@carol waiting ${n}`)
      window.press('Enter')
    }
    await window.until(() => standIn.messages.length === 13, 'all sent')
    standIn.presence(carol, true)
    standIn.advance(carol, 'delivered', 5)
    standIn.advance(carol, 'delivered', 7)
    await window.shows('carol is online')
    await window.shows('Delivered 12 waiting messages to carol.')
  })

  test('Tab completes commands and names', async () => {
    await open()
    window.type('/whoi')
    window.press('Tab')
    await window.shows('tidings> /whois')
    window.type('car')
    window.press('Tab')
    await window.until(() => typed('tidings> ').trimEnd() === '/whois carol', 'the name')
    window.press('C-c')
    window.type('@"Bob L')
    window.press('Tab')
    window.type('Hi')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'Hi', 'sent')
    assert.equal(standIn.messages.at(-1)?.conversation, lab.conversation)
    await window.shows('you to Bob Lab: Hi (queued)')
  })

  test('requests, presence, new names and troubles are told', async () => {
    await open()
    standIn.set(contact('dave', { state: 'incoming', request: 'Hi!', online: false }), 'request')
    await window.shows('dave asks to become your contact: "Hi!". /accept dave or /reject dave')
    window.type('/accept dave')
    window.press('Enter')
    await window.shows(/What you type now goes to dave\.\n.*dave is your contact now\.$/m)
    standIn.presence(bob, false)
    await window.shows('bob is offline')
    standIn.tell({ type: 'renamed', account: bob.account, from: 'bob', to: 'rob', imitates: null })
    await window.shows('bob goes by the name rob now.')
    standIn.tell({ type: 'trouble', where: 'mdns', message: 'no interface' })
    await window.shows('! mdns: no interface')
    standIn.tell({
      type: 'renamed',
      account: bob.account,
      from: 'rob',
      to: '\u001b[2Jbob',
      imitates: null,
    })
    await window.shows('rob goes by the name \\x1b[2Jbob now.')
    assert.match(window.text(), /dave is your contact now\./)
  })

  test('of strangers who share a name the first steps give the ids', async () => {
    standIn.contacts.clear()
    standIn.messages.length = 0
    const [one, other] = ['bob', 'Bob'].map((name, i) =>
      nearbyNode(name, { account: accountId(`5qa${i + 2}`) }),
    )
    assert.ok(one && other)
    standIn.nearby.push(one)
    await open()
    await window.shows(/\/add bob asks them/)
    standIn.nearby.push(other)
    standIn.tell({ type: 'nearby', node: other, present: true })
    await window.shows('Bob is nearby. /add 5qa3aaaa asks them')
    window.close()
    await open()
    await window.shows(/\/add 5qa2aaaa asks them/)
  })

  test('the first steps tick themselves', async () => {
    standIn.contacts.clear()
    standIn.messages.length = 0
    await open()
    await window.shows('First steps (1 of 5)')
    const erin = nearbyNode('erin')
    standIn.nearby.push(erin)
    standIn.tell({ type: 'nearby', node: erin, present: true })
    await window.shows('erin is nearby. /add erin')
    await window.shows(
      /You found somebody\. Next: \/nearby shows who is here, \/add erin asks them/,
    )
    window.type('/add erin')
    window.press('Enter')
    await window.shows('You asked erin to become your contact')
    const friend = standIn.set(contact('erin'))
    await window.shows('erin accepted your request.')
    await window.shows('[✓] You have a contact. Next: @erin Hello!')
    const own = { own: true, author: SELF, state: 'delivered' } as const
    standIn.receive(friend, '', { ...own, kind: 'timer', timer: 60 })
    await window.shows('set messages to disappear')
    window.type('@erin Hello!')
    window.press('Enter')
    await window.shows('[✓] You sent a message. Next')
    standIn.advance(friend, 'delivered')
    await window.shows('[✓] A message of yours was delivered.')
    window.type('/help start')
    window.press('Enter')
    await window.shows('First steps (5 of 5)')
  })

  test('a daemon that goes away and comes back costs no message and doubles none', async () => {
    await open()
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
    standIn.receive(bob, 'before')
    await window.shows('bob: before')
    await standIn.stop()
    await window.shows('The node went away.')
    window.type('into the void')
    window.press('Enter')
    await window.shows('Not sent: the node is not running')
    standIn.receive(bob, 'meanwhile')
    standIn.contacts.set(carol.account, { ...carol, online: true })
    await standIn.start()
    await window.shows('The node is back.')
    await window.shows('carol is online')
    const screen = await window.shows('bob: meanwhile')
    assert.equal(screen.match(/bob: before/g)?.length, 1)
    assert.equal(screen.match(/bob: meanwhile/g)?.length, 1)
    standIn.receive(bob, 'after')
    await window.shows(/^14:02 {6}after$/m)
  })

  test('new names, and what became of groups, are told once the node is back', async () => {
    await open()
    await standIn.stop()
    await window.shows('The node went away.')
    const robert = { ...bob, name: 'robert' }
    standIn.contacts.set(bob.account, robert)
    standIn.crew = { ...standIn.crew, state: 'removed' }
    await standIn.start()
    await window.shows('bob goes by the name robert now.')
    await window.shows('You were removed from #crew.')
    await window.until(() => standIn.following === 1, 'the node is back')
    const renamed = { type: 'renamed', account: bob.account, from: 'bob', to: 'robert' } as const
    standIn.tell({ ...renamed, imitates: null })
    standIn.tell({ ...renamed, from: 'robert', to: 'rob', imitates: null })
    const screen = await window.shows('robert goes by the name rob now.')
    assert.equal(screen.match(/goes by the name robert/g)?.length, 1)
  })

  test('what was read while the node started again is shown as read', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    await window.enter('Lunch?', 'you: Lunch? (queued)')
    standIn.advance(bob, 'delivered')
    await window.shows('you: Lunch? ✓\n')
    await standIn.stop()
    await window.shows('The node went away.')
    standIn.advance(bob, 'read')
    await standIn.start()
    await window.shows('you: Lunch? ✓✓\n')
  })

  test('what a node did not answer before it went away is not said to be unsent', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    await window.enter('CRASH', 'you: CRASH')
    window.type('IGNORE')
    window.press('Enter')
    await window.shows(/you: CRASH\n.* IGNORE\n/)
    await window.until(() => standIn.messages.some(({ text }) => text === 'CRASH'), 'it is taken')
    // Events come one after the other: that of the message was there before this one.
    standIn.receive(bob, 'what was told next')
    await window.shows('what was told next')
    await standIn.stop()
    await window.shows('It is not known whether this was sent')
    await window.until(() => typed('bob> ') === 'IGNORE', 'the words that nobody told of')
    await standIn.start()
    const screen = await window.shows('The node is back.')
    assert.equal(screen.match(/you: CRASH \(queued\)/g)?.length, 1)
    assert.equal(screen.match(/CRASH|IGNORE/g)?.length, 2)
    assert.doesNotMatch(screen, /Not sent/)
  })

  test('Ctrl+C clears the line, twice leaves; Ctrl+D leaves; what was typed is kept', async () => {
    await open()
    window.type('/contacts')
    window.press('Enter')
    await window.shows('carol')
    window.type('y'.repeat(200))
    window.press('C-c')
    await window.until(() => typed('tidings> ') === '', 'an empty line')
    window.type('z')
    window.press('C-c', 'C-c')
    await window.until(() => window.exitCode === 0, 'the end')
    window.close()
    assert.equal(readFileSync(historyFile(), 'utf8'), '/contacts\n')
    assert.equal(statSync(historyFile()).mode & 0o777, 0o600)
    await open()
    window.press('Up')
    await window.until(() => typed('tidings> ') === '/contacts', 'the line from before')
    window.press('C-u', 'C-d')
    await window.until(() => window.exitCode === 0, 'the end')
  })

  test('what no node can keep stays on the terminal that is left', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    await standIn.stop()
    await window.shows('The node went away.')
    window.type('half a sentence')
    await window.shows(/^bob> half a sentence$/m)
    window.press('C-c', 'C-c')
    await window.until(() => window.exitCode === 0, 'the end')
    await window.shows(/what you typed to bob:\nhalf a sentence\n/)
  })

  test('lines typed before that cannot be read are told, and stop nobody', async () => {
    mkdirSync(historyFile())
    await open()
    await window.shows('! what you type is not remembered: EISDIR')
    await window.enter('/contacts', 'carol')
    window.press('Up')
    await window.until(() => typed('tidings> ') === '/contacts', 'what was typed here')
  })

  test('lists and help stay within 80 columns', async () => {
    await open()
    for (const command of ['/help', '/help logout', '/contacts', '/nearby', '/help history']) {
      window.type(command)
      window.press('Enter')
    }
    await window.shows('--before')
    const long = window
      .text()
      .split('\n')
      .filter((line) => line.length > 80)
    assert.deepEqual(long, [])
  })
})
