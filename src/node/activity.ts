// What a node is busy with: whom it is connected with, and what it wrote that nobody has yet. Told
// when somebody asks, from what the parts know anyway.
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { Session } from '../net/net.ts'
import type { Traffic } from '../net/traffic.ts'
import type { ContactState } from '../store/store.ts'
import type { NodeParts } from './parts.ts'
import { isHeld } from './people/contact-record.ts'
import type { Progress } from './receipts.ts'

export interface ConnectionView {
  readonly account: AccountId
  /** As the user sees it. */
  readonly name: string
  /** Undefined for a member of a group who is no contact. */
  readonly contact: ContactState | undefined
  /** The remote multiaddr. */
  readonly address: string
  /** Whether this node dialed, so that others can be found at the address. */
  readonly outgoing: boolean
  readonly sinceMs: number
}

/** Messages of one's own that no device of anybody else has. */
export interface QueueView {
  readonly messages: number
  /** How many people they are for, each counted once. */
  readonly people: number
  /** Those with most messages first. */
  readonly conversations: readonly WaitingView[]
}

export interface WaitingView {
  readonly conversation: ConversationId
  readonly name: string
  readonly messages: number
  readonly people: number
}

export interface Activity {
  readonly connections: readonly ConnectionView[]
  readonly queue: QueueView
  /** Since the node started. */
  readonly traffic: Traffic
}

type Parts = Pick<
  NodeParts,
  | 'book'
  | 'conversations'
  | 'groups'
  | 'history'
  | 'init'
  | 'ledger'
  | 'progress'
  | 'self'
  | 'sharing'
>

export function activityOf(parts: Parts, traffic: Traffic): Activity {
  return { connections: connectionsOf(parts), queue: queueOf(parts), traffic }
}

/** Sessions on which something is exchanged, longest first. */
function connectionsOf(parts: Parts): ConnectionView[] {
  const { init, sharing } = parts
  const startedAtMs = init.now() - init.uptimeMs()
  return [...sharing.active()]
    .map((session) => connectionView(parts, session, startedAtMs))
    .toSorted((a, b) => a.sinceMs - b.sinceMs)
}

function connectionView(
  { book, conversations }: Parts,
  { account, address, initiator, openedAtMs }: Session,
  startedAtMs: number,
): ConnectionView {
  const record = book.get(account)
  return {
    account,
    name: conversations.nameOf(account),
    contact: record && !record.declined ? record.state : undefined,
    address,
    outgoing: initiator,
    sinceMs: startedAtMs + openedAtMs,
  }
}

/**
 * Costs a look at what others told that they hold, for each conversation, and for those in which
 * something waits two small reads for each log of one's own.
 */
function queueOf(parts: Parts): QueueView {
  const people = new Set<AccountId>()
  const waiting: WaitingView[] = []
  for (const id of openConversations(parts)) {
    const { messages, missing } = waitingIn(parts, id)
    if (messages === 0) continue
    for (const account of missing) people.add(account)
    const name = parts.conversations.titleOf(id)
    waiting.push({ conversation: id, name, messages, people: missing.size })
  }
  const messages = waiting.reduce((sum, each) => sum + each.messages, 0)
  const conversations = waiting.toSorted((a, b) => b.messages - a.messages)
  return { messages, people: people.size, conversations }
}

/** Those in which what the user writes still goes to somebody. */
function* openConversations({ book, groups }: Parts): Iterable<ConversationId> {
  for (const record of book.all()) if (isHeld(record)) yield book.conversationWith(record.account)
  for (const [id] of groups.all()) if (groups.isMember(id)) yield id
}

function waitingIn(
  parts: Parts,
  id: ConversationId,
): { readonly messages: number; readonly missing: ReadonlySet<AccountId> } {
  const { ledger, self } = parts
  const missing = new Set<AccountId>()
  let messages = 0
  for (const device of self.devices) {
    const shown = ledger.conversation(id).get(device)?.order.shown ?? 0
    if (shown > 0) messages += waitingOf(parts, id, { device, shown }, missing)
  }
  return { messages, missing }
}

/** How many of a log of one's own nobody has; adds whom they are for. */
function waitingOf(
  { conversations, history, init, progress }: Parts,
  id: ConversationId,
  { device, shown }: { readonly device: DeviceId; readonly shown: number },
  missing: Set<AccountId>,
): number {
  // Most of the time everything arrived, and this costs no read.
  if (progress.all(id, device).every((each) => arrivedOf(each) >= shown)) return 0
  try {
    const seq = history.lastMessage(id, device, shown)
    const isMeant = (account: AccountId): boolean => history.isFor(account, id, { device, seq })
    const arrived = progress.all(id, device, isMeant).map(arrivedOf)
    const messages = history.messagesBetween(id, device, Math.max(0, ...arrived), seq)
    if (messages === 0 || arrived.length === 0) return 0
    for (const account of conversations.others(id).filter(isMeant)) missing.add(account)
    return messages
  } catch (error) {
    init.log.warn({ err: error }, 'what of this are messages could not be read')
    return 0
  }
}

function arrivedOf({ delivered, read }: Progress): number {
  return Math.max(delivered, read)
}
