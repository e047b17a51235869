// The shape of what `status` tells: the node as a process, whom it is connected with, what waits.
import * as v from 'valibot'

import { account, contactState, conversationId, timestamp } from './shapes-basic.ts'
import { apiVersion } from './version.ts'

const described = (description: string) => v.pipe(v.number(), v.description(description))

export const connection = v.object({
  account,
  name: v.pipe(v.string(), v.description('as you see them')),
  contact: v.pipe(
    v.nullable(contactState),
    v.description('what they are to you; null for a member of a group who is no contact'),
  ),
  address: v.pipe(v.string(), v.description('multiaddr of the other side')),
  outgoing: v.pipe(
    v.boolean(),
    v.description('this node connected; else the port of `address` leads nowhere'),
  ),
  onlineSince: timestamp,
})

const people = described('how many people they are for')

export const queue = v.object({
  messages: described('messages of yours that nobody else has yet'),
  people,
  conversations: v.pipe(
    v.array(
      v.object({ conversation: conversationId, name: v.string(), messages: v.number(), people }),
    ),
    v.description('those with most messages first, 20 at most'),
  ),
})

export const status = v.object({
  running: v.boolean(),
  pid: v.number(),
  uptimeMs: v.number(),
  account,
  peerId: v.string(),
  name: v.string(),
  addresses: v.array(v.string()),
  peers: described('contacts online'),
  connections: v.pipe(
    v.array(connection),
    v.description('who is online, one for each of their devices, the longest first'),
  ),
  nearby: v.number(),
  unread: described('messages not read, in all conversations'),
  mentions: described('of these, messages that addressed you when they were sent'),
  queue,
  traffic: v.pipe(
    v.object({ sentBytes: v.number(), receivedBytes: v.number() }),
    v.description(
      'what went over all connections since the node started, without encryption, headers and ' +
        'discovery',
    ),
  ),
  databaseBytes: described(
    "what the profile's folder takes on disk, as of some seconds ago: the database, a reserve " +
      'for a full disk, and copies that repairs kept',
  ),
  rssBytes: v.number(),
  version: v.pipe(v.string(), v.description('of the program')),
  apiVersion,
  profile: v.string(),
  damage: v.pipe(v.array(v.string()), v.description('what the database lost, in plain words')),
})
export type Status = v.InferOutput<typeof status>
