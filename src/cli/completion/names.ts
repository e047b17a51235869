// Names for completion, from the running node: who and what there is now. A stranger chooses what
// they are called and a shell runs what it completes, so only plain names are offered as they are;
// of everybody else the id, with the name beside it.
import type { Client } from '../../api/client.ts'
import type { Group } from '../../api/shapes-group.ts'
import type { Contact, Message, NearbyNode } from '../../api/shapes.ts'
import { printable } from '../../core/text.ts'
import { firstLine, quoteText } from '../message-text.ts'
import type { Candidate, LiveKind } from './asked.ts'

export type NodeKind = Exclude<LiveKind, 'profile'>

const SHORT_ID_CHARS = 8
/** Of how many conversations messages are offered where none is named, and how many of each. */
const CONVERSATIONS_MAX = 3
const MESSAGES_MAX = 20

/** What else was typed decides which messages are meant. */
export interface Naming {
  /** What stands there of the name: `@` and `#` say what it is going to be. */
  readonly typed: string
  /** `contact unblock` */
  readonly command: string
  /** The conversation that was named before. */
  readonly conversation: string | undefined
}

/** @throws whatever the node answers */
export async function namesOf(
  kind: NodeKind,
  client: Client,
  naming: Naming,
  signal: AbortSignal,
): Promise<Candidate[]> {
  switch (kind) {
    case 'contact':
    case 'request':
      return people(await client.contacts({}, { signal }), naming)
    case 'author':
      return [
        { word: 'me', description: 'yourself' },
        ...people(await client.contacts({}, { signal }), naming),
      ]
    case 'nearby':
      return strangers(await client.nearby({}, { signal }), naming)
    case 'group':
      return groups(client, naming, signal)
    case 'conversation': {
      const [contacts, all] = await Promise.all([
        client.contacts({}, { signal }),
        client.group.list({}, { signal }),
      ])
      const isGroup = naming.typed.startsWith('#')
      return [...(isGroup ? [] : people(contacts, naming)), ...conversations(all, naming)]
    }
    case 'message':
      return messages(client, naming, signal)
    case 'archive': {
      const all = await client.archive.list({}, { signal })
      return all.filter(({ name }) => isPlain(name)).map(archiveCandidate)
    }
  }
}

interface Named {
  readonly name: string
  readonly id: string
  readonly description: string
}

/** Names that one account carries alone, and ids of the others. */
function candidates(all: readonly Named[], sign: string): Candidate[] {
  const counts = new Map<string, number>()
  for (const { name } of all) counts.set(key(name), (counts.get(key(name)) ?? 0) + 1)
  return all.map(({ name, id, description }) => {
    if (isPlain(name) && counts.get(key(name)) === 1) return { word: sign + name, description }
    return { word: id, description: `${printable(name)}, ${description}` }
  })
}

const key = (name: string): string => name.normalize('NFC').toLowerCase()

/** Letters, digits and what cannot mean anything to a shell; a blank is quoted. */
export function isPlain(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u.test(name)
}

/** Commands that are about contacts of one state only. */
const STATES: Readonly<Record<string, Contact['state']>> = {
  'contact accept': 'incoming',
  'contact reject': 'incoming',
  'contact unblock': 'blocked',
}

function people(contacts: readonly Contact[], { typed, command }: Naming): Candidate[] {
  const state = STATES[command]
  const wanted = contacts.filter((contact) =>
    state === undefined
      ? contact.state !== 'incoming' && contact.state !== 'removed'
      : contact.state === state,
  )
  const named = wanted.map(({ name, alias, account, state, online }) => ({
    name: alias || name,
    id: account.slice(0, SHORT_ID_CHARS),
    description: online ? 'online' : state,
  }))
  return candidates(named, typed.startsWith('@') ? '@' : '')
}

function strangers(nodes: readonly NearbyNode[], { typed }: Naming): Candidate[] {
  const wanted = nodes.filter(({ contact, own }) => {
    return !own && (contact === null || contact === 'incoming')
  })
  const named = wanted.map(({ name, account, addresses }) => ({
    name,
    id: account?.slice(0, SHORT_ID_CHARS) ?? '',
    description: addresses[0] ?? 'nearby',
  }))
  return candidates(named, typed.startsWith('@') ? '@' : '').filter(({ word }) => word !== '')
}

/** Where a group is asked for, it may be named without its sign. One joins what one is not in. */
async function groups(client: Client, naming: Naming, signal: AbortSignal): Promise<Candidate[]> {
  const sign = naming.typed === '' || naming.typed.startsWith('#') ? '#' : ''
  const all = await client.group.list({}, { signal })
  if (naming.command !== 'group join') return groupCandidates(all, sign)
  const nearby = (await client.group.nearby({}, { signal })).map((group) => {
    return { ...group, state: `nearby, with ${printable(group.from)}` }
  })
  const mine = all.filter(({ state }) => state !== 'joined' && state !== 'joining')
  const known = new Set(mine.map(({ conversation }) => conversation))
  const others = nearby.filter(({ conversation }) => !known.has(conversation))
  return groupCandidates([...mine, ...others], sign)
}

function conversations(all: readonly Group[], { typed }: Naming): Candidate[] {
  return typed === '' || typed.startsWith('#') ? groupCandidates(all, '#') : []
}

type GroupLike = Pick<Group, 'name' | 'conversation' | 'members'> & { readonly state: string }

function groupCandidates(all: readonly GroupLike[], sign: string): Candidate[] {
  const named = all.map(({ name, conversation, members, state }) => ({
    name,
    id: conversation,
    description: state === 'joined' ? counted(members, 'member') : state,
  }))
  return candidates(named, sign)
}

function archiveCandidate({ name, messages }: { name: string; messages: number }): Candidate {
  return { word: name, description: counted(messages, 'message') }
}

/** Commands that take only some messages. */
const TAKES: Readonly<Record<string, (message: Message) => boolean>> = {
  edit: ({ own, deleted, kind }) => own && !deleted && kind === 'text',
  delete: ({ own, deleted, kind }) => own && !deleted && kind === 'text',
  undo: ({ own, state, kind }) => own && state === 'queued' && kind === 'text',
  edits: ({ edited }) => edited,
  unpin: ({ pinned }) => pinned,
}

/** The newest first, of the conversation that was named, else of those in which most is new. */
async function messages(
  client: Client,
  { command, conversation }: Naming,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const recent = async (): Promise<string[]> => {
    const all = await client.conversations({}, { signal })
    return all.slice(0, CONVERSATIONS_MAX).map((each) => each.conversation)
  }
  const where = conversation === undefined ? await recent() : [conversation]
  const pages = await Promise.all(
    where.map((each) => client.history({ conversation: each, limit: MESSAGES_MAX }, { signal })),
  )
  return pages
    .flat()
    .filter(TAKES[command] ?? (() => true))
    .toSorted((a, b) => b.sentAt.localeCompare(a.sentAt))
    .slice(0, MESSAGES_MAX)
    .map((message) => ({ word: message.id, description: firstLine(quoteText(message)) }))
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
