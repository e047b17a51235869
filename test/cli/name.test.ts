// The display name from the command line, and what strangers put into names and messages on it.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { assertRefused, introduce, Person, waitUntil } from '../e2e/harness.ts'

test('a new name is shown at once and told to contacts; one that hides is refused', async (t) => {
  const ann = await Person.create(t, 'ann')
  const bob = await Person.create(t, 'bob')
  await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  assert.equal((await ann.json('name', 'Ann', 'Lee'))['name'], 'Ann Lee')
  assert.equal((await ann.json('whoami'))['name'], 'Ann Lee')
  const [listed] = await ann.json<{ profile: string; name: string }[]>('profile', 'list')
  assert.deepEqual([listed?.profile, listed?.name], ['ann', 'Ann Lee'])
  await waitUntil(async () => {
    const [contact] = await bob.json<{ name: string }[]>('contacts')
    return contact?.name === 'Ann Lee'
  }, 'bob knows')
  await assertRefused(ann, ['name', 'a\u202eb'], { exit: 2, code: 'bad_name' })
  assert.equal((await ann.run(['name', 'ann'])).stdout, 'Others see you as ann now.\n')
})

test('--json escapes what acts on a terminal, and still says it', async (t) => {
  const ann = await Person.create(t, 'ann')
  const bob = await Person.create(t, 'bob')
  await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  const text = 'a\u009b31mb\u202ec\u200bd'
  await ann.json('send', 'bob', text)
  const { stdout } = await ann.run(['--json', 'history', 'bob'])
  assert.match(stdout, /a\\u009b31mb\\u202ec\\u200bd/)
  assert.equal((JSON.parse(stdout) as { text: string }[])[0]?.text, text)
  await assertRefused(ann, ['send', 'bob', ' \u200b '], { exit: 2, code: 'text_empty' })
})
