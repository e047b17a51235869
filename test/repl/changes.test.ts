// Messages that change, at the prompt: which one is meant, what is said once, and where.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, afterEach, beforeEach, describe, test } from 'node:test'

import { contact, message } from './people.ts'
import { CREW, SELF, StandIn } from './stand-in.ts'
import { hasTmux, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-changes-'))
const bob = contact('bob')
const carol = contact('carol')
const own = { own: true, author: SELF, state: 'read' } as const

let standIn: StandIn
let started = 0

const socket = (): string => path.join(folder, `${started}.sock`)

beforeEach(async () => {
  started++
  standIn = new StandIn(socket(), [bob, carol])
  standIn.messages.push(
    message(bob, 1, 'theirs 1'),
    message(bob, 2, 'mine 2', own),
    message(bob, 3, 'theirs 3'),
    message(bob, 4, 'mine 4', own),
  )
  await standIn.start()
})
afterEach(() => standIn.stop())
after(() => rmSync(folder, { recursive: true }))

const shown = (seq: number) => standIn.messages[seq - 1]

describe('between pipes', () => {
  async function run(input: string): Promise<{ code: number; out: string; errors: string }> {
    const child = spawn(process.execPath, [ON_SCREEN, socket(), path.join(folder, 'history')], {
      env: { ...process.env, TZ: 'UTC' },
    })
    const [out, errors] = [text(child.stdout), text(child.stderr)]
    const exit = once(child, 'exit') as Promise<[number]>
    child.stdin.end(input)
    const [code] = await exit
    return { code, out: await out, errors: await errors }
  }

  test('/undo takes back what was sent last here, and its id is free again', async () => {
    const { code, out } = await run('@bob\nlater\n/undo\nlater still\n')
    assert.equal(code, 0)
    assert.match(out, /taken back, nobody got it: later\n/)
    assert.match(out, /later still/)
    assert.equal(standIn.messages.at(-1)?.text, 'later still')
    const refused = await run('/undo\n')
    assert.equal(refused.code, 1)
    assert.match(refused.errors, /cannot be undone/)
  })

  test('without a name the newest message is meant that fits the command', async () => {
    const { code, errors } = await run(
      '@bob\n/edit  two "words"  here\n/edit ^2 older\n/react 👍\n/react ^2 ☕\n/pin ^2\n',
    )
    assert.deepEqual([code, errors], [0, ''])
    assert.deepEqual(
      standIn.messages.map((m) => m.text),
      ['theirs 1', 'older', 'theirs 3', 'two "words"  here'],
    )
    assert.equal(shown(3)?.reactions[0]?.emoji, '👍')
    assert.equal(shown(1)?.reactions[0]?.emoji, '☕')
    assert.equal(shown(1)?.pinned, true)
    const again = await run('@bob\n/unpin\n/delete\n/edits\n')
    assert.deepEqual([again.code, again.errors], [0, ''])
    assert.deepEqual([shown(1)?.pinned, shown(4)?.deleted], [false, true])
    assert.match(again.out, /as it was\n.*\n +older/)
  })

  test('a change is said once, with the message as it is', async () => {
    const { out } = await run('@bob\n/edit other words\n/pin\n/pins\n/delete ^2\n')
    assert.equal(out.match(/you edited: 14:02 you: other words \(edited\) \(read\)/g)?.length, 1)
    assert.equal(out.match(/you pinned: 14:02 bob: theirs 3 \(pinned\)$/gm)?.length, 1)
    assert.equal(out.match(/^14:02 bob: theirs 3 \(pinned\)$/gm)?.length, 1, 'in the list')
    assert.match(out, /^you deleted a message of 14:02$/m)
  })

  test('in a group it is the same, and what the group tells of itself is not meant', async () => {
    const crew = { conversation: CREW }
    const told = { ...own, ...crew, action: true, kind: 'group' } as const
    standIn.messages.push(
      message(carol, 5, 'of carol', crew),
      message(bob, 6, 'of mine', { ...own, ...crew }),
      message(carol, 7, 'joined', { ...crew, action: true, kind: 'group' }),
      message(bob, 8, 'made carol an admin', told),
      message(carol, 9, '', { ...crew, kind: 'timer', timer: 3600 }),
    )
    const { code, out, errors } = await run('#crew\n/edit my own\n/react 👍\n/pin\n/pins\n')
    assert.deepEqual([code, errors], [0, ''])
    assert.equal(shown(6)?.text, 'my own')
    assert.equal(shown(5)?.reactions[0]?.emoji, '👍')
    assert.match(out, /made carol an admin$/m, 'it is delivered, which nobody wants to know')
    assert.match(out, /you edited: 14:02 you: my own \(edited\)/)
    assert.match(out, /you pinned: 14:02 carol: of carol \(pinned\) \(👍 from you\)$/m)
    const elsewhere = await run('@bob\n#crew\n/delete\n')
    assert.match(elsewhere.out, /^you deleted a message of 14:02$/m)
    assert.deepEqual([shown(6)?.deleted, shown(4)?.deleted], [true, false])
  })

  test('what is meant may be far back', async () => {
    const pinned = message(bob, 5, 'pinned long ago', { pinned: true })
    standIn.messages.push(pinned)
    for (let i = 0; i < 1100; i++) standIn.messages.push(message(bob, 6 + i, `theirs ${i}`))
    const { code, errors } = await run(
      `@bob\n/unpin\n/edit ^2 older\n/edits\n/delete\n/reply ${pinned.id} An answer.\n`,
    )
    assert.deepEqual([code, errors], [0, ''])
    assert.deepEqual([shown(2)?.text, shown(4)?.deleted, shown(5)?.pinned], ['older', true, false])
    assert.equal(standIn.messages.at(-1)?.replyTo?.text, 'pinned long ago')
  })

  test('only a whole word names a message: others are words of the text', async () => {
    const { code, errors } = await run('@bob\n/reply ^2nd try\n/edit ^1st ^2\n')
    assert.deepEqual([code, errors], [0, ''])
    const answer = standIn.messages.at(-1)
    assert.deepEqual([answer?.text, answer?.replyTo?.text], ['^1st ^2', 'theirs 3'])
    const before = structuredClone(standIn.messages)
    assert.match((await run('@bob\n/edit ^1000 words\n')).errors, /no such message to edit here/)
    assert.deepEqual(standIn.messages, before)
  })

  test('what cannot be meant is refused, and nothing is changed', async () => {
    const before = structuredClone(standIn.messages)
    for (const [line, words] of [
      ['/edit new words', /No conversation is open/],
      ['@bob\n/edit ', /Usage: \/edit \[ID\] TEXT/],
      ['@bob\n/edit ^9 words', /there is no such message to edit here/],
      ['@bob\n/unpin', /there is no such message to unpin here/],
      ['@carol\n/delete', /there is no such message to delete here/],
    ] as const) {
      const { code, errors } = await run(`${line}\n`)
      assert.equal(code, 1, line)
      assert.match(errors, words)
    }
    assert.deepEqual(standIn.messages, before)
  })
})

describe('on a terminal', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
  let window: Window
  const open = async (): Promise<void> => {
    window = new Window([process.execPath, ON_SCREEN, socket(), path.join(folder, 'terminal')])
    await window.shows('tidings>')
    window.type('@bob')
    window.press('Enter')
    await window.shows(/^bob>/m)
  }
  afterEach(() => window.close())

  test('a message that is on the screen changes in its place', async () => {
    await open()
    const news = standIn.receive(bob, 'tpyo')
    await window.shows('bob: tpyo')
    standIn.changed(news.id, 'edited', { text: 'typo', edited: true }, { by: bob })
    await window.shows(/bob: typo {2}\(edited\)/)
    const reactions = [{ emoji: '☕', accounts: [bob.account, SELF], mine: true }]
    standIn.changed(news.id, 'reacted', { reactions }, { by: bob, emoji: '☕' })
    await window.shows(/bob: typo {2}\(edited\) {2}\[☕ 2\*\]/)
    assert.doesNotMatch(window.text(), /tpyo|bob edited/)
    const first = shown(1)?.id ?? ''
    standIn.changed(first, 'edited', { text: 'other', edited: true }, { by: bob })
    await window.shows(/bob: other {2}\(edited\)/)
    standIn.changed(news.id, 'deleted', { text: '', deleted: true }, { by: bob })
    await window.shows(/bob: \(deleted\)|\d {6}\(deleted\)/)
    // The same once more is no news.
    standIn.changed(news.id, 'deleted', {}, { by: bob })
    standIn.receive(bob, 'after that')
    const text = await window.shows('after that')
    assert.equal(text.match(/\(deleted\)/g)?.length, 1)
    assert.doesNotMatch(text, /typo|bob edited|bob deleted/)
  })

  test('answers quote what a message says now, and nothing that was deleted', async () => {
    await open()
    const asked = standIn.receive(bob, 'at fvie?')
    const replyTo = { ...asked, text: 'at fvie?' }
    standIn.receive(bob, 'answer', { replyTo })
    await window.shows(/answer\n.*↳ bob: at fvie\?/)
    standIn.changed(asked.id, 'edited', { text: 'at five?', edited: true }, { by: bob })
    await window.shows(/answer\n.*↳ bob: at five\?/)
    standIn.changed(asked.id, 'deleted', { text: '', deleted: true }, { by: bob })
    await window.shows(/answer\n.*↳ bob: \(deleted\)/)
    assert.doesNotMatch(window.text(), /five|fvie/)
  })

  test('a change elsewhere is made in its place; of an own message it is told', async () => {
    await open()
    const theirs = standIn.receive(carol, 'hello')
    standIn.receive(bob, 'between')
    await window.shows('between')
    standIn.changed(theirs.id, 'edited', { text: 'hullo', edited: true }, { by: carol })
    await window.shows(/14:02 @carol: hullo {2}\(edited\)/)
    const inGroup = standIn.receive(carol, 'helo', { conversation: CREW })
    standIn.receive(bob, 'between again')
    await window.shows('between again')
    standIn.changed(inGroup.id, 'edited', { text: 'hello', edited: true }, { by: carol })
    const there = { conversation: CREW, own: true, author: SELF }
    const mine = message(bob, standIn.messages.length + 1, 'mine there', there)
    standIn.messages.push(mine)
    const reactions = [{ emoji: '☕', accounts: [carol.account], mine: false }]
    standIn.changed(mine.id, 'reacted', { reactions }, { by: carol, emoji: '☕' })
    await window.shows(/carol reacted with ☕ to: \(#crew\)/)
    assert.doesNotMatch(window.text(), /carol edited/)
  })

  test('in a muted conversation that is not open nothing is said of a change', async () => {
    await open()
    const theirs = standIn.receive(carol, 'hello')
    standIn.receive(bob, 'between')
    await window.shows('between')
    window.type('/mute @carol')
    window.press('Enter')
    await window.shows('carol is muted')
    standIn.changed(theirs.id, 'edited', { text: 'hullo', edited: true }, { by: carol })
    standIn.receive(bob, 'after that')
    assert.doesNotMatch(await window.shows('after that'), /carol edited/)
    standIn.changed(theirs.id, 'pinned', { pinned: true })
    await window.shows(/@carol: hullo .*\(pinned\)/)
  })
})
