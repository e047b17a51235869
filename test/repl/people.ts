// People, messages and what is known around a line, for the tests of the REPL, in the shapes that
// the API gives.
import type { Group } from '../../src/api/shapes-group.ts'
import type { Contact, Message, NearbyNode } from '../../src/api/shapes.ts'
import type { Directory } from '../../src/repl/directory.ts'
import type { Surroundings } from '../../src/repl/surroundings.ts'

/** An account id that begins as wanted. */
export function accountId(begin: string): string {
  return begin.replace(/[^a-z2-7]/g, '').padEnd(52, 'a')
}

export function contact(name: string, more: Partial<Contact> = {}): Contact {
  const account = more.account ?? accountId(name.toLowerCase())
  return {
    account,
    name,
    alias: '',
    state: 'friend',
    online: true,
    lastSeen: null,
    verified: false,
    conversation: account.toUpperCase(),
    request: '',
    imitates: null,
    ...more,
  }
}

export function message(
  from: Pick<Contact, 'account' | 'name' | 'conversation'>,
  seq: number,
  text: string,
  more: Partial<Message> = {},
): Message {
  return {
    id: `${from.account.slice(0, 26)}-${seq}`,
    conversation: from.conversation,
    author: from.account,
    authorName: from.name,
    own: false,
    seq,
    sentAt: '2025-06-03T14:02:00.000Z',
    kind: 'text',
    text,
    action: false,
    replyTo: null,
    mentions: [],
    mentionsYou: false,
    state: 'received',
    deliveredTo: 0,
    readBy: 0,
    of: 1,
    timer: null,
    disappearsAt: null,
    edited: false,
    deleted: false,
    reactions: [],
    pinned: false,
    ...more,
  }
}

/** A group that one made, with one other member, who is there. */
export function group(name: string, conversation: string): Group {
  return {
    conversation,
    name,
    topic: '',
    open: false,
    history: 'all',
    state: 'joined',
    role: 'admin',
    members: 2,
    online: 1,
    invitedBy: null,
  }
}

export function nearbyNode(name: string, more: Partial<NearbyNode> = {}): NearbyNode {
  return {
    account: accountId(name.toLowerCase()),
    name,
    peerId: `12D3KooW${name}`,
    addresses: [],
    contact: null,
    own: false,
    imitates: null,
    ...more,
  }
}

/** All that Tab knows of. */
export function surroundings(directory: Directory, more: Partial<Surroundings> = {}): Surroundings {
  return {
    directory,
    open: undefined,
    members: () => [],
    messages: () => undefined,
    archives: [],
    reactions: [],
    files: () => [],
    ...more,
  }
}
