// The part of the API that is about what is kept, and for how long: exports of conversations,
// archives that were imported, messages that disappear. `methods.ts` joins it with the rest.
import * as v from 'valibot'

import { HISTORY_LIMIT_DEFAULT, HISTORY_LIMIT_MAX } from '../core/limits.ts'
import { account, conversationId } from './shapes-basic.ts'
import * as shape from './shapes-keeping.ts'
import { message } from './shapes.ts'
import { CONTACT_ERRORS, method, SPANS, text } from './spec.ts'

const conversation = text('@name, #group, account id or prefix, conversation id')
const archiveName = text('what the archive is called here')

export const KEEPING_METHODS = {
  disappear: method({
    summary: 'Show, or set for both sides, after how long new messages disappear',
    params: v.strictObject({
      conversation,
      after: v.optional(text('like 30s, 5m, 12h, 1d, 4w, or "off"')),
    }),
    result: v.object({
      conversation: conversationId,
      seconds: v.pipe(v.number(), v.description('0: messages stay')),
      setBy: v.nullable(account),
      setByName: v.string(),
    }),
    errors: [
      ...CONTACT_ERRORS,
      'unknown_conversation',
      'not_a_member',
      'contact_blocked',
      'disk_full',
      'database_damaged',
    ],
    command: {
      args: ['conversation', 'after'],
      slash: 'disappear',
      completes: { conversation: 'conversation' },
      suggests: { after: ['off', ...SPANS] },
      examples: ['tidings disappear @bob 1d', 'tidings disappear @bob off'],
    },
  }),
  export: method({
    summary: 'Answer a page of a conversation, oldest first; `next` is the cursor of the next page',
    params: v.strictObject({
      conversation,
      cursor: v.optional(text('`next` of the page before; absent for the first one')),
      sentFrom: v.optional(text('only messages sent from then on, ISO 8601 in UTC')),
      sentBefore: v.optional(text('only messages sent before then, ISO 8601 in UTC')),
    }),
    result: v.object({
      conversation: conversationId,
      name: v.string(),
      members: v.array(shape.member),
      items: v.array(
        v.variant('type', [v.object({ type: v.literal('message'), message }), shape.gap]),
      ),
      next: v.pipe(v.nullable(v.string()), v.description('null at the end')),
    }),
    large: true,
    errors: [...CONTACT_ERRORS, 'unknown_conversation', 'database_damaged'],
  }),
  'archive.import': method({
    summary: 'Import an exported conversation to look at, apart from your own',
    params: v.strictObject({
      file: text('an export in the JSON Lines form; over the API an absolute path'),
      name: v.optional(text('what to call it; else as the conversation in it')),
    }),
    result: shape.archive,
    errors: [
      'file_unusable',
      'archive_exists',
      'archive_invalid',
      'archive_newer',
      'bad_name',
      'disk_full',
      'interrupted',
    ],
    command: {
      args: ['file'],
      slash: 'archive import',
      examples: [
        'tidings archive import bob.jsonl',
        'tidings archive import bob.jsonl --name "Bob 2025"',
      ],
    },
  }),
  'archive.list': method({
    summary: 'List the archives that were imported',
    params: v.strictObject({}),
    result: v.array(shape.archive),
    errors: [],
    command: { args: [], slash: 'archive list', examples: ['tidings archive list'] },
  }),
  'archive.show': method({
    summary: 'Show the newest messages of an archive, which nothing proves, oldest first',
    params: v.strictObject({
      name: archiveName,
      limit: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(1),
          v.maxValue(HISTORY_LIMIT_MAX),
          v.description('how many'),
        ),
        HISTORY_LIMIT_DEFAULT,
      ),
      before: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(1),
          v.description('only what stands before this number'),
        ),
      ),
      search: v.optional(text('only messages that have this in their text or author, in any case')),
    }),
    result: v.object({ archive: shape.archive, items: v.array(shape.archivedItem) }),
    large: true,
    errors: ['unknown_archive', 'database_damaged', 'interrupted'],
    command: {
      args: ['name'],
      slash: 'archive show',
      completes: { name: 'archive' },
      examples: ['tidings archive show bob', 'tidings archive show bob --search valve'],
    },
  }),
  'archive.remove': method({
    summary: 'Remove an archive',
    params: v.strictObject({ name: archiveName }),
    result: shape.archive,
    errors: ['unknown_archive', 'disk_full'],
    command: {
      args: ['name'],
      slash: 'archive remove',
      completes: { name: 'archive' },
      examples: ['tidings archive remove bob'],
    },
  }),
} as const
