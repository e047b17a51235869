// Tab and /help on a real pseudo-terminal: what is on the screen after these keys.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'

import { contact } from './people.ts'
import { CREW, StandIn } from './stand-in.ts'
import { hasTmux, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-tab-'))
const bob = contact('bob')
const lab = contact('Bob Lab', { account: 'b'.repeat(52) })

let standIn: StandIn
let window: Window
let started = 0

beforeEach(async () => {
  started++
  standIn = new StandIn(path.join(folder, `${started}.sock`), [bob, lab])
  await standIn.start()
})
afterEach(async () => {
  window.close()
  await standIn.stop()
})
after(() => rmSync(folder, { recursive: true }))

async function open(line: string, prompt: RegExp): Promise<void> {
  const socket = path.join(folder, `${started}.sock`)
  window = new Window([process.execPath, ON_SCREEN, socket, path.join(folder, 'history')])
  await window.shows(/^tidings> ?$/m)
  window.type(line)
  window.press('Enter')
  await window.shows(prompt)
}

/** Types a text, and then presses keys. */
async function types(keys: string, ...more: string[]): Promise<void> {
  window.type(keys)
  if (more.length > 0) window.press(...more)
}
const lastRow = (): string => window.rows().at(-1) ?? ''
const isTyped = (line: string): Promise<string> => window.until(() => lastRow() === line, line)

describe('on a terminal', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
  test('what could be meant stands above the line, and one of it in the line', async () => {
    await open('@bob', /^bob>/m)
    await types('/group re', 'Tab')
    await window.shows(/^\/group rename {2}\/group remove$/m)
    await isTyped('bob> /group re')
    await types('m', 'Tab')
    await isTyped('bob> /group remove')
    await types('#c', 'Tab')
    await isTyped('bob> /group remove #crew')
    window.press('C-u')
    await types('/exp', 'Tab')
    await types('"Bob L', 'Tab')
    await types('--f', 'Tab')
    await window.shows(/^--format {2}--force$/m)
    await types('m', 'Tab')
    await types('ma', 'Tab')
    await isTyped('bob> /export "Bob Lab" --format markdown')
  })

  test('messages are offered with their words, and what one reacts with whole', async () => {
    standIn.receive(bob, 'Tea or coffee?')
    standIn.receive(bob, 'At four?')
    await open('@bob', /At four\?[^]*^bob>/m)
    await types('/react ')
    await window.until(() => standIn.pages.length > 1, 'what was said is asked for')
    window.press('Tab')
    const screen = await window.shows(/^\^1 bob: At four\? {2}\^2 bob: Tea or coffee\? {2}👍/mu)
    assert.doesNotMatch(screen, /\ufffd/)
    await isTyped('bob> /react')
    await types('^2 🎉', 'Tab', 'Enter')
    await window.until(() => standIn.messages[0]?.reactions[0]?.emoji === '🎉', 'reacted')
    await types('/react ^1 ', 'Tab')
    await window.shows(/^🎉 {2}👍/mu)
  })

  test('files are offered by their names, and a folder is gone into', async () => {
    const files = path.join(folder, 'my files')
    mkdirSync(files)
    for (const name of ['a.jsonl', 'b.jsonl', '.c']) writeFileSync(path.join(files, name), '')
    await open('@bob', /^bob>/m)
    await types(`/archive import ${folder}/my`, 'Tab')
    await window.shows(`/archive import "${folder}/my files/`)
    await types('', 'Tab')
    await window.shows(/^a\.jsonl {2}b\.jsonl$/m)
    await types('b', 'Tab')
    await window.shows(`/archive import "${folder}/my files/b.jsonl"`)
  })

  test('who is mentioned in a text is completed, those in the group first', async () => {
    await open('#crew', /^#crew>/m)
    await types('hi @b', 'Tab')
    await window.shows(/^bob {2}Bob Lab$/m)
    await types(' L', 'Tab')
    await isTyped('#crew> hi @Bob Lab')
    window.press('Enter')
    await window.until(() => standIn.messages.at(-1)?.text === 'hi @Bob Lab ', 'sent')
    assert.equal(standIn.messages.at(-1)?.conversation, CREW)
  })

  test('/help fits the screen, topics too, and all of it is read on with PgDn', async () => {
    await open('/help', /Topics to read/)
    let screen = window.rows()
    assert.match(screen.join('\n'), /^Text goes to the open conversation[^]*^ {2}\/quit /m)
    assert.ok(screen.every((row) => row.length <= 80))
    await types('/help gro', 'Tab', 'Tab')
    await window.shows(/^groups {2}group create {2}/m)
    await types('s', 'Enter')
    screen = (await window.shows(/For example:/)).split('\n')
    assert.match(screen.join('\n'), /Groups: making them[^]*\/group remove #crew bob/)
    await types('/help all', 'Enter')
    await window.shows(/^People: who/m)
    for (let pages = 0; pages < 10; pages++) window.press('PageDown')
    await window.shows(/^ {2}\/logout [^]*^ {2}keys /m)
    await types('/hlep', 'Enter')
    await window.shows('There is no command /hlep; did you mean /help?')
  })
})
