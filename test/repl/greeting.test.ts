// What is said when the screen opens.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Group } from '../../src/api/shapes-group.ts'
import type { Conversation } from '../../src/api/shapes.ts'
import { Directory } from '../../src/repl/directory.ts'
import { greet } from '../../src/repl/greeting.ts'
import { Paper } from './paper.ts'
import { contact, group } from './people.ts'

const bob = contact('bob')
const crew = group('crew', 'g'.repeat(52))

function unreadIn(conversation: string, more: Partial<Conversation> = {}): Conversation {
  return {
    conversation,
    name: '',
    account: null,
    unread: 3,
    mentions: 0,
    muted: false,
    mutedUntil: null,
    mutedAll: false,
    draft: '',
    lastMessage: null,
    ...more,
  }
}

test('what is not read is told of people and of groups', () => {
  const directory = new Directory()
  directory.setContacts([bob])
  directory.groups.set([crew])
  const screen = new Paper()
  const mentioned = { mentions: 1 }
  greet('ann', { screen, directory }, [
    unreadIn(bob.conversation),
    unreadIn(crew.conversation, mentioned),
  ])
  assert.equal(screen.lines.at(-1), 'Unread: bob (3), #crew (3, 1 mention).')
})

test('invitations to groups that came while nobody looked are told, of many the first', () => {
  const directory = new Directory()
  const invitedTo = (name: string): Group => {
    const invitation = { state: 'invited', invitedBy: 'bob' } as const
    return { ...group(name, name.repeat(52)), ...invitation }
  }
  const screen = new Paper()
  directory.groups.set([crew, invitedTo('a')])
  greet('ann', { screen, directory }, [])
  assert.deepEqual(screen.lines.slice(1), [
    'bob invites you to #a. /group join #a or /group leave #a',
  ])
  const many = new Paper()
  directory.groups.set([...'abcdefg'].map(invitedTo))
  greet('ann', { screen: many, directory }, [])
  assert.equal(many.lines.length, 7)
  assert.equal(many.lines.at(-1), '2 more invitations to groups: /group list')
})
