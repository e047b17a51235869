// How the parts of a node that carry entries report to the others. Each asks for another only when
// something happens: by then all of them are there.
import type { Clock } from '../core/clock.ts'
import { hasSaidHere } from '../core/group/exchange.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { countedOf } from '../core/sync/complete.ts'
import { digestOf } from '../core/sync/digest.ts'
import { Forks } from './forks.ts'
import { Groups } from './groups/groups.ts'
import { Ledger } from './ledger/ledger.ts'
import { Meetings } from './meetings.ts'
import type { LifeHooks, NodeParts } from './parts.ts'
import { isHeld } from './people/contact-record.ts'
import { Receipts } from './receipts.ts'
import { Replicator } from './replicator.ts'
import { DialBacks, type DialBacksInit } from './survey/dial-backs.ts'

export function makeReceipts(parts: NodeParts): Receipts {
  return new Receipts({
    records: parts.records,
    me: parts.self.device,
    heldOf: (id, device) => parts.ledger.conversation(id).get(device)?.head.seq ?? 0,
    accountOf: (device) => parts.book.accountOf(device) ?? parts.groups.accountOf(device),
    position: () => parts.replicator.current.position,
    isDamaged: parts.init.store.damage.length > 0,
  })
}

export function makeLedger(parts: NodeParts): Ledger {
  const { store, log } = parts.init
  return new Ledger(store, log, {
    count: (batch, runs) => {
      parts.quota.count(batch, runs)
      parts.deadlines.count(batch, runs)
    },
    countProof: (batch, id, device, bytes) =>
      parts.quota.countMore(batch, parts.conversations.authorOf(id, device), bytes),
    shows: (...shown) => parts.talk.unread.count(...shown),
    isMine: (device) => parts.self.mine.has(device),
    stored: ({ runs, position }) => parts.replicator.stored(runs, position),
    written: (written) => {
      parts.quota.written(written.runs)
      parts.acknowledgements.stored(written.runs)
      parts.groups.written(written.ofGroups)
      openAwaited(parts, new Set(written.runs.map(({ run }) => run.conversation)))
      parts.appender.stored(written.runs)
      parts.announcer.written(written)
      parts.talk.shown(written.shown)
      parts.search.index.noticed(written.shown)
    },
    resumed: (ids) => openAwaited(parts, ids),
    failed: (runs, error) => {
      parts.quota.lost(runs)
      parts.replicator.storeFailed(runs)
      parts.appender.failed(runs, error)
      parts.announcer.trouble('disk', error.message)
    },
    isWanted: ({ from, run }) => from === undefined || isWanted(parts, run.conversation),
    dropped: (runs) => {
      parts.quota.lost(runs)
      parts.replicator.storeFailed(runs)
    },
  })
}

/** What is stored of a group may wait for logs that were not taken: they are from now on. */
export function openAwaited(
  { conversations, groups }: NodeParts,
  ids: Iterable<ConversationId>,
): void {
  for (const id of ids) if (groups.awaits(id)) conversations.openGroup(id)
}

export function makeReplicator(parts: NodeParts, hooks: LifeHooks): Replicator {
  const { store, log, uptimeMs } = parts.init
  return new Replicator(
    { self: parts.self, store, log, uptimeMs },
    {
      store: (run) => {
        parts.quota.take(run)
        parts.ledger.write(run)
      },
      holds: (heard) => {
        const isNoted = parts.sharing.isNoted(heard.conversation, heard.peer)
        if (isNoted) parts.acknowledgements.heard(heard)
        counted(parts, heard.peer, isNoted)
      },
      remember: (peer, token) => {
        parts.acknowledgements.remember(peer, token)
        counted(parts, peer, true)
      },
      forked: (fork) => parts.forks.found(fork),
      prove: (effect, session) => {
        if (session) parts.forks.prove(session, effect)
      },
      agreed: (run) => parts.forks.agreed(run),
      ownFork: (fork) => {
        parts.forks.own(fork.conversation, fork.device)
        hooks.ownFork(fork)
      },
      counted: (conversation) => parts.groups.index.counted(conversation),
      ended: (log) => parts.forks.ended(log),
    },
  )
}

/** What a peer told is counted in the write that keeps it. */
function counted(parts: NodeParts, peer: DeviceId, isKept: boolean): void {
  const { acknowledgements, replicator } = parts
  const told = countedOf(replicator.current, peer)
  acknowledgements.counted(peer, told, isKept)
}

export function makeForks(parts: NodeParts): Forks {
  const { bus, conversations, init, ledger } = parts
  const { store, log, now } = init
  return new Forks({
    store,
    ledger,
    conversations,
    hasRoom: (account) => parts.quota.hasRoom(account),
    isShared: (device, id) => parts.replicator.current.peers.get(device)?.shared.has(id) === true,
    bus,
    log,
    now,
  })
}

export function makeGroups(parts: NodeParts): Groups {
  const { store, log } = parts.init
  return new Groups(
    { store, ledger: parts.ledger, me: parts.self.account, log },
    {
      changed: (id, before) => {
        parts.fellowship.changed(id, before)
        parts.groupKeys.changed(id, before)
      },
      held: (id) => heldOf(parts, id),
      heldOf: (id) => digestOf(parts.replicator.current, id),
      self: () =>
        [
          parts.self.device,
          parts.self.devices.size,
          parts.self.record.devices.version,
          parts.self.record.name,
        ].join(),
      hasSaidHere: (state) =>
        hasSaidHere(state, parts.self.device, parts.self.record.devices, parts.self.record.name),
      heldBy: (id, devices) => devices.map((device) => parts.receipts.proven(device, id)),
    },
  )
}

export function makeMeetings(parts: NodeParts, hooks: LifeHooks): Meetings {
  const { book, bus, conversations, init } = parts
  return new Meetings(
    { book, policy: init.accept, log: init.log, now: init.now },
    {
      hello: (to) => parts.switchboard.hello(to),
      mutual: (session) => parts.switchboard.mutual(session),
      parted: (session) => parts.switchboard.parted(session),
      left: (record) => parts.people.letGo(record),
      listens: (at, addresses) => parts.people.listens(at, addresses),
      renamed: (account, from, to) => {
        const imitates = book.imitations.by(to, account)
        bus.emit({ type: 'renamed', account, from, to, imitates })
      },
      devices: (account, devices) => {
        const name = conversations.nameOf(account)
        bus.emit({ type: 'device', account, name, devices })
      },
      ownDevices: (list) => hooks.ownDevices(list),
    },
  )
}

export function makeDialBacks({ init, meetings, net }: NodeParts): DialBacks {
  const { log, now, uptimeMs } = init
  const isMutual: DialBacksInit['isMutual'] = (session) => meetings.isMutual(session)
  const hears: DialBacksInit['hears'] = (device) => {
    if (!init.net.mdns.enabled) return undefined
    return net.nearby().some((node) => node.device === device)
  }
  return new DialBacks({ net, isMutual, hears, now, uptimeMs, log })
}

/** How far the logs of a conversation go here, without those of which others may hold more. */
function heldOf({ ledger }: NodeParts, id: ConversationId): Clock {
  const logs = [...ledger.conversation(id)].filter(([, { forked }]) => !forked)
  return new Map(logs.map(([device, { head }]) => [device, head.seq] as const))
}

/** Whether what comes of a conversation is still written. */
function isWanted({ book, groups }: NodeParts, conversation: ConversationId): boolean {
  if (groups.get(conversation)) return groups.takes(conversation)
  const account = book.withConversation(conversation)
  const record = account && book.get(account)
  return record !== undefined && isHeld(record)
}
