// The part of the API that is about groups. `methods.ts` has the rest and joins them.
import * as v from 'valibot'

import * as shape from './shapes-group.ts'
import { method, text } from './spec.ts'

const group = text('#name, name, or conversation id of a group')
const member = text('name, account id or prefix of a member')
const WRITES = ['disk_full', 'database_damaged'] as const
const NAMES = ['unknown_conversation', 'ambiguous_name'] as const
const ACTS = [...NAMES, 'not_a_member', 'not_admin', ...WRITES] as const

/** A method that does something to a member and answers with the group. */
function onMember(name: string, summary: string, errors: readonly 'outranked'[] = []) {
  return method({
    summary,
    params: v.strictObject({ group, who: member }),
    result: shape.group,
    errors: [...ACTS, 'unknown_name', ...errors],
    command: {
      args: ['group', 'who'],
      slash: `group ${name}`,
      completes: { group: 'group', who: 'contact' },
      examples: [`tidings group ${name} #crew bob`],
    },
  })
}

export const GROUP_METHODS = {
  'group.create': method({
    summary: 'Make a group; you are its first admin',
    params: v.strictObject({
      name: text('what it is called, 1 to 64 bytes of UTF-8'),
      topic: v.optional(text('what it is about')),
      open: v.optional(v.pipe(v.boolean(), v.description('anybody nearby may join'))),
      history: v.optional(
        v.pipe(
          v.picklist(['all', 'joining']),
          v.description(
            'what new members read: all (the default), or only what is written from their ' +
              'joining on; it stays so for ever',
          ),
        ),
      ),
    }),
    result: shape.group,
    errors: ['bad_name', ...WRITES],
    command: {
      args: ['name'],
      slash: 'group create',
      examples: [
        'tidings group create crew',
        'tidings group create lunch --open',
        'tidings group create board --history joining',
      ],
    },
  }),
  'group.invite': method({
    summary: 'Add one of your contacts to a group; they are asked whether they want to join',
    params: v.strictObject({ group, who: text('a contact that you have met') }),
    result: shape.group,
    errors: [...ACTS, 'unknown_name', 'not_a_contact', 'group_full', 'group_key_missing'],
    command: {
      args: ['group', 'who'],
      slash: 'group invite',
      completes: { group: 'group', who: 'contact' },
      examples: ['tidings group invite #crew bob'],
    },
  }),
  'group.join': method({
    summary: 'Take an invitation, or join an open group that somebody nearby is in',
    params: v.strictObject({ group }),
    result: shape.group,
    errors: [...NAMES, 'not_a_member', 'unreachable', ...WRITES],
    command: {
      args: ['group'],
      slash: 'group join',
      completes: { group: 'group' },
      examples: ['tidings group join #crew'],
    },
  }),
  'group.leave': method({
    summary: 'Leave a group, or turn an invitation down; what was said stays here',
    params: v.strictObject({ group }),
    result: shape.group,
    errors: [...NAMES, ...WRITES],
    command: {
      args: ['group'],
      slash: 'group leave',
      completes: { group: 'group' },
      examples: ['tidings group leave #crew'],
    },
  }),
  'group.remove': onMember('remove', 'Remove a member from a group', ['outranked']),
  'group.promote': onMember('promote', 'Make a member an admin'),
  'group.demote': onMember('demote', 'Make an admin a member like others', ['outranked']),
  'group.rename': method({
    summary: 'Give a group another name',
    params: v.strictObject({ group, name: text('what it is called from now on') }),
    result: shape.group,
    errors: [...ACTS, 'bad_name'],
    command: {
      args: ['group', 'name'],
      slash: 'group rename',
      completes: { group: 'group' },
      examples: ['tidings group rename #crew "night shift"'],
    },
  }),
  'group.topic': method({
    summary: 'Say what a group is about; an empty topic takes it away',
    params: v.strictObject({ group, topic: text('at most 256 bytes of UTF-8') }),
    result: shape.group,
    errors: ACTS,
    command: {
      args: ['group', 'topic'],
      slash: 'group topic',
      completes: { group: 'group' },
      examples: ['tidings group topic #crew "who has the key"'],
    },
  }),
  'group.open': method({
    summary: 'Let anybody nearby join a group; --off lets only admins add again',
    params: v.strictObject({
      group,
      off: v.optional(v.pipe(v.boolean(), v.description('only admins add'))),
    }),
    result: shape.group,
    errors: ACTS,
    command: {
      args: ['group'],
      slash: 'group open',
      completes: { group: 'group' },
      examples: ['tidings group open #lunch', 'tidings group open #lunch --off'],
    },
  }),
  'group.list': method({
    summary: 'List your groups, and invitations that wait',
    params: v.strictObject({}),
    result: v.array(shape.group),
    large: true,
    errors: [],
    command: { args: [], slash: 'group list', examples: ['tidings group list --json'] },
  }),
  'group.members': method({
    summary: 'List who is in a group: admins first, by how long they have been that',
    params: v.strictObject({ group }),
    result: v.array(shape.groupMember),
    large: true,
    errors: NAMES,
    command: {
      args: ['group'],
      slash: 'group members',
      completes: { group: 'group' },
      examples: ['tidings group members #crew'],
    },
  }),
  'group.nearby': method({
    summary: 'List open groups that nodes nearby are in',
    params: v.strictObject({}),
    result: v.array(shape.nearbyGroup),
    large: true,
    errors: [],
    command: { args: [], slash: 'group nearby', examples: ['tidings group nearby'] },
  }),
} as const
