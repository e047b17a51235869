// How alerts are timed: what rings, what is gathered, and what a flood of missed messages comes to.
import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'

import { NOTIFY_DEFAULTS, type NotifySettings } from '../../src/api/running.ts'
import type { Contact, Message } from '../../src/api/shapes.ts'
import {
  ALERT_AUTHORS_MAX,
  ALERT_GAP_MS,
  ALERT_GATHER_MS,
  ALERT_MISSED_GAP_MS,
} from '../../src/core/limits.ts'
import { parseQuietHours } from '../../src/core/quiet-hours.ts'
import type { Presence } from '../../src/repl/alert-rule.ts'
import { Alerts, commandAlerts } from '../../src/repl/alerts.ts'
import { Directory } from '../../src/repl/directory.ts'
import { contact, group, message } from './people.ts'

const START = Date.parse('2026-05-04T12:00:00Z')
const bob = contact('bob')
const carol = contact('carol')
const crew = group('crew', 'g'.repeat(52))
const ELSEWHERE = { isOpen: false, isMuted: false }

interface Sitting {
  readonly alerts: Alerts
  readonly shown: string[]
  readonly notes: string[]
  bells: number
  presence: Presence
  /** What the desktop says when it is asked. */
  outcome: () => Promise<void>
  seq: number
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

async function pass(ms: number): Promise<void> {
  // In steps, so that what follows from a timer gets its own timers on time.
  for (let passed = 0; passed < ms; passed += 100) {
    mock.timers.tick(Math.min(100, ms - passed))
    await settled()
  }
}

function sit(t: TestContext, settings: Partial<NotifySettings> = {}, hasPassword = false): Sitting {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START })
  const directory = new Directory()
  directory.setContacts([bob, carol])
  directory.groups.set([crew])
  const sitting: Sitting = {
    alerts: new Alerts(
      {
        directory,
        ring: () => void sitting.bells++,
        desktop: {
          missing: async () => 'there is none',
          show: async ({ title, body }) => {
            sitting.shown.push(body === '' ? title : `${title}: ${body}`)
            await sitting.outcome()
          },
        },
        presence: () => sitting.presence,
        now: () => new Date(),
        failed: (note) => void sitting.notes.push(note),
      },
      { settings: { ...NOTIFY_DEFAULTS, ...settings }, hasPassword },
    ),
    shown: [],
    notes: [],
    bells: 0,
    presence: 'unknown',
    outcome: async () => {},
    seq: 0,
  }
  t.after(() => {
    sitting.alerts.stop()
    mock.timers.reset()
  })
  return sitting
}

function hear(
  sitting: Sitting,
  from: Contact,
  text: string,
  more: Partial<Message> = {},
  where: Partial<typeof ELSEWHERE> = {},
): void {
  const sentAt = new Date().toISOString()
  const heard = message(from, ++sitting.seq, text, { sentAt, ...more })
  sitting.alerts.arrived(heard, { ...ELSEWHERE, ...where })
}

test('a message rings at once, and is shown a moment later', async (t) => {
  const sitting = sit(t)
  hear(sitting, bob, 'Lunch?')
  assert.equal(sitting.bells, 1)
  await pass(ALERT_GATHER_MS - 1)
  assert.deepEqual(sitting.shown, [])
  await pass(1)
  assert.deepEqual(sitting.shown, ['bob: Lunch?'])
  await pass(60_000)
  assert.equal(sitting.shown.length, 1)
})

test('a hundred messages within a second ring once and are one notification', async (t) => {
  const sitting = sit(t)
  for (let i = 0; i < 100; i++) {
    hear(sitting, i % 2 === 0 ? bob : carol, `news ${i}`)
    await pass(9)
  }
  assert.equal(sitting.bells, 1)
  await pass(20_000)
  assert.deepEqual(sitting.shown, ['100 messages from bob, carol'])
  hear(sitting, bob, 'one more')
  assert.equal(sitting.bells, 2)
})

test('what comes soon after a notification waits, and is then shown together', async (t) => {
  const sitting = sit(t)
  hear(sitting, bob, 'first')
  await pass(ALERT_GATHER_MS)
  hear(sitting, bob, 'second')
  await pass(ALERT_GATHER_MS)
  hear(sitting, bob, 'third')
  await pass(ALERT_GAP_MS - ALERT_GATHER_MS - 100)
  assert.deepEqual(sitting.shown, ['bob: first'])
  await pass(ALERT_GATHER_MS)
  assert.deepEqual(sitting.shown, ['bob: first', '2 messages from bob'])
})

test('what was missed is told once, after the last of it', async (t) => {
  const sitting = sit(t)
  const sentAt = new Date(START - 3_600_000).toISOString()
  for (let i = 0; i < 1000; i++) {
    hear(sitting, i % 3 === 0 ? bob : carol, 'missed', { sentAt })
    if (i % 10 === 0) await pass(100)
  }
  assert.deepEqual([sitting.bells, sitting.shown], [0, []])
  await pass(ALERT_MISSED_GAP_MS)
  assert.deepEqual([sitting.bells, sitting.shown], [1, ['1000 messages from bob, carol']])
  await pass(60_000)
  assert.deepEqual([sitting.bells, sitting.shown.length], [1, 1])
})

test('who is back by then has no notification any more', async (t) => {
  const sitting = sit(t)
  sitting.presence = 'away'
  hear(sitting, bob, 'Lunch?')
  sitting.presence = 'here'
  await pass(20_000)
  assert.deepEqual([sitting.bells, sitting.shown], [1, []])
  hear(sitting, bob, 'Here', {}, { isOpen: true })
  assert.equal(sitting.bells, 1)
})

test('groups are told by mentions only, with the name of the group; muted ones not', async (t) => {
  const sitting = sit(t)
  const { conversation } = crew
  hear(sitting, bob, 'anybody?', { conversation })
  hear(sitting, bob, '@ann?', { conversation, mentionsYou: true }, { isMuted: true })
  hear(sitting, bob, '', { conversation, kind: 'group', mentionsYou: true })
  hear(sitting, bob, '', { timer: 60, kind: 'timer' })
  hear(sitting, bob, 'gone', { deleted: true })
  hear(sitting, bob, 'mine', { own: true })
  await pass(20_000)
  assert.deepEqual([sitting.bells, sitting.shown], [0, []])
  hear(sitting, bob, '@ann?', { conversation, mentionsYou: true })
  await pass(ALERT_GATHER_MS)
  assert.deepEqual([sitting.bells, sitting.shown], [1, ['bob in #crew: @ann?']])
})

test('the words of profiles with a password, and those that disappear, stay here', async (t) => {
  const locked = sit(t, {}, true)
  hear(locked, bob, 'secret')
  await pass(ALERT_GATHER_MS)
  assert.deepEqual(locked.shown, ['bob: A message for you'])
  mock.timers.reset()
  const silent = sit(t, { text: false })
  hear(silent, bob, 'secret')
  await pass(ALERT_GATHER_MS)
  assert.deepEqual(silent.shown, ['bob: A message for you'])
  mock.timers.reset()
  const open = sit(t)
  hear(open, bob, 'secret', { disappearsAt: new Date(START + 60_000).toISOString() })
  await pass(ALERT_GATHER_MS)
  assert.deepEqual(open.shown, ['bob: A message for you'])
})

test('a desktop that fails is told of once, and tried again', async (t) => {
  const sitting = sit(t)
  sitting.outcome = () => Promise.reject(new Error('no bus'))
  for (let i = 0; i < 3; i++) {
    hear(sitting, bob, 'Lunch?')
    await pass(20_000)
  }
  assert.equal(sitting.shown.length, 3)
  assert.equal(sitting.notes.length, 1)
})

test('a desktop that hangs gets no second notification meanwhile', async (t) => {
  const sitting = sit(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  sitting.outcome = () => promise
  for (let i = 0; i < 5; i++) {
    hear(sitting, bob, 'Lunch?')
    await pass(10_000)
  }
  assert.deepEqual(sitting.shown, ['bob: Lunch?'])
  resolve()
  await pass(ALERT_GAP_MS + 100)
  assert.deepEqual(sitting.shown, ['bob: Lunch?', '4 messages from bob'])
})

test('of a crowd only so many names are kept', async (t) => {
  const sitting = sit(t, { when: 'all' })
  for (let i = 0; i <= ALERT_AUTHORS_MAX; i++) {
    hear(sitting, contact(`n${i}`, { account: `account ${i}` }), 'hello')
  }
  await pass(ALERT_GATHER_MS)
  assert.deepEqual(sitting.shown, [`${ALERT_AUTHORS_MAX + 1} messages from n0, n1, n2 and others`])
})

test('quiet hours go by the local time of the moment', async (t) => {
  const here = new Date(START)
  const [hour, next] = [here.getHours(), (here.getHours() + 1) % 24]
  const sitting = sit(t, { quietHours: parseQuietHours(`${hour}:00-${next}:00`) })
  hear(sitting, bob, 'Lunch?')
  await pass(20_000)
  assert.deepEqual([sitting.bells, sitting.shown], [0, []])
  await pass(3_600_000 - 20_000)
  hear(sitting, bob, 'Lunch?')
  assert.equal(sitting.bells, 1)
})

test('/notify changes this sitting, and says what is not possible', async (t) => {
  const sitting = sit(t)
  const none = ' No notifications appear: there is none.'
  assert.ok((await sitting.alerts.command(undefined)).endsWith(none))
  assert.match(await sitting.alerts.command('off'), /^Nothing is pointed out/)
  hear(sitting, bob, 'Lunch?')
  assert.equal(sitting.bells, 0)
  assert.match(await commandAlerts(sitting.alerts, 'mentions'), /: what mentions you\. /)
  hear(sitting, bob, 'Lunch?')
  assert.equal(sitting.bells, 0)
  await sitting.alerts.command('on')
  hear(sitting, bob, 'Lunch?')
  hear(sitting, bob, 'missed', { sentAt: new Date(START - 3_600_000).toISOString() })
  assert.equal(sitting.bells, 1)
  await sitting.alerts.command('off')
  await pass(20_000)
  assert.deepEqual([sitting.bells, sitting.shown], [1, []])
  await assert.rejects(sitting.alerts.command('loud'), { code: 'bad_input' })
  assert.match(await commandAlerts(undefined, 'on'), /nobody sits/)
})

test('nothing comes after the end, and nothing of what failed by it is told', async (t) => {
  const sitting = sit(t)
  hear(sitting, bob, 'Lunch?')
  sitting.alerts.stop()
  await pass(20_000)
  assert.deepEqual([sitting.shown, sitting.notes], [[], []])

  mock.timers.reset()
  const busy = sit(t)
  const { promise, reject } = Promise.withResolvers<void>()
  busy.outcome = () => promise
  hear(busy, bob, 'Lunch?')
  await pass(ALERT_GATHER_MS)
  hear(busy, bob, 'And tea?')
  busy.alerts.stop()
  reject(new Error('ended'))
  await pass(20_000)
  assert.deepEqual([busy.shown, busy.notes], [['bob: Lunch?'], []])
})
