// The API, defined once. The daemon's handlers, the typed client, the command line and its help,
// the REPL's commands and completion, parameter checks and docs/API.md all derive from this table.
import * as v from 'valibot'

import { TIMER_MAX_MS } from '../core/limits.ts'
import { CHANGE_METHODS } from './methods-change.ts'
import { CONTACT_METHODS } from './methods-contact.ts'
import { GROUP_METHODS } from './methods-group.ts'
import { KEEPING_METHODS } from './methods-keeping.ts'
import { SEARCH_METHODS } from './methods-search.ts'
import { TALK_METHODS } from './methods-talk.ts'
import { conversationId } from './shapes-basic.ts'
import * as shape from './shapes.ts'
import { CONTACT_ERRORS, done, method, type MethodSpec, none, text } from './spec.ts'

export type { CommandSpec, MethodSpec } from './spec.ts'

export const METHODS = {
  status: method({
    summary: 'Tell how the node is doing',
    params: none,
    result: shape.status,
    errors: [],
    command: { args: [], slash: 'status', examples: ['tidings status --json'] },
  }),
  stop: method({
    summary: 'Stop the node; everything accepted is on disk already',
    params: none,
    result: done,
    errors: [],
    command: { args: [], examples: ['tidings stop'] },
  }),
  whoami: method({
    summary: 'Show who you are on this network',
    params: none,
    result: shape.identity,
    errors: [],
    command: { args: [], slash: 'whoami', examples: ['tidings whoami'] },
  }),
  name: method({
    summary: 'Choose the name that others see; contacts are told',
    params: v.strictObject({ name: text('your new name, 1 to 64 bytes of UTF-8') }),
    result: shape.identity,
    errors: ['bad_name', 'disk_full'],
    command: {
      args: ['name'],
      rest: 'words',
      slash: 'name',
      examples: ['tidings name "Anna Lee"'],
    },
  }),
  invite: method({
    summary: 'Make a link that somebody can add you with',
    params: none,
    result: v.object({ link: v.string() }),
    errors: [],
    command: { args: [], slash: 'invite', examples: ['tidings invite'] },
  }),
  nearby: method({
    summary: 'List who is discovered on the network now',
    params: none,
    result: v.array(shape.nearbyNode),
    large: true,
    errors: [],
    command: { args: [], slash: 'nearby', examples: ['tidings nearby', 'tidings nearby --watch'] },
  }),
  contacts: method({
    summary: 'List the people you know, and requests that wait',
    params: none,
    result: v.array(shape.contact),
    large: true,
    errors: [],
    command: { args: [], slash: 'contacts', examples: ['tidings contacts --json'] },
  }),
  ...CONTACT_METHODS,
  ...GROUP_METHODS,
  ...KEEPING_METHODS,
  'profile.export': method({
    summary: 'Write an encrypted backup of account key, contacts and history',
    params: v.strictObject({
      file: text('absolute path of the file to write'),
      password: text("the profile's; for a profile that has none, one for the backup"),
      force: v.optional(v.pipe(v.boolean(), v.description('replace a file that is there')), false),
    }),
    result: shape.exportedProfile,
    errors: [
      'wrong_password',
      'file_exists',
      'file_unusable',
      'disk_full',
      'interrupted',
      'database_damaged',
    ],
  }),
  send: method({
    summary: 'Send a message; answers once it is on disk',
    params: v.strictObject({
      to: text('@name, #group, account id or prefix, or as `who` of a contact'),
      text: text('the message, 1 to 32,768 bytes of UTF-8'),
      reply: v.optional(text('id of the message that this one answers')),
      action: v.optional(
        v.pipe(v.boolean(), v.description('tell it in the third person: "Ann waves"')),
      ),
    }),
    result: v.object({
      id: v.string(),
      conversation: conversationId,
      seq: v.number(),
      state: shape.messageState,
    }),
    errors: [
      ...CONTACT_ERRORS,
      'unknown_conversation',
      'not_a_member',
      'group_key_missing',
      'contact_blocked',
      'unknown_message',
      'text_empty',
      'text_too_long',
      'text_not_utf8',
      'disk_full',
      'database_damaged',
    ],
    command: {
      args: ['to', 'text'],
      rest: 'words_or_stdin',
      completes: { to: 'conversation', reply: 'message' },
      examples: [
        'tidings send @bob "Lunch?"',
        'uptime | tidings send @bob --wait delivered',
        'tidings send @bob --file notes.txt',
      ],
    },
  }),
  ...CHANGE_METHODS,
  wait: method({
    summary: 'Answer once a message of yours reached a state',
    params: v.strictObject({
      id: text('message id'),
      state: v.picklist(['delivered', 'read']),
      timeoutMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(TIMER_MAX_MS)),
    }),
    result: v.object({ id: v.string(), state: shape.messageState }),
    errors: ['unknown_message', 'not_delivered'],
  }),
  ...SEARCH_METHODS,
  ...TALK_METHODS,
  tail: method({
    summary: 'Follow what happens; with a cursor, from there on, so that nothing is missed',
    params: v.strictObject({
      conversation: v.optional(text('only events of this conversation')),
      since: v.optional(
        text('cursor of the last event that was handled; "0" means from the start'),
      ),
    }),
    result: v.object({ cursor: v.string() }),
    notifies: shape.event,
    errors: [...CONTACT_ERRORS, 'unknown_conversation'],
    command: {
      args: ['conversation'],
      completes: { conversation: 'conversation' },
      examples: [
        'tidings tail',
        'tidings tail --json --since "$CURSOR"',
        'tidings tail --cursor > cursor',
      ],
    },
  }),
  sync: method({
    summary: 'Tell what this node holds of each conversation, what is missing, and who has it',
    params: v.strictObject({ conversation: v.optional(text('only this conversation')) }),
    result: v.array(shape.syncReport),
    large: true,
    errors: [...CONTACT_ERRORS, 'unknown_conversation'],
    command: {
      args: ['conversation'],
      slash: 'sync',
      completes: { conversation: 'conversation' },
      examples: ['tidings sync', 'tidings sync @bob'],
    },
  }),
  doctor: method({
    summary: 'Check the node and, interface by interface, the network; say what to do',
    params: none,
    result: v.array(shape.check),
    errors: [],
    command: { args: [], slash: 'doctor', examples: ['tidings doctor'] },
  }),
} as const satisfies Record<string, MethodSpec>

export type MethodName = keyof typeof METHODS
export type Params<M extends MethodName> = v.InferInput<(typeof METHODS)[M]['params']>
export type CheckedParams<M extends MethodName> = v.InferOutput<(typeof METHODS)[M]['params']>
export type Result<M extends MethodName> = v.InferOutput<(typeof METHODS)[M]['result']>
/** What a method goes on notifying of. */
export type Notification<M extends StreamName> = v.InferOutput<(typeof METHODS)[M]['notifies']>
/** Methods that go on notifying until they are cancelled. */
export type StreamName = {
  [M in MethodName]: (typeof METHODS)[M] extends { notifies: v.GenericSchema } ? M : never
}[MethodName]
