import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Group } from '../../src/api/shapes-group.ts'
import type { Conversation } from '../../src/api/shapes.ts'
import { Attention } from '../../src/repl/attention.ts'
import { Directory } from '../../src/repl/directory.ts'
import { Tabs } from '../../src/repl/tabs.ts'
import { Paper } from './paper.ts'
import { contact, group } from './people.ts'

const bob = contact('bob')
const conversation = (id: string, unread = 0): Conversation => ({
  conversation: id,
  name: id,
  account: null,
  unread,
  mentions: 0,
  muted: false,
  mutedUntil: null,
  mutedAll: false,
  draft: '',
  lastMessage: null,
})
const inState = (name: string, state: Group['state']): Group => ({ ...group(name, name), state })

/** @returns the labels in the row, of conversations that were talked in in this order */
function row(talkedIn: readonly Conversation[], groups: readonly Group[]) {
  const directory = new Directory()
  directory.setContacts([bob])
  directory.groups.set(groups)
  const none = (): never => assert.fail('the node is not asked')
  const attention = new Attention({ client: none, now: () => new Date(), changed: none })
  attention.take(talkedIn)
  const tabs = new Tabs({ directory, attention, screen: new Paper() })
  tabs.take(talkedIn)
  return (open?: string): string[] => tabs.list(open).map(({ label }) => label)
}

test('groups that were left take no numbers from those that one is in', () => {
  const groups = [inState('five', 'left'), inState('one', 'joined')]
  const labels = row(
    ['five', 'one'].map((id) => conversation(id)),
    groups,
  )
  assert.deepEqual(labels(), ['#one', 'bob'])
  // Until it is closed, the row says where one is.
  assert.deepEqual(labels('five'), ['#five', '#one', 'bob'])
})

test('a group that one was removed from stays until what was said there is read', () => {
  const groups = [inState('read', 'removed'), inState('unread', 'removed')]
  const labels = row([conversation('read'), conversation('unread', 2)], groups)
  assert.deepEqual(labels(), ['#unread', 'bob'])
  assert.deepEqual(labels('read'), ['#read', '#unread', 'bob'])
})
