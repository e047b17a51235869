// What is pointed out, when, and in which words.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { NOTIFY_DEFAULTS, type NotifySettings } from '../../src/api/running.ts'
import { parseQuietHours } from '../../src/core/quiet-hours.ts'
import {
  alertFor,
  type Arrival,
  changedSettings,
  notificationOf,
  NOTIFY_WORDS,
  type Presence,
  settingsText,
} from '../../src/repl/alert-rule.ts'

const NOON = 12 * 60
const GROUP: Arrival = {
  own: false,
  isText: true,
  isMuted: false,
  mentionsYou: false,
  isDirect: false,
  isOpen: false,
}
const DIRECT = { ...GROUP, isDirect: true }
const MENTION = { ...GROUP, mentionsYou: true }
const OPEN = { ...DIRECT, isOpen: true }

type Said = 'nothing' | 'bell' | 'desktop' | 'both'

function said(
  arrival: Arrival,
  settings: Partial<NotifySettings> = {},
  presence: Presence = 'away',
  minute = NOON,
): Said {
  const moment = { presence, minute }
  const { bell, desktop } = alertFor(arrival, { ...NOTIFY_DEFAULTS, ...settings }, moment)
  return bell && desktop ? 'both' : bell ? 'bell' : desktop ? 'desktop' : 'nothing'
}

test('of which messages: by the setting, never of own, muted, or what is no text', () => {
  const rows: [NotifySettings['when'], direct: Said, mention: Said, group: Said][] = [
    ['all', 'both', 'both', 'both'],
    ['direct', 'both', 'both', 'nothing'],
    ['mentions', 'nothing', 'both', 'nothing'],
    ['none', 'nothing', 'nothing', 'nothing'],
  ]
  for (const [when, direct, mention, group] of rows) {
    const found = [DIRECT, MENTION, GROUP].map((arrival) => said(arrival, { when }))
    assert.deepEqual(found, [direct, mention, group], when)
    for (const silent of [{ own: true }, { isText: false }, { isMuted: true }]) {
      assert.equal(said({ ...DIRECT, mentionsYou: true, ...silent }, { when }), 'nothing')
    }
  }
})

test('how: by where one looks, and by what is switched on', () => {
  const rows: [Presence, open: Said, other: Said][] = [
    ['here', 'nothing', 'bell'],
    ['away', 'both', 'both'],
    ['unknown', 'bell', 'both'],
  ]
  for (const [presence, open, other] of rows) {
    assert.deepEqual(
      [said(OPEN, {}, presence), said(DIRECT, {}, presence)],
      [open, other],
      presence,
    )
  }
  assert.equal(said(DIRECT, { bell: false }), 'desktop')
  assert.equal(said(DIRECT, { desktop: false }), 'bell')
  assert.equal(said(DIRECT, { bell: false, desktop: false }), 'nothing')
})

test('nothing in quiet hours', () => {
  const quietHours = parseQuietHours('22:00-07:00')
  for (const [minute, expected] of [
    [22 * 60 - 1, 'both'],
    [22 * 60, 'nothing'],
    [7 * 60 - 1, 'nothing'],
    [7 * 60, 'both'],
  ] as const) {
    assert.equal(said(DIRECT, { quietHours }, 'away', minute), expected)
  }
})

test('a notification says who wrote, and of a single message where and what', () => {
  const one = { count: 1, names: ['bob'], hasMore: false }
  const words = (bundle: Parameters<typeof notificationOf>[0]): string[] => {
    const { title, body } = notificationOf(bundle)
    return [title, body]
  }
  assert.deepEqual(words({ ...one, text: 'Lunch?' }), ['bob', 'Lunch?'])
  assert.deepEqual(words({ ...one, group: '#crew', text: 'a\n  b' }), ['bob in #crew', 'a b'])
  assert.deepEqual(words(one), ['bob', 'A message for you'])
  assert.deepEqual(words({ ...one, text: '\u001b[2J\u202eevil' }), ['bob', '\\x1b[2J\\u{202e}evil'])
  assert.equal(words({ ...one, text: 'x'.repeat(5000) })[1], `${'x'.repeat(160)}…`)
  const many = (names: string[], hasMore = false): string[] =>
    words({ count: 12, names, hasMore, group: '#crew', text: 'the last' })
  assert.deepEqual(many(['bob', 'carol']), ['12 messages from bob, carol', ''])
  assert.deepEqual(many(['a', 'b', 'c', 'd']), ['12 messages from a, b, c and another one', ''])
  assert.deepEqual(many(['a', 'b', 'c', 'd', 'e']), ['12 messages from a, b, c and 2 others', ''])
  assert.deepEqual(many(['a', 'b', 'c', 'd'], true), ['12 messages from a, b, c and others', ''])
  assert.equal(many(['l'.repeat(90)])[0]?.length, 80)
})

test('/notify changes one thing and leaves the others, and every word it names is taken', () => {
  const quietHours = parseQuietHours('22:00-07:00')
  const set = { ...NOTIFY_DEFAULTS, quietHours }
  const after = (word: string, configured = set): NotifySettings =>
    changedSettings(word, set, configured)
  assert.deepEqual(after('off'), { ...set, when: 'none' })
  assert.deepEqual(changedSettings('on', after('off'), { ...set, when: 'all' }), {
    ...set,
    when: 'all',
  })
  assert.equal(after('ON ', { ...set, when: 'none' }).when, 'direct')
  assert.deepEqual(after('mentions'), { ...set, when: 'mentions' })
  assert.deepEqual(after('anytime').quietHours, [])
  assert.deepEqual(after('1:00-2:00, 3:00-4:00').quietHours.length, 2)
  for (const word of NOTIFY_WORDS) assert.ok(after(word))
  assert.throws(() => after('loud'), { code: 'bad_input', message: /one of on, off, .*22:00/ })
  assert.throws(() => after('22:00'), { code: 'bad_input', message: /write them like/ })
})

test('the settings are told in words, and whether it is quiet now', () => {
  const set = { ...NOTIFY_DEFAULTS, quietHours: parseQuietHours('22:00-07:00') }
  const words = 'Pointed out by the bell and notifications: messages of contacts, and what mentions'
  assert.equal(settingsText(set, NOON), `${words} you in groups. Quiet hours: 22:00-07:00.`)
  assert.match(settingsText(set, 0), /22:00-07:00, which is now\.$/)
  assert.match(settingsText(NOTIFY_DEFAULTS, 0), /There are no quiet hours\.$/)
  assert.match(settingsText({ ...set, bell: false }, NOON), /^Pointed out by notifications: /)
  const nothing = 'Nothing is pointed out while you look elsewhere.'
  assert.equal(settingsText({ ...set, when: 'none' }, NOON), nothing)
  assert.equal(settingsText({ ...set, bell: false, desktop: false }, NOON), nothing)
})
