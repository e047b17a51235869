// Real nodes with names that look alike, and messages in which there is nothing to see.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { friends, person, until } from './nodes.ts'

// With a Cyrillic first letter.
const FAKE_ANNA = '\u0410nna'

test('a request under a name like that of a contact is marked, no other', async (t) => {
  const max = await person(t, 'Max')
  const anna = await person(t, 'Anna', { accept: 'auto' })
  await max.add(anna)
  await until(() => max.online(anna), 'they are contacts')
  const fake = await person(t, FAKE_ANNA)
  const again = await person(t, 'Anna')
  const cleo = await person(t, 'Cleo')
  for (const stranger of [fake, again, cleo]) await stranger.add(max, 'It is me')
  const seen = (account: string) => max.node.contacts().find((each) => each.account === account)
  for (const [stranger, imitated] of [
    [fake, 'Anna'],
    [again, 'Anna'],
    [cleo, undefined],
  ] as const) {
    await until(() => seen(stranger.account) !== undefined, `${stranger.name} asks`)
    assert.equal(seen(stranger.account)?.imitates, imitated)
    const asked = max.events.find(
      (event) => event.type === 'request' && event.contact.account === stranger.account,
    )
    assert.equal(asked?.type === 'request' ? asked.contact.imitates : 'no request', imitated)
  }
  assert.equal(seen(anna.account)?.imitates, undefined)
})

test('a message or request of nothing but blanks is refused', async (t) => {
  const [ann, bob] = await friends(t)
  for (const text of ['', ' ', '\n\t \r\n', '\u00a0\u2003', '\u200b', '\u3164\u200d']) {
    await assert.rejects(ann.node.send('bob', text), { code: 'text_empty' }, JSON.stringify(text))
  }
  await ann.node.send('bob', ' . ')
  assert.deepEqual(await ann.texts(bob), [' . '])
  const cleo = await person(t, 'cleo')
  await assert.rejects(cleo.add(bob, '  \n'), { code: 'text_empty' })
  assert.deepEqual(cleo.node.contacts(), [])
})
