// The part of the API's table that is about finding messages again.
import * as v from 'valibot'

import {
  HISTORY_LIMIT_DEFAULT,
  HISTORY_LIMIT_MAX,
  SEARCH_LIMIT_DEFAULT,
  SEARCH_LIMIT_MAX,
} from '../core/limits.ts'
import * as shape from './shapes.ts'
import { CONTACT_ERRORS, method, SPANS, text } from './spec.ts'

const howMany = (most: number, otherwise: number) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most), v.description('how many')),
    otherwise,
  )

export const SEARCH_METHODS = {
  history: method({
    summary: 'Show the newest messages of a conversation, oldest first',
    params: v.strictObject({
      conversation: text('@name, #group, account id or prefix, conversation id'),
      limit: howMany(HISTORY_LIMIT_MAX, HISTORY_LIMIT_DEFAULT),
      before: v.optional(text('only messages before the one with this id')),
      after: v.optional(text('the first messages after the one with this id')),
      around: v.optional(text('the message with this id and those around it')),
    }),
    result: v.array(shape.message),
    large: true,
    errors: [...CONTACT_ERRORS, 'unknown_conversation', 'unknown_message', 'database_damaged'],
    command: {
      args: ['conversation'],
      slash: 'history',
      completes: {
        conversation: 'conversation',
        before: 'message',
        after: 'message',
        around: 'message',
      },
      examples: ['tidings history @bob', 'tidings history @bob --limit 500 --json'],
    },
  }),
  search: method({
    summary: 'Find messages, newest first; each is told as soon as it is found',
    params: v.strictObject({
      query: text('words that are all in it; a phrase in quotes; case and accents do not matter'),
      in: v.optional(text('only in this conversation')),
      from: v.optional(text('only what this person wrote; "me" for yourself')),
      since: v.optional(text('only since then: 2026-11-20, 2026-11-20T14:30, 12h, 7d, 2w')),
      before: v.optional(text('only older results than the message with this id')),
      limit: howMany(SEARCH_LIMIT_MAX, SEARCH_LIMIT_DEFAULT),
    }),
    result: v.object({
      words: v.pipe(v.array(v.string()), v.description('what is looked for, as it is compared')),
    }),
    notifies: shape.found,
    errors: [
      ...CONTACT_ERRORS,
      'unknown_conversation',
      'unknown_message',
      'query_empty',
      'query_too_long',
      'bad_date',
      'database_damaged',
    ],
    command: {
      args: ['query'],
      rest: 'phrases',
      slash: 'search',
      completes: { in: 'conversation', from: 'author', before: 'message' },
      suggests: { since: SPANS },
      examples: [
        'tidings search valve',
        'tidings search "pump room" --in @bob --from me --since 7d',
        'tidings search invoice --in "#crew" --json --limit 1000',
      ],
    },
  }),
} as const
