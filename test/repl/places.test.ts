// Several conversations on one screen: going from one to another by keys, what is told of those
// that are not in view, and going back through what was said.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'

import { contact, message } from './people.ts'
import { CREW, SELF, StandIn } from './stand-in.ts'
import { hasTmux, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-places-'))
const bob = contact('bob')
const carol = contact('carol', { online: false })

let standIn: StandIn
let window: Window
let started = 0

async function open(env: Record<string, string> = { NO_COLOR: '1' }): Promise<void> {
  const files = [path.join(folder, `${started}.sock`), path.join(folder, `${started}.history`)]
  window = new Window([process.execPath, ON_SCREEN, ...files], env)
  await window.shows(/^tidings[^>]*>/m)
}

/** The row that tells of the conversations. */
const bar = (): string => window.rows().at(-2) ?? ''

async function barIs(words: string): Promise<void> {
  await window.until(() => bar() === words, words)
}

after(() => rmSync(folder, { recursive: true }))

describe('places', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
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

  test('Alt and a number, or an arrow, brings a conversation into view, Alt+H none', async () => {
    await open()
    await barIs('1:●bob 2:carol 3:●#crew')
    window.press('M-2')
    await window.shows(/^carol>/m)
    await barIs('1:●bob [2:carol] 3:●#crew')
    standIn.receive(carol, 'hello from carol')
    await window.shows('carol: hello from carol')
    window.press('M-Left')
    await window.shows(/^bob>/m)
    assert.doesNotMatch(window.text(), /hello from carol/)
    assert.match(window.text(), /you: long ago ✓✓/)
    window.press('M-Left')
    await window.shows(/^#crew>/m)
    window.press('M-Right', 'M-Right')
    await window.shows(/^carol>/m)
    await window.shows('carol: hello from carol')
    const read = standIn.pages.filter((conversation) => conversation === carol.conversation)
    assert.equal(read.length, 1, 'what is held is not read again')
    window.press('M-h')
    await window.shows(/^tidings>/m)
    assert.match(window.text(), /Tidings, as ann/)
  })

  test('that nothing was said yet is told for as long as it is so', async () => {
    await open()
    await window.enter('@carol', 'No messages yet. What you type now goes to carol.')
    await window.enter('@bob Hello', 'you to bob: Hello')
    assert.match(window.text(), /^No messages yet/m)
    await window.enter('@bob', 'long ago')
    standIn.receive(carol, 'hello from carol')
    await window.shows('@carol: hello from carol')
    await window.enter('@carol', 'carol: hello from carol')
    assert.doesNotMatch(window.text(), /No messages yet/)
  })

  test('what is not read is counted, and Alt+A goes there, mentions first', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    // As the node counts, which is asked now and then.
    standIn.unread = 4
    standIn.standings.set(carol.conversation, { unread: 2, mentions: 0 })
    standIn.standings.set(CREW, { unread: 2, mentions: 1 })
    standIn.receive(carol, 'one')
    standIn.receive(carol, 'two')
    const inCrew = { conversation: CREW }
    standIn.receive(carol, 'chatter', inCrew)
    standIn.receive(carol, 'hey @ann', { ...inCrew, mentionsYou: true })
    await window.shows('#crew carol: hey @ann')
    await barIs('[1:●bob] 2:carol(2) 3:●#crew(2,@1)')
    assert.doesNotMatch(window.text(), /chatter/)
    window.press('M-a')
    await window.shows(/^#crew/m)
    standIn.standings.delete(CREW)
    await barIs('1:●bob 2:carol(2) [3:●#crew]')
    window.press('M-a')
    await window.shows(/^carol/m)
    standIn.standings.delete(carol.conversation)
    standIn.unread = 0
    window.press('M-a')
    await window.shows('Nothing is unread.')
  })

  test('a line shows where what is not read begins', async () => {
    for (let n = 0; n < 30; n++) standIn.messages.push(message(carol, 1000 + n, `said ${n}`))
    standIn.standings.set(carol.conversation, { unread: 3, mentions: 0 })
    standIn.unread = 3
    await open()
    window.press('M-2')
    await window.shows(/said 26\n── not read yet ─+\n14:02 carol: said 27|said 26\n── not read yet/)
  })

  test('that line shows where one goes back to it, however much is not read', async () => {
    for (let n = 0; n < 130; n++) standIn.messages.push(message(carol, 1000 + n, `said ${n}`))
    standIn.standings.set(carol.conversation, { unread: 120, mentions: 0 })
    standIn.unread = 120
    await open()
    window.press('M-2')
    await window.shows('said 129')
    assert.doesNotMatch(window.text(), /not read yet/)
    await window.until(() => {
      window.press('PPage')
      return /said 9\n── not read yet ─+\n14:02 carol: said 10\n/.test(window.text())
    }, 'the line')
  })

  test('of a conversation that was in view before it shows what came meanwhile', async () => {
    await open()
    window.press('M-2')
    await window.shows(/^carol>/m)
    standIn.receive(carol, 'before that')
    await window.shows('carol: before that')
    const line = '── not read yet ─+\n'
    for (const came of ['one', 'two']) {
      window.press('M-2')
      await window.shows(/^carol>/m)
      window.press('M-1')
      await window.shows(/^bob>/m)
      standIn.receive(carol, `first of ${came}`)
      standIn.receive(carol, `more of ${came}`)
      await window.shows(`more of ${came}`)
      window.press('M-2')
      await window.shows(new RegExp(`${line}14:02 carol: first of ${came}\n.*more of ${came}`))
      assert.equal(window.text().match(/not read yet/g)?.length, 1)
    }
  })

  test('what is no message does not count where that line is drawn', async () => {
    for (let n = 0; n < 4; n++) standIn.messages.push(message(carol, 1000 + n, `said ${n}`))
    for (let n = 0; n < 2; n++) {
      standIn.messages.push({ ...message(carol, 1010 + n, ''), kind: 'timer', timer: 60 })
    }
    standIn.standings.set(carol.conversation, { unread: 3, mentions: 0 })
    standIn.unread = 3
    await open()
    window.press('M-2')
    await window.shows(/said 0\n── not read yet ─+\n14:02 carol: said 1/)
  })

  test('what was said in a group before one joins it is counted, not told as news', async () => {
    const { crew } = standIn
    standIn.crew = { ...crew, state: 'invited' }
    await open()
    for (const state of ['joining', 'joined'] as const) {
      standIn.tell({ type: 'group', group: { ...crew, state } })
    }
    standIn.receive(carol, 'added you', { conversation: CREW, kind: 'group', action: true })
    for (const text of ['old', 'older']) standIn.receive(carol, text, { conversation: CREW })
    await window.shows('Caught up: 2 messages with #crew.')
    assert.doesNotMatch(window.text(), /carol: old/)
    standIn.receive(carol, 'new', { conversation: CREW })
    await window.shows('#crew carol: new')
  })

  test('who is there in a group is looked up when somebody comes or goes', async () => {
    await open()
    await barIs('1:●bob 2:carol 3:●#crew')
    standIn.crew = { ...standIn.crew, members: 3, online: 0 }
    standIn.presence(bob, false)
    await barIs('1:bob 2:carol 3:#crew')
    await window.enter('#crew', '#crew, 3 members, 0 of the others online')
    standIn.crew = { ...standIn.crew, online: 2, state: 'removed' }
    standIn.presence(bob, true)
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.equal(bar(), '1:●bob 2:carol [3:#crew]', 'what it is to the user, events tell')
    standIn.crew = { ...standIn.crew, state: 'joined' }
    standIn.receive(bob, 'joined', { conversation: CREW, kind: 'group', action: true })
    await barIs('1:●bob 2:carol [3:●#crew]')
  })

  test('what shows in the rows of messages is not told beside them', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    for (const word of ['one', 'two', 'three']) await window.enter(word, `${word} (queued)`)
    standIn.advance(bob, 'read', 3)
    await window.shows(/one ✓✓\n.*two ✓✓\n.*three ✓✓/)
    const own = { own: true, author: SELF, conversation: CREW, state: 'queued' } as const
    standIn.receive(bob, 'added bob', { ...own, kind: 'group', action: true })
    standIn.reachInCrew('delivered', { deliveredTo: 1, readBy: 0 })
    await window.enter('#crew Hi', 'you to #crew: Hi (queued)')
    standIn.reachInCrew('delivered', { deliveredTo: 1, readBy: 0 })
    await window.shows('you to #crew: Hi ✓ 1/3')
    await new Promise((resolve) => setTimeout(resolve, 400))
    assert.doesNotMatch(window.text(), /read by|Delivered|delivered/)
  })

  test('a command stands above its answer, but where that is a message', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    standIn.receive(bob, 'Lunch?')
    await window.shows('bob: Lunch?')
    await window.enter('/reply Yes.', 'you: Yes. (queued)')
    await window.enter('/me waves', '* ann waves')
    await window.enter('/reply', /^\/reply$/m)
    assert.doesNotMatch(window.text(), /\/reply Yes|\/me/)
  })

  test('/open opens a group as well as a person', async () => {
    await open()
    await window.enter('/open #crew', /^#crew>/m)
    await window.enter('/open bob', /^bob>/m)
    await window.enter('/open #crwe', '! There is no group #crwe here.')
  })

  test('what was opened while the node was away is shown once it is back', async () => {
    standIn.messages.push(message(carol, 2, 'hello from carol'))
    await open()
    await window.enter('@bob', /^bob>/m)
    await standIn.stop()
    await window.shows('The node went away.')
    window.press('M-2')
    await window.shows(/^carol>/m)
    await standIn.start()
    await window.shows('carol: hello from carol')
    assert.deepEqual(standIn.reads, [bob.conversation, carol.conversation])
  })

  test('what was begun in one conversation waits there', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    window.type('for bob')
    await window.shows(/^bob> for bob$/m)
    window.press('M-2')
    await window.shows(/^carol>$/m)
    window.type('for carol')
    await window.shows(/^carol> for carol$/m)
    window.press('M-1')
    await window.shows(/^bob> for bob$/m)
    window.press('M-2')
    await window.shows(/^carol> for carol$/m)
    assert.equal(standIn.drafts.get(bob.conversation), 'for bob')
  })

  test('a search is over where another is opened, and what it found is left', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    await window.enter('an old message', 'you: an old message')
    window.type('for bob')
    window.press('C-r')
    window.type('old')
    await window.shows(/^\(search: old\) an old message$/m)
    window.press('M-2')
    await window.shows(/^carol>$/m)
    window.press('M-1')
    await window.shows(/^bob> for bob$/m)
    assert.equal(standIn.drafts.get(bob.conversation), 'for bob')
  })

  test('PgUp goes back through all that was said, also while one types', async () => {
    for (let n = 0; n < 350; n++) standIn.messages.push(message(bob, 1000 + n, `said ${n}`))
    await open()
    await window.enter('@bob', 'said 349')
    window.type('half a line')
    const seen = new Set<number>()
    const look = (): void => {
      for (const [, n] of window.text().matchAll(/said (\d+)/g)) seen.add(Number(n))
    }
    for (let i = 0; i < 100 && !window.text().includes('long ago'); i++) {
      look()
      window.press('PPage')
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    look()
    await window.shows('you: long ago')
    assert.equal(seen.size, 350, 'every message was in view')
    assert.match(window.text(), /PgDn: newer\nbob> half a line$/)
    standIn.receive(bob, 'meanwhile')
    await window.shows('PgDn: 1 new')
    assert.match(window.text(), /you: long ago/, 'the place stays')
    for (let i = 0; i < 60 && /PgDn/.test(window.text()); i++) window.press('NPage')
    await window.shows(/meanwhile\n.*\nbob> half a line$/)
  })

  test('going back goes on once a node that was away is there again', async () => {
    for (let n = 0; n < 150; n++) standIn.messages.push(message(bob, 1000 + n, `said ${n}`))
    await open()
    await window.enter('@bob', 'said 149')
    await standIn.stop()
    await window.shows('The node went away.')
    const back = async (): Promise<void> => {
      window.press(...Array.from({ length: 20 }, () => 'PPage'))
      await window.shows(/said 50$/m)
    }
    await back()
    assert.doesNotMatch(window.text(), /said 49$/m)
    await standIn.start()
    await window.until(() => standIn.following === 1, 'the node is back')
    await back()
    await window.shows(/said 49$/m)
  })

  test('sending goes to the end; what is longer than the screen begins at its top', async () => {
    for (let n = 0; n < 80; n++) standIn.messages.push(message(bob, 1000 + n, `said ${n}`))
    await open()
    await window.enter('@bob', 'said 79')
    window.press('PPage', 'PPage')
    await window.shows('PgDn: newer')
    await window.enter('Hi', /Hi \(queued\)\n/)
    await window.enter('/help all', 'PgDn: newer')
    assert.match(window.rows()[0] ?? '', /^People/)
    window.press('PPage')
    await window.shows(/Hi \(queued\)\n\/help all\n/)
  })

  test('at 200 by 50 lines are long and names stand in one column', async () => {
    await open()
    window.resize(200, 50)
    await window.enter('#crew', /^#crew>/m)
    const inCrew = { conversation: CREW }
    standIn.receive(bob, 'word '.repeat(60).trimEnd(), inCrew)
    standIn.receive(carol, 'short', inCrew)
    standIn.receive(carol, 'again', inCrew)
    await window.shows('again')
    const rows = window.rows()
    assert.ok(rows.some((row) => row.length > 150))
    const at = rows.findIndex((row) => row.includes('bob:'))
    assert.match(rows[at] ?? '', /^14:02 bob: {3}word/)
    assert.match(rows[at + 1] ?? '', /^ {13}word/)
    assert.deepEqual(rows.slice(at + 2, at + 4), ['14:02 carol: short', '14:02        again'])
    assert.equal(rows.length, 50)
    window.resize(80)
    await window.until(() => window.rows().every((row) => row.length <= 80), '80 columns')
    await window.shows(/^14:02 carol: short$/m)
  })

  test('colours follow what the terminal can, and say nothing of their own', async () => {
    await open({ TERM: 'xterm-256color' })
    await window.enter('@bob', /^bob>/m)
    standIn.receive(bob, 'see https://example.org/x and `code`', { mentionsYou: true })
    await window.shows('see https')
    const coloured = window.coloured()
    const row = coloured.find((each) => each.includes('example.org')) ?? ''
    assert.ok(row.includes('\u001b[4mhttps:'), 'a link is underlined')
    assert.ok(coloured.at(-2)?.includes('\u001b[7m'), 'the bar is inverse')
    const plain = window.text()
    window.close()
    await standIn.stop()
    await standIn.start()
    await open()
    await window.enter('@bob', 'see https')
    assert.ok(!window.coloured().join('').includes('\u001b['), 'no colour at all')
    assert.match(plain, /14:02 bob: @ see https:\/\/example\.org\/x and `code`/)
    assert.match(window.text(), /14:02 bob: @ see https:\/\/example\.org\/x and `code`/)
  })

  test('a message that disappears goes from the screen when its time is over', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    const soon = new Date(Date.now() + 1500).toISOString()
    standIn.receive(bob, 'for a moment', { disappearsAt: soon })
    standIn.receive(bob, 'for long')
    await window.shows('bob: for a moment')
    await window.until(() => !window.text().includes('for a moment'), 'it is gone')
    await window.shows('bob: for long')
  })

  test('a message of one’s own goes from the screen it was sent from, too', async () => {
    await open()
    await window.enter('@bob', /^bob>/m)
    standIn.timers.set(bob.conversation, 2)
    await window.enter('for a moment', 'you: for a moment (queued)')
    await window.until(() => !window.text().includes('for a moment'), 'it is gone')
    standIn.timers.delete(bob.conversation)
    await window.enter('for long', 'you: for long (queued)')
  })

  test('a slow link is enough: a key costs bytes, a message not the screen', async () => {
    for (let n = 0; n < 80; n++) standIn.messages.push(message(bob, 1000 + n, `said ${n}`))
    await open()
    await window.enter('@bob', 'said 79')
    const file = path.join(folder, `${started}.written`)
    const written = (): number => readFileSync(file).length
    window.record(file)
    window.type('x')
    await window.until(() => bar() !== '' && window.text().endsWith('bob> x'), 'x')
    const before = written()
    window.type('y')
    await window.until(() => window.text().endsWith('bob> xy'), 'y')
    assert.equal(written() - before, 1, 'a key is a byte')
    const beforeMessage = written()
    standIn.receive(bob, 'one more')
    await window.shows('one more')
    const cost = written() - beforeMessage
    assert.ok(cost < 200, `a message costs ${cost} bytes of ${80 * 24}`)
  })
})
