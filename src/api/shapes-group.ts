// The shapes of groups in the API.
import * as v from 'valibot'

import { account, conversationId, imitates } from './shapes-basic.ts'

export const group = v.object({
  conversation: conversationId,
  name: v.string(),
  topic: v.string(),
  open: v.pipe(v.boolean(), v.description('anybody nearby may join')),
  history: v.pipe(
    v.picklist(['all', 'joining']),
    v.description('what new members read: all, or only what is written from their joining on'),
  ),
  state: v.pipe(
    v.picklist(['invited', 'joining', 'joined', 'left', 'removed']),
    v.description('joining: what it consists of is still on its way'),
  ),
  role: v.pipe(v.nullable(v.picklist(['admin', 'member'])), v.description('yours')),
  members: v.pipe(v.number(), v.description('how many are in it, as far as this node knows')),
  online: v.pipe(v.number(), v.description('other members that are connected now')),
  invitedBy: v.nullable(v.string()),
})
export type Group = v.InferOutput<typeof group>

export const groupMember = v.object({
  account,
  name: v.string(),
  role: v.picklist(['admin', 'member']),
  you: v.boolean(),
  online: v.boolean(),
  joined: v.pipe(v.boolean(), v.description('false for one who was added and has not joined yet')),
  reads: v.pipe(
    v.picklist(['all', 'joining', 'nothing']),
    v.description(
      'of the group: all, what was written from their joining on, or nothing: whoever added ' +
        'them named no key',
    ),
  ),
  imitates,
})
export type GroupMember = v.InferOutput<typeof groupMember>

export const nearbyGroup = v.object({
  conversation: conversationId,
  name: v.string(),
  topic: v.string(),
  members: v.number(),
  account,
  from: v.pipe(v.string(), v.description('what the member calls itself that told of it')),
})
export type NearbyGroup = v.InferOutput<typeof nearbyGroup>
