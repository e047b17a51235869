import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checklist, isComplete, stepNotice } from '../../src/repl/checklist.ts'
import { Directory } from '../../src/repl/directory.ts'
import { dayLine, formatMessage, mark } from '../../src/repl/messages.ts'
import { contactNotice, deviceNotice, renamedNotice } from '../../src/repl/notices.ts'
import { type Standing, standingNotice, Standings } from '../../src/repl/standing.ts'
import { contact } from './people.ts'

const PLAIN = { columns: 80, color: false, unicode: false, timeZone: 'UTC' }
const SIGNS = { ...PLAIN, unicode: true }
const AT = new Date('2025-06-03T14:02:59Z')

test('a message is its time, who speaks, the words, and where an own one stands', () => {
  const own = { sentAt: AT, who: 'you', own: true, text: 'Lunch?' }
  assert.equal(formatMessage({ ...own, state: 'queued' }, SIGNS), '14:02 you: Lunch? (queued)')
  assert.equal(formatMessage({ ...own, state: 'delivered' }, SIGNS), '14:02 you: Lunch? ✓')
  assert.equal(formatMessage({ ...own, state: 'read' }, SIGNS), '14:02 you: Lunch? ✓✓')
  assert.equal(formatMessage({ ...own, state: 'read' }, PLAIN), '14:02 you: Lunch? (read)')
  assert.equal(formatMessage(own, PLAIN), '14:02 you: Lunch?')
  const theirs = { sentAt: AT, who: 'bob', own: false, text: 'a\r\nb\u001b[2J', state: 'received' }
  assert.equal(
    formatMessage({ ...theirs, state: 'received' }, PLAIN),
    '14:02 bob: a\n      b\\x1b[2J',
  )
  assert.equal(mark('received', SIGNS), '')
  const reach = { deliveredTo: 3, readBy: 2, of: 5 }
  assert.equal(mark('queued', SIGNS, reach), ' (queued)')
  assert.equal(mark('delivered', SIGNS, reach), ' ✓ 3/5')
  assert.equal(mark('read', PLAIN, reach), ' (read 2/5)')
  assert.equal(mark('read', SIGNS, { ...reach, of: 1 }), ' ✓✓')
})

test('in words it is said of a message that it mentions one', () => {
  const look = { ...PLAIN, words: true }
  const message = { sentAt: AT, who: 'bob in #crew', own: false, text: 'hey', mentionsYou: true }
  assert.equal(formatMessage(message, look), '14:02 bob in #crew, mentions you: hey')
  assert.equal(
    formatMessage({ ...message, action: true, quote: 'ann: Eh?' }, look),
    '14:02 bob in #crew, an action, mentions you, answering "ann: Eh?": hey',
  )
})

test('times follow the zone of the person, and a time that is none is no failure', () => {
  const look = { ...PLAIN, timeZone: 'Asia/Tokyo' }
  const late = { sentAt: new Date('2025-06-03T20:00:00Z'), who: 'bob', own: false, text: 'x' }
  assert.equal(formatMessage(late, look), '05:00 bob: x')
  assert.equal(dayLine(late.sentAt, look), '-- Wednesday, 4 June 2025 --')
  assert.equal(formatMessage({ ...late, sentAt: new Date(NaN) }, look), '--:-- bob: x')
})

test('each change of a contact is said once, whatever caused it, and no change is silent', () => {
  const directory = new Directory()
  const bob = contact('bob', { state: 'requested' })
  const changes: [Parameters<typeof contact>[1], RegExp | undefined][] = [
    [{ state: 'requested' }, /You asked bob/],
    [{ state: 'requested' }, undefined],
    [{ state: 'friend' }, /^bob accepted your request\. @bob opens/],
    [{ state: 'friend' }, undefined],
    [{ state: 'friend', alias: 'Boss' }, /^bob is shown as Boss now/],
    [{ state: 'friend', alias: '' }, /by that name again/],
    [{ state: 'friend', verified: true }, /is verified/],
    [{ state: 'friend', verified: false }, /no longer verified/],
    [{ state: 'blocked' }, /is blocked/],
    [{ state: 'friend' }, /no longer blocked/],
    [{ state: 'removed' }, /no longer your contact/],
    [{ state: 'incoming', request: 'Hi' }, /^bob asks to .*: "Hi"\. \/accept bob or \/reject bob$/],
    [{ state: 'removed' }, /turned down/],
  ]
  for (const [more, expected] of changes) {
    const now = { ...bob, ...more }
    const before = directory.update(now)
    const notice = contactNotice(before, now, directory)
    if (expected) assert.match(notice ?? '', expected)
    else assert.equal(notice, undefined)
  }
})

test('a name that looks like that of a contact is told with the request, and later too', () => {
  const directory = new Directory()
  const fake = contact('\u0410nna', { account: 'k3vx'.repeat(13), imitates: 'Anna' })
  const words = /Careful, \u0410nna looks like your contact Anna; compare safety numbers\.$/
  const request = contactNotice(undefined, { ...fake, state: 'incoming' }, directory) ?? ''
  assert.match(request, /^\u0410nna \(k3vxk3vx\) asks .* \/accept k3vxk3vx or \/reject k3vxk3vx\./)
  assert.match(request, words)
  assert.match(contactNotice(undefined, { ...fake, state: 'requested' }, directory) ?? '', words)
  const renamed = { from: 'Cleo', to: fake.name }
  const told = renamedNotice({ ...renamed, imitates: 'Anna' }, fake)
  assert.match(told, /^Cleo goes by the name \u0410nna now\. Careful, /)
  assert.doesNotMatch(renamedNotice({ ...renamed, imitates: null }, fake), /Careful/)
})

test('somebody who comes back under another account is not taken for the contact', () => {
  const back = contact('Anna', { state: 'incoming', imitates: 'Anna' })
  const notice = contactNotice(undefined, back, new Directory()) ?? ''
  assert.match(notice, /Anna is another account than your contact Anna; compare safety numbers/)
})

test('a new device is told, and that what was compared before still holds', () => {
  assert.equal(deviceNotice('Anna', { devices: 1 }, false), 'Anna uses a new device.')
  assert.match(deviceNotice('Anna', { devices: 2 }, true), /one of 2 now\. The safety number/)
})

test('news of own messages becomes one line for each contact and kind', () => {
  const news = { conversation: 'a', count: 1, waited: false } as const
  const take = (...all: Standing[]): [string, number][] => {
    const standings = new Standings()
    for (const one of all) standings.add(one)
    return standings.take().map(({ state, count }) => [state, count])
  }
  const delivered = { ...news, state: 'delivered' } as const
  const read = { ...news, state: 'read' } as const
  const queued = { ...news, state: 'queued' } as const
  const backlog = { ...delivered, waited: true, count: 5 }
  assert.deepEqual(take(delivered, delivered, { ...delivered, conversation: 'b' }), [
    ['delivered', 2],
    ['delivered', 1],
  ])
  assert.deepEqual(take(queued, delivered, read), [['read', 1]])
  assert.deepEqual(take(backlog, backlog, { ...read, count: 10 }), [
    ['delivered', 10],
    ['read', 10],
  ])
  assert.equal(standingNotice(backlog, 'Bob', SIGNS), 'Delivered 5 waiting messages to Bob.')
  assert.equal(
    standingNotice({ ...backlog, count: 1 }, 'Bob', SIGNS),
    'Delivered 1 waiting message to Bob.',
  )
  assert.equal(
    standingNotice({ ...delivered, count: 3 }, 'bob', SIGNS),
    '  ✓ delivered to bob (3 messages)',
  )
  assert.equal(standingNotice(read, 'bob', PLAIN), '  read by bob')
})

test('the checklist ticks what is so, tells how to go on, and is done when all is', () => {
  const none = { name: 'ann', seen: false, contact: false, sent: false, delivered: false }
  assert.match(checklist(none, PLAIN), /^First steps \(1 of 5\)\n {2}\[x\] You have a name: ann\n/)
  assert.match(checklist(none, PLAIN), /\[ \] You found somebody\n {6}start tidings on another/)
  const seen = { ...none, seen: true }
  assert.equal(stepNotice(none, none, PLAIN), undefined)
  assert.match(stepNotice(none, seen, PLAIN) ?? '', /^\[x\] You found somebody\. Next: \/nearby/)
  const nearby = { ...seen, nearby: 'bob' }
  assert.match(checklist(nearby, PLAIN), /\/nearby shows who is here, \/add bob asks them/)
  const friend = { ...seen, contact: true, friend: '"Bob Lab"' }
  assert.match(stepNotice(seen, friend, PLAIN) ?? '', /Next: @"Bob Lab" Hello!$/)
  const asked = { ...seen, waiting: { forWhom: 'you', handle: 'bob' } } as const
  assert.match(stepNotice(none, asked, PLAIN) ?? '', /Next: somebody asked you: \/accept bob$/)
  const asking = { ...seen, waiting: { forWhom: 'them', handle: 'bob' } } as const
  assert.match(checklist(asking, PLAIN), /You have a contact\n +you asked bob; the answer/)
  const all = { ...seen, contact: true, sent: true, delivered: true }
  assert.ok(isComplete(all))
  assert.ok(!isComplete(seen))
  assert.match(stepNotice(seen, all, PLAIN) ?? '', /That is all there is to know/)
})
