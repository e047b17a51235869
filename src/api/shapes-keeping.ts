// The shapes of exports and archives. `shapes.ts` has those that everything else is made of.
import * as v from 'valibot'

import { account, conversationId, timestamp } from './shapes-basic.ts'

export const member = v.object({ account, name: v.string(), own: v.boolean() })

export const gap = v.object({
  type: v.literal('gap'),
  reason: v.pipe(
    v.picklist(['unreadable', 'waiting', 'missing']),
    v.description('damaged on this disk, here but not in order yet, or not received yet'),
  ),
  author: account,
  authorName: v.string(),
  first: v.pipe(v.number(), v.description("sequence numbers of the author's log")),
  last: v.number(),
})
export type ShownGap = v.InferOutput<typeof gap>

export const archive = v.object({
  name: v.string(),
  conversation: conversationId,
  title: v.pipe(v.string(), v.description('what its exporter called the conversation')),
  members: v.array(member),
  messages: v.number(),
  lines: v.pipe(v.number(), v.description('messages and gaps; they are numbered from 1')),
  firstSentAt: v.nullable(timestamp),
  lastSentAt: v.nullable(timestamp),
  exportedAt: timestamp,
  importedAt: timestamp,
  proven: v.pipe(v.literal(false), v.description('an export has no signatures: nothing proves it')),
})
export type ShownArchive = v.InferOutput<typeof archive>

/** A message as its exporter's node showed it. */
const archivedMessage = v.object({
  id: v.string(),
  conversation: conversationId,
  author: account,
  authorName: v.string(),
  own: v.pipe(v.boolean(), v.description('written by whoever exported it')),
  seq: v.number(),
  sentAt: timestamp,
  kind: v.string(),
  text: v.string(),
  action: v.boolean(),
  replyTo: v.nullable(
    v.object({
      id: v.string(),
      author: v.nullable(account),
      authorName: v.string(),
      text: v.string(),
      deleted: v.boolean(),
    }),
  ),
  mentions: v.array(account),
  timer: v.nullable(v.number()),
  edited: v.boolean(),
  deleted: v.boolean(),
  reactions: v.array(
    v.object({ emoji: v.string(), accounts: v.array(account), mine: v.boolean() }),
  ),
  pinned: v.boolean(),
})

export const archivedItem = v.variant('type', [
  v.object({ type: v.literal('message'), number: v.number(), message: archivedMessage }),
  v.object({ ...gap.entries, number: v.number() }),
])
export type ShownArchivedItem = v.InferOutput<typeof archivedItem>
