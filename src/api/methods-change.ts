// The part of the API that changes messages: editing, deleting, reacting, pinning. `methods.ts` has
// the rest and joins them.
import * as v from 'valibot'

import { EDITS_KEPT_MAX } from '../core/limits.ts'
import * as shape from './shapes.ts'
import { CONTACT_ERRORS, method, text } from './spec.ts'

const id = text('message id, as `history --json` shows it')
const FINDING = ['unknown_message', 'message_deleted', 'database_damaged'] as const
const WRITING = [
  ...FINDING,
  'not_a_contact',
  'not_a_member',
  'group_key_missing',
  'contact_blocked',
  'disk_full',
] as const

/** A method that is about one message and answers with it. */
function onMessage(summary: string, slash: string) {
  return method({
    summary,
    params: v.strictObject({ id }),
    result: shape.message,
    errors: slash === 'delete' ? [...WRITING, 'not_yours'] : WRITING,
    command: {
      args: ['id'],
      slash,
      completes: { id: 'message' },
      examples: [`tidings ${slash} "$ID"`],
    },
  })
}

export const CHANGE_METHODS = {
  edit: method({
    summary: 'Change the words of a message of yours; what it said before stays readable',
    params: v.strictObject({ id, text: text('the new words, 1 to 32,768 bytes of UTF-8') }),
    result: shape.message,
    errors: [...WRITING, 'not_yours', 'text_empty', 'text_too_long', 'text_not_utf8'],
    command: {
      args: ['id', 'text'],
      rest: 'words_or_stdin',
      slash: 'edit',
      completes: { id: 'message' },
      examples: ['tidings edit "$ID" "At four, not five."'],
    },
  }),
  delete: onMessage('Take a message of yours back: nobody shows its text any more', 'delete'),
  undo: method({
    summary: 'Take back a message that has not left this device yet, as if it had never been',
    params: v.strictObject({
      id: v.optional(text('message id; without one, the newest that this node sent')),
      conversation: v.optional(text('the newest that this node sent there')),
    }),
    result: shape.message,
    errors: [
      ...CONTACT_ERRORS,
      'unknown_conversation',
      'unknown_message',
      'not_yours',
      'undo_too_late',
      'disk_full',
      'database_damaged',
    ],
    command: {
      args: ['id'],
      slash: 'undo',
      completes: { id: 'message', conversation: 'conversation' },
      examples: ['tidings undo', 'tidings undo --conversation @bob'],
    },
  }),
  react: method({
    summary: 'React to a message with an emoji; --remove takes it back',
    params: v.strictObject({
      id,
      emoji: text('one emoji, or one other character'),
      remove: v.optional(v.pipe(v.boolean(), v.description('take the reaction back'))),
    }),
    result: shape.message,
    errors: [...WRITING, 'bad_emoji', 'too_many_reactions'],
    command: {
      args: ['id', 'emoji'],
      slash: 'react',
      completes: { id: 'message' },
      examples: ['tidings react "$ID" 👍', 'tidings react "$ID" 👍 --remove'],
    },
  }),
  pin: onMessage('Pin a message, for everybody in the conversation', 'pin'),
  unpin: onMessage('Unpin a message', 'unpin'),
  pins: method({
    summary: 'List the pinned messages of a conversation, those first that were pinned last',
    params: v.strictObject({
      conversation: text('@name, #group, account id or prefix, conversation id'),
    }),
    result: v.array(shape.message),
    large: true,
    errors: [...CONTACT_ERRORS, 'unknown_conversation', 'database_damaged'],
    command: {
      args: ['conversation'],
      slash: 'pins',
      completes: { conversation: 'conversation' },
      examples: ['tidings pins @bob'],
    },
  }),
  edits: method({
    summary: `Show what a message said: at first, and after its newest ${EDITS_KEPT_MAX} edits`,
    params: v.strictObject({ id }),
    result: v.array(shape.edit),
    large: true,
    errors: FINDING,
    command: {
      args: ['id'],
      slash: 'edits',
      completes: { id: 'message' },
      examples: ['tidings edits "$ID"'],
    },
  }),
} as const
