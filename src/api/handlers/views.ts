// The node's values in the shapes of the API: times as ISO 8601, `null` where the node says
// `undefined`, since JSON has no other way to say it.
import type { GroupMemberView, GroupView, NearbyGroupView } from '../../node/groups/group-types.ts'
import type {
  Activity,
  ContactDetails,
  ContactQuota,
  ContactView,
  EditView,
  MessageView,
  NearbyView,
  NodeEvent,
} from '../../node/node-types.ts'
import type { FoundView } from '../../node/search/search-types.ts'
import type { SyncView } from '../../node/sync-view.ts'
import type {
  ConversationView,
  Standing as StandingView,
  Tellings as TellingsView,
} from '../../node/talk/talk-types.ts'
import type { Result } from '../methods.ts'
import type { Group, GroupMember, NearbyGroup } from '../shapes-group.ts'
import type {
  Contact,
  Conversation,
  Edit,
  Event,
  Found,
  Message,
  NearbyNode,
  Standing,
  Status,
  SyncReport,
  Tellings,
} from '../shapes.ts'

/** Conversations in which something waits that are told one by one. */
const QUEUE_SHOWN_MAX = 20

export function messageShape(view: MessageView): Message {
  const { sentAtMs, replyTo, mentions, reactions, timer = null, goneAtMs, ...rest } = view
  return {
    ...rest,
    sentAt: isoTime(sentAtMs),
    replyTo: replyTo ? { ...replyTo, author: replyTo.author ?? null } : null,
    mentions: [...mentions],
    reactions: reactions.map(({ accounts, ...what }) => ({ ...what, accounts: [...accounts] })),
    timer,
    disappearsAt: goneAtMs === undefined ? null : isoTime(goneAtMs),
  }
}

export function editShape({ id, sentAtMs, text }: EditView): Edit {
  return { id, sentAt: isoTime(sentAtMs), text }
}

export function foundShape({ conversationName, ...view }: FoundView): Found {
  return { ...messageShape(view), conversationName }
}

export function contactShape(view: ContactView): Contact {
  const { account, name, alias, state, online, verified, conversation, request } = view
  const lastSeen = view.lastSeenMs > 0 ? isoTime(view.lastSeenMs) : null
  const imitates = view.imitates ?? null
  const standing = { state, online, lastSeen, verified }
  return { account, name, alias, ...standing, conversation, request, imitates }
}

export function detailsShape(view: ContactDetails): Result<'contact.show'> {
  const devices = view.devices.map(({ device, peerId, online }) => ({ device, peerId, online }))
  const { safetyNumber } = view
  return { ...contactShape(view), devices, addresses: [...view.addresses], safetyNumber }
}

export function activityShape({
  connections,
  queue,
  traffic,
}: Activity): Pick<Status, 'connections' | 'queue' | 'traffic'> {
  return {
    connections: connections.map(({ sinceMs, contact = null, ...rest }) => {
      return { ...rest, contact, onlineSince: isoTime(sinceMs) }
    }),
    queue: { ...queue, conversations: queue.conversations.slice(0, QUEUE_SHOWN_MAX) },
    traffic,
  }
}

export function quotaShape(view: ContactQuota): Result<'contact.quota'> {
  const { receivedBytes } = view
  const quotaBytes = Number.isFinite(view.quotaBytes) ? view.quotaBytes : null
  return { ...contactShape(view), receivedBytes, quotaBytes }
}

export function nearbyShape(view: NearbyView): NearbyNode {
  const { name, peerId, own } = view
  const addresses = [...view.addresses]
  const account = view.account ?? null
  const imitates = view.imitates ?? null
  return { account, name, peerId, addresses, contact: view.contact ?? null, own, imitates }
}

export function standingShape(view: StandingView): Standing {
  const { conversation, name, unread, mentions, muted, mutedUntilMs, mutedAll } = view
  const account = view.account ?? null
  const mutedUntil = mutedUntilMs === undefined ? null : isoTime(mutedUntilMs)
  return { conversation, name, account, unread, mentions, muted, mutedUntil, mutedAll }
}

export function conversationShape(view: ConversationView): Conversation {
  const { draft, lastMessage } = view
  return {
    ...standingShape(view),
    draft,
    lastMessage: lastMessage ? messageShape(lastMessage) : null,
  }
}

export function groupShape(view: GroupView): Group {
  return { ...view, role: view.role ?? null, invitedBy: view.invitedBy ?? null }
}

export function tellingsShape({ read, typing, conversations }: TellingsView): Tellings {
  const chosen = conversations.map((each) => ({
    ...each,
    read: each.read ?? null,
    typing: each.typing ?? null,
  }))
  return { read, typing, conversations: chosen }
}

export function memberShape(view: GroupMemberView): GroupMember {
  return { ...view, imitates: view.imitates ?? null }
}

export function nearbyGroupShape(view: NearbyGroupView): NearbyGroup {
  const { conversation, name, topic, members, account, from } = view
  return { conversation, name, topic, members, account, from }
}

export function syncShape(view: SyncView): SyncReport {
  const devices = view.devices.map((device) => ({
    ...device,
    waitingFor: device.waitingFor ? { ...device.waitingFor } : null,
    holders: [...device.holders],
  }))
  return { conversation: view.conversation, name: view.name, complete: view.complete, devices }
}

export function eventShape(event: NodeEvent): Event {
  switch (event.type) {
    case 'message':
      return { ...event, message: messageShape(event.message) }
    case 'changed':
      return { ...event, emoji: event.emoji ?? null, message: messageShape(event.message) }
    case 'conversation': {
      const { type, cursor } = event
      return { type, cursor, ...standingShape(event) }
    }
    case 'request':
    case 'contact':
      return { ...event, contact: contactShape(event.contact) }
    case 'group':
      return { ...event, group: groupShape(event.group) }
    case 'nearby':
      return { ...event, node: nearbyShape(event.node) }
    case 'state': {
      const { seq: _, ...rest } = event
      return rest
    }
    case 'renamed':
      return { ...event, imitates: event.imitates ?? null }
    case 'device':
    case 'presence':
    case 'trouble':
    case 'typing':
    case 'undone':
    case 'fork':
      return { ...event }
  }
}

/** A wall clock of somebody else may say anything; what no calendar has becomes the nearest end. */
function isoTime(timeMs: number): string {
  const FARTHEST_MS = 8.64e15
  return new Date(Math.min(Math.max(timeMs, -FARTHEST_MS), FARTHEST_MS)).toISOString()
}
