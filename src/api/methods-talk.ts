// The part of the API about what goes with conversations beside their messages. `methods.ts` has
// the rest and joins them.
import * as v from 'valibot'

import * as shape from './shapes.ts'
import { CONTACT_ERRORS, done, method, none, SPANS, text } from './spec.ts'

const conversation = text('@name, #group, account id or prefix, conversation id')
const NAMING_ERRORS = [...CONTACT_ERRORS, 'unknown_conversation'] as const
const WRITING_ERRORS = [...NAMING_ERRORS, 'disk_full'] as const
const completes = { conversation: 'conversation' } as const

export const TALK_METHODS = {
  conversations: method({
    summary: 'List conversations with what is unread in them, newest first',
    params: none,
    result: v.array(shape.conversation),
    large: true,
    errors: [],
    command: { args: [], slash: 'conversations', examples: ['tidings conversations --json'] },
  }),
  read: method({
    summary: 'Mark a conversation as read up to a message, or altogether',
    params: v.strictObject({
      conversation,
      upTo: v.optional(text('message id; absent means everything')),
    }),
    result: done,
    errors: [...WRITING_ERRORS, 'unknown_message'],
    command: {
      args: ['conversation'],
      slash: 'read',
      completes: { ...completes, upTo: 'message' },
      examples: ['tidings read @bob', 'tidings read @bob --up-to 9271lrr168a8fr3trqrv5huq24-3'],
    },
  }),
  mute: method({
    summary: 'Have nothing of a conversation pointed out but what addresses you',
    params: v.strictObject({
      conversation,
      for: v.optional(text('how long, like 30m, 8h, 7d or 2w; absent means until "unmute"')),
      all: v.optional(v.pipe(v.boolean(), v.description('not even what addresses you'))),
    }),
    result: shape.standing,
    errors: WRITING_ERRORS,
    command: {
      args: ['conversation'],
      slash: 'mute',
      completes,
      suggests: { for: SPANS },
      examples: ['tidings mute @bob', 'tidings mute @bob --for 8h --all'],
    },
  }),
  unmute: method({
    summary: 'Point out again what happens in a conversation',
    params: v.strictObject({ conversation }),
    result: shape.standing,
    errors: WRITING_ERRORS,
    command: {
      args: ['conversation'],
      slash: 'unmute',
      completes,
      examples: ['tidings unmute @bob'],
    },
  }),
  draft: method({
    summary: 'Show what was typed in a conversation and not sent, or keep something as that',
    params: v.strictObject({
      conversation,
      text: v.optional(text('absent: only show; empty: forget. Sending there forgets it too')),
    }),
    result: shape.draft,
    errors: [...WRITING_ERRORS, 'text_too_long', 'text_not_utf8'],
    command: {
      args: ['conversation', 'text'],
      rest: 'words',
      completes,
      examples: ['tidings draft @bob', 'tidings draft @bob "Lunch at"', 'tidings draft @bob ""'],
    },
  }),
  tell: method({
    summary: 'Show or choose whether contacts are told how far you have read, and that you type',
    params: v.strictObject({
      what: v.optional(v.pipe(v.picklist(['read', 'typing']), v.description('read or typing'))),
      setting: v.optional(
        v.pipe(
          v.picklist(['on', 'off', 'default']),
          v.description('on, off, or default: as chosen for all, or as configured'),
        ),
      ),
      in: v.optional(text('only in this conversation')),
    }),
    result: shape.tellings,
    errors: WRITING_ERRORS,
    command: {
      args: ['what', 'setting'],
      slash: 'tell',
      completes: { in: 'conversation' },
      examples: ['tidings tell', 'tidings tell read off', 'tidings tell typing off --in @bob'],
    },
  }),
  typing: method({
    summary: 'Tell those in a conversation that you are typing; for front ends, every few seconds',
    params: v.strictObject({
      conversation,
      stopped: v.optional(v.pipe(v.boolean(), v.description('not any more'))),
    }),
    result: done,
    errors: NAMING_ERRORS,
  }),
} as const
