// The shape of messages in the API, wherever they are shown.
import * as v from 'valibot'

import { account, conversationId, timestamp } from './shapes-basic.ts'

export const messageState = v.picklist(['queued', 'delivered', 'read', 'received'])
export type MessageState = v.InferOutput<typeof messageState>

export const message = v.object({
  id: v.pipe(v.string(), v.description('the same on every node')),
  conversation: conversationId,
  author: account,
  authorName: v.string(),
  own: v.boolean(),
  seq: v.number(),
  sentAt: v.pipe(timestamp, v.description("by the author's clock, ISO 8601 in UTC")),
  kind: v.pipe(
    v.string(),
    v.description(
      '"text", "timer", "group" for what changed in one, or "unknown" from a later version',
    ),
  ),
  text: v.string(),
  action: v.pipe(v.boolean(), v.description('told in the third person: "Ann waves"')),
  replyTo: v.pipe(
    v.nullable(
      v.object({
        id: v.string(),
        author: v.nullable(account),
        authorName: v.string(),
        text: v.pipe(v.string(), v.description('its beginning, as it says now')),
        deleted: v.boolean(),
      }),
    ),
    v.description('what it answers, in short; author is null if that is not here'),
  ),
  mentions: v.pipe(v.array(account), v.description('accounts that it addresses by @name')),
  mentionsYou: v.boolean(),
  state: v.pipe(
    messageState,
    v.description(
      'own: queued (only here), delivered (on disk at a recipient), read; else received',
    ),
  ),
  deliveredTo: v.pipe(v.number(), v.description('own: on how many other people’s disks it is')),
  readBy: v.pipe(v.number(), v.description('own: how many others have read it')),
  of: v.pipe(v.number(), v.description('own: how many others are in the conversation')),
  timer: v.pipe(
    v.nullable(v.number()),
    v.description('of the kind "timer": from here on messages disappear after so many s; 0: never'),
  ),
  disappearsAt: v.pipe(
    v.nullable(timestamp),
    v.description('when this node does not show it any more'),
  ),
  edited: v.pipe(v.boolean(), v.description('`edits` tells what it said before')),
  deleted: v.pipe(v.boolean(), v.description('by its author; the text is empty')),
  reactions: v.pipe(
    v.array(v.object({ emoji: v.string(), accounts: v.array(account), mine: v.boolean() })),
    v.description('mine: you are among the accounts'),
  ),
  pinned: v.boolean(),
})
export type Message = v.InferOutput<typeof message>

export const edit = v.object({
  id: v.pipe(v.string(), v.description('of the entry that has these words')),
  sentAt: timestamp,
  text: v.string(),
})
export type Edit = v.InferOutput<typeof edit>
export const found = v.object({
  ...message.entries,
  conversationName: v.pipe(v.string(), v.description('what the conversation goes by')),
})
export type Found = v.InferOutput<typeof found>
