// What commands print: columns that stand under each other, what must be noticed, and nothing that
// acts on the terminal, whatever strangers call themselves and write.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { CallName } from '../../src/api/client.ts'
import { METHODS } from '../../src/api/methods.ts'
import { event, type Event } from '../../src/api/shapes.ts'
import { imitation } from '../../src/cli/imitation.ts'
import { eventText, RENDER } from '../../src/cli/render.ts'
import { stringWidth } from '../../src/cli/width.ts'
import { contact, nearbyNode } from '../repl/people.ts'
import { ACTS_ON_A_TERMINAL, wickedValue } from '../wicked.ts'

const FAKE_ANNA = '\u0410nna'

test('columns of a table stand under each other whatever the letters are', () => {
  const contacts = [
    contact('王小明'),
    contact('Zoë'),
    contact('Zoe\u0308'),
    contact('\u{1f98a}fox'),
  ]
  const lines = RENDER.contacts(contacts).split('\n')
  const columns = lines.map((line) => stringWidth(line.slice(0, line.indexOf('  friend'))))
  assert.equal(new Set(columns).size, 1, lines.join('\n'))
})

test('a name that looks like that of a contact is marked wherever it is listed', () => {
  const fake = { imitates: 'Anna' }
  const words = /looks like your contact Anna/
  assert.match(RENDER.nearby([nearbyNode(FAKE_ANNA, fake)]), words)
  const request = contact(FAKE_ANNA, { ...fake, state: 'incoming', request: 'Hi' })
  assert.match(RENDER.contacts([request]), words)
  assert.match(RENDER['contact.accept'](request), words)
  assert.match(eventText({ cursor: '1', type: 'request', contact: request }), words)
  const renamed = { type: 'renamed', account: 'a', from: 'Cleo', to: FAKE_ANNA, ...fake } as const
  assert.match(eventText({ cursor: '1', ...renamed }), words)
  assert.doesNotMatch(RENDER.nearby([nearbyNode('Anna')]), /looks like|another account/)
  assert.match(RENDER.nearby([nearbyNode('Anna')]), / stranger /)
  assert.match(RENDER.nearby([nearbyNode('Anna', { own: true })]), / you /)
})

test('the same name, a look-alike, and that of oneself are told in different words', () => {
  const another = 'is another account than your contact Anna; compare safety numbers'
  assert.equal(imitation({ name: 'anna', imitates: 'Anna' }), another)
  assert.equal(imitation({ name: 'Bob', alias: 'Anna', imitates: 'Anna' }), another)
  assert.match(imitation({ name: FAKE_ANNA, imitates: 'Anna' }), /^looks like your contact Anna/)
  const yours = 'has a name like yours, and is another account'
  assert.equal(imitation({ name: 'Max', imitates: 'you' }), yours)
  assert.equal(imitation({ name: 'Max', imitates: null }), '')
})

test('a new device of a contact is told in words', () => {
  const device = { type: 'device', account: 'a', name: 'Anna', devices: 2, cursor: '1' } as const
  assert.equal(eventText(device), 'Anna uses a new device, one of 2 now')
  assert.equal(eventText({ ...device, devices: 1 }), 'Anna uses a new device')
})

for (const name of Object.keys(RENDER) as CallName[]) {
  test(`nothing in an answer to ${name} acts on a terminal`, () => {
    const render = RENDER[name] as (result: unknown) => string
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const text = render(wickedValue(METHODS[name].result, gen))
        assert.doesNotMatch(text, ACTS_ON_A_TERMINAL)
      }),
      { numRuns: 50 },
    )
  })
}

test('what is in a backup is not told as messages alone', () => {
  const exported = { file: '/b', bytes: 2048, contacts: 1, messages: 9, damage: [] }
  const words = 'Wrote /b (2 KiB): 1 contact, 9 messages and changes'
  assert.equal(RENDER['profile.export'](exported), words)
})

for (const option of event.options) {
  test(`nothing in an event of the kind ${option.entries.type.literal} acts on a terminal`, () => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const value = wickedValue(option, gen) as Event
        assert.doesNotMatch(eventText(value), ACTS_ON_A_TERMINAL)
      }),
      { numRuns: 50 },
    )
  })
}
