// On a terminal: the bell, what the terminal tells of its focus, a real program for notifications,
// and how `/notify` changes it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import type { Contact } from '../../src/api/shapes.ts'
import { ALERT_BELL_GAP_MS, ALERT_GATHER_MS, ALERT_MISSED_GAP_MS } from '../../src/core/limits.ts'
import { contact, message } from './people.ts'
import { recordArguments } from './recorder.ts'
import { SELF, StandIn } from './stand-in.ts'
import { hasTmux, Window } from './tmux.ts'

const ON_SCREEN = path.join(import.meta.dirname, 'on-screen.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'tidings-alerting-'))
const bob = contact('bob')
const carol = contact('carol')
const CAME = ['1b', '5b', '49']
const WENT = ['1b', '5b', '4f']

let standIn: StandIn
let window: Window
let started = 0
let said: () => string[][]

const bin = (): string => path.join(folder, `bin ${started}`)
const raw = (): string => path.join(folder, `${started}.raw`)
/** All that the program wrote to the terminal so far. */
const written = (): string => readFileSync(raw(), 'latin1')
const bells = (): number => written().split('\x07').length - 1

async function open(
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<void> {
  const files = [path.join(folder, `${started}.sock`), path.join(folder, `${started}.history`)]
  const places = { PATH: `${bin()}:${process.env['PATH']}`, SSH_CONNECTION: '' }
  const command = [process.execPath, ON_SCREEN, ...files, ...flags]
  window = new Window(command, { ...places, ...env })
  window.record(raw())
  await window.shows('tidings>')
}

/** Somebody writes now; on the screen by the time this resolves. */
async function hear(from: Contact, text: string): Promise<void> {
  standIn.receive(from, text, { sentAt: new Date().toISOString() })
  await window.shows(text)
}

after(() => rmSync(folder, { recursive: true }))

describe('alerts', { skip: hasTmux() ? false : 'tmux is not installed' }, () => {
  beforeEach(async () => {
    started++
    await mkdir(bin())
    said = await recordArguments(bin(), 'notify-send')
    standIn = new StandIn(path.join(folder, `${started}.sock`), [bob, carol])
    standIn.messages.push(message(bob, 1, 'long ago', { own: true, author: SELF, state: 'read' }))
    await standIn.start()
  })

  afterEach(async () => {
    window.close()
    await standIn.stop()
  })

  test('the bell rings, at most once a second', async () => {
    await open()
    assert.equal(window.hasBell, false)
    const sentAt = new Date().toISOString()
    for (let i = 0; i < 5; i++) standIn.receive(bob, `news ${i}`, { sentAt })
    await window.shows('news 4')
    await window.until(() => window.hasBell, 'the bell')
    assert.equal(bells(), 1)
    await delay(ALERT_BELL_GAP_MS)
    await hear(bob, 'later')
    await window.until(() => bells() === 2, 'the bell again')
  })

  test('messages that come together are one notification', async () => {
    await open(['--desktop'])
    const sentAt = new Date().toISOString()
    for (let i = 0; i < 100; i++) standIn.receive(i % 2 === 0 ? bob : carol, `n${i}`, { sentAt })
    await window.until(() => said().length === 1, 'a notification')
    const title = '100 messages from bob, carol'
    assert.deepEqual(said(), [['--app-name=Tidings', '--', title, '']])
    await delay(2 * ALERT_GATHER_MS)
    assert.equal(said().length, 1)
  })

  test('nothing rings for what is read just now, and all does once one looks away', async () => {
    await open(['--desktop'])
    await window.enter('@bob', /^bob>/m)
    window.keys(...CAME)
    await hear(bob, 'in front of you')
    window.keys(...WENT)
    window.type('x')
    await window.shows(/^bob> x$/m)
    assert.equal(bells(), 0)
    await hear(bob, '-h <b>behind</b>')
    await window.until(() => said().length === 1, 'a notification')
    assert.deepEqual(said()[0]?.slice(2), ['bob', '-h &lt;b&gt;behind&lt;/b&gt;'])
    assert.equal(bells(), 1)
    window.keys(...CAME)
    await delay(ALERT_BELL_GAP_MS)
    await hear(carol, 'from elsewhere')
    await window.until(() => bells() === 2, 'the bell')
    await delay(2 * ALERT_GATHER_MS)
    assert.equal(said().length, 1)
    assert.match(window.text(), /^bob> x$/m)
  })

  test('of a profile with a password the words stay here', async () => {
    await open(['--desktop', '--password'])
    await hear(bob, 'secret')
    await window.until(() => said().length === 1, 'a notification')
    assert.deepEqual(said()[0]?.slice(2), ['bob', 'A message for you'])
  })

  test('what was missed is told once, at its end', async () => {
    await open(['--desktop'])
    for (let i = 0; i < 50; i++) standIn.receive(bob, `missed ${i}`)
    await window.shows('missed 49')
    assert.deepEqual([bells(), said()], [0, []])
    await window.until(() => said().length === 1, 'a notification')
    assert.deepEqual(said()[0]?.slice(2), ['50 messages from bob', ''])
    await delay(ALERT_MISSED_GAP_MS)
    assert.deepEqual([bells(), said().length], [1, 1])
  })

  test('a desktop that fails is told of once, and holds nothing up', async () => {
    await recordArguments(bin(), 'notify-send', 'sleep 2; exit 1')
    await open(['--desktop'])
    await hear(bob, 'Lunch?')
    await window.until(() => said().length === 1, 'a try')
    const startedAt = performance.now()
    await window.enter('@bob', /^bob>/m)
    assert.ok(performance.now() - startedAt < 1500)
    await window.shows('Desktop notifications do not work here')
    await window.shows(/^bob>$/m)
  })

  test('/notify shows and changes it, and quiet hours are local time', async () => {
    // Where it is three in the morning.
    const east = (3 - new Date().getUTCHours() + 24) % 24
    const zone = east <= 12 ? `Etc/GMT-${east}` : `Etc/GMT+${24 - east}`
    await open(['--desktop'], { TZ: zone })
    await window.enter(
      '/notify',
      /Pointed out by the bell and notifications: .*There are no quiet/s,
    )
    await window.enter('/notify 22:00-07:00', 'Quiet hours: 22:00-07:00, which is now.')
    await hear(bob, 'asleep?')
    await delay(2 * ALERT_GATHER_MS)
    assert.deepEqual([bells(), said()], [0, []])
    await window.enter('/notify 07:00-22:00', /Quiet hours: 07:00-22:00\.$/m)
    await hear(bob, 'awake?')
    await window.until(() => said().length === 1 && bells() === 1, 'both')
    await window.enter('/notify off', 'Nothing is pointed out while you look elsewhere.')
    await window.enter('/notify loud', /\/notify takes one of on, off/)
    await delay(ALERT_BELL_GAP_MS)
    await hear(bob, 'nobody there?')
    await delay(2 * ALERT_GATHER_MS)
    assert.deepEqual([bells(), said().length], [1, 1])
  })

  test('the terminal is given back as it was', async () => {
    await open()
    assert.ok(written().includes('\x1b[?1004h'))
    window.press('C-d')
    await window.until(() => window.exitCode === 0, 'the end')
    assert.ok(written().lastIndexOf('\x1b[?1004l') > written().lastIndexOf('\x1b[?1004h'))
  })
})
