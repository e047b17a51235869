// The shapes that requests, results and events of the API are made of: what `--json` prints and
// what bots receive. Checked at run time on the daemon's side, typed on both.
import * as v from 'valibot'

import {
  account,
  contactState,
  conversationId,
  cursor,
  imitates,
  timestamp,
} from './shapes-basic.ts'
import { group } from './shapes-group.ts'
import { message } from './shapes-message.ts'
import { conversationEvent, standing, typingEvent } from './shapes-talk.ts'

export * from './shapes-message.ts'
export * from './shapes-status.ts'
export * from './shapes-talk.ts'

export const contact = v.object({
  account,
  name: v.pipe(v.string(), v.description('as the contact calls itself')),
  alias: v.pipe(v.string(), v.description('as you call it; may be empty')),
  state: contactState,
  online: v.boolean(),
  lastSeen: v.nullable(timestamp),
  verified: v.boolean(),
  conversation: conversationId,
  request: v.pipe(v.string(), v.description('the words that came with a request; may be empty')),
  imitates,
})
export type Contact = v.InferOutput<typeof contact>

export const nearbyNode = v.object({
  account: v.nullable(account),
  name: v.string(),
  peerId: v.string(),
  addresses: v.array(v.string()),
  contact: v.pipe(
    v.nullable(contactState),
    v.description('what this account is to you, or null for a stranger'),
  ),
  own: v.pipe(v.boolean(), v.description('it says that it is another device of yours')),
  imitates,
})
export type NearbyNode = v.InferOutput<typeof nearbyNode>

export const identity = v.object({
  account,
  peerId: v.string(),
  name: v.string(),
  addresses: v.array(v.string()),
})

export const syncReport = v.object({
  conversation: conversationId,
  name: v.string(),
  complete: v.pipe(v.boolean(), v.description('everything that is known to exist is held here')),
  devices: v.array(
    v.object({
      account,
      name: v.string(),
      device: v.string(),
      have: v.pipe(v.number(), v.description('entries held')),
      shown: v.pipe(v.number(), v.description('of these, entries in the conversation')),
      known: v.pipe(v.number(), v.description('entries known to exist')),
      waitingFor: v.nullable(v.object({ device: v.string(), seq: v.number() })),
      holders: v.pipe(v.array(account), v.description('contacts known to hold what is missing')),
      forked: v.boolean(),
      heldBack: v.pipe(
        v.boolean(),
        v.description('no more is taken for now: their quota is used up, or the disk nearly full'),
      ),
    }),
  ),
})
export type SyncReport = v.InferOutput<typeof syncReport>

export const conversation = v.object({
  ...standing.entries,
  draft: v.pipe(v.string(), v.description('how what was typed and not sent begins; may be empty')),
  lastMessage: v.nullable(message),
})
export type Conversation = v.InferOutput<typeof conversation>

export const check = v.object({
  check: v.pipe(v.string(), v.description('what was looked at; the first is the "conclusion"')),
  code: v.pipe(v.string(), v.description('what was found, as a word for programs; more may come')),
  ok: v.boolean(),
  detail: v.string(),
  fix: v.pipe(v.string(), v.description('what to do; never empty where something is wrong')),
})
export type Check = v.InferOutput<typeof check>

export const exportedProfile = v.object({
  file: v.string(),
  bytes: v.number(),
  contacts: v.number(),
  messages: v.pipe(v.number(), v.description('with their edits, reactions and other changes')),
  damage: v.pipe(v.array(v.string()), v.description('what could not be read and is not in it')),
})

/** What `tail` tells. Kinds may be added: skip those you do not know. */
export const event = v.variant('type', [
  v.object({ cursor, type: v.literal('message'), message }),
  conversationEvent,
  typingEvent,
  v.object({
    cursor,
    type: v.literal('changed'),
    change: v.picklist(['edited', 'deleted', 'reacted', 'unreacted', 'pinned', 'unpinned']),
    by: account,
    byName: v.string(),
    own: v.pipe(v.boolean(), v.description('you did it, here or on another device')),
    emoji: v.pipe(v.nullable(v.string()), v.description('of a reaction')),
    message: v.pipe(message, v.description('as it is now')),
  }),
  v.object({
    cursor,
    type: v.literal('undone'),
    conversation: conversationId,
    id: v.pipe(
      v.string(),
      v.description('of a message of yours that never was; the next one may get this id'),
    ),
  }),
  v.object({
    cursor,
    type: v.literal('state'),
    conversation: conversationId,
    account,
    state: v.picklist(['delivered', 'read']),
    id: v.pipe(v.string(), v.description('newest of your messages that reached this state')),
    count: v.pipe(v.number(), v.description('how many reached it now')),
    deliveredTo: v.pipe(v.number(), v.description('of the newest: how many others have it')),
    readBy: v.number(),
    of: v.number(),
  }),
  v.object({
    cursor,
    type: v.literal('presence'),
    account,
    name: v.string(),
    online: v.boolean(),
  }),
  v.object({ cursor, type: v.literal('request'), contact }),
  v.object({ cursor, type: v.literal('contact'), contact }),
  v.object({
    cursor,
    type: v.literal('renamed'),
    account,
    from: v.string(),
    to: v.string(),
    imitates: v.pipe(
      v.nullable(v.string()),
      v.description('whose name the new one looks like, as in Contact'),
    ),
  }),
  v.object({
    cursor,
    type: v.literal('device'),
    account,
    name: v.string(),
    devices: v.pipe(v.number(), v.description('how many the contact has now')),
  }),
  v.object({ cursor, type: v.literal('nearby'), node: nearbyNode, present: v.boolean() }),
  v.object({ cursor, type: v.literal('group'), group }),
  v.object({ cursor, type: v.literal('trouble'), where: v.string(), message: v.string() }),
  v.object({
    cursor,
    type: v.literal('fork'),
    conversation: conversationId,
    account,
    name: v.string(),
    own: v.pipe(
      v.boolean(),
      v.description(
        'another copy of your own profile wrote too; this node goes on as a new device',
      ),
    ),
  }),
])
export type Event = v.InferOutput<typeof event>
