// The shapes of what goes with conversations beside their messages: what is not read, what is
// muted, drafts, who is typing, and what of all this others are told.
import * as v from 'valibot'

import { account, conversationId, cursor, timestamp } from './shapes-basic.ts'

export const standing = v.object({
  conversation: conversationId,
  name: v.string(),
  account: v.nullable(account),
  unread: v.pipe(v.number(), v.description('messages of others after what you have read')),
  mentions: v.pipe(
    v.number(),
    v.description('of these, messages that addressed you when they were sent'),
  ),
  muted: v.pipe(v.boolean(), v.description('nothing of it is pointed out but what addresses you')),
  mutedUntil: v.pipe(v.nullable(timestamp), v.description('null for always, or not muted')),
  mutedAll: v.pipe(v.boolean(), v.description('muted, and mentions are not pointed out either')),
})
export type Standing = v.InferOutput<typeof standing>

export const draft = v.object({
  conversation: conversationId,
  text: v.pipe(v.string(), v.description('what was typed and not sent; empty for nothing')),
})

const told = v.nullable(v.boolean())

export const tellings = v.object({
  read: v.pipe(v.boolean(), v.description('contacts are told how far you have read')),
  typing: v.pipe(v.boolean(), v.description('contacts are told that you are typing')),
  conversations: v.pipe(
    v.array(v.object({ conversation: conversationId, name: v.string(), read: told, typing: told })),
    v.description('where you chose something else; null where what holds for all holds'),
  ),
})
export type Tellings = v.InferOutput<typeof tellings>

/** Events of `tail`; neither is kept on disk. */
export const conversationEvent = v.object({
  cursor,
  type: v.literal('conversation'),
  ...standing.entries,
})
export const typingEvent = v.object({
  cursor,
  type: v.literal('typing'),
  conversation: conversationId,
  account,
  name: v.string(),
  typing: v.boolean(),
})
