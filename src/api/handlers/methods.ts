// Every method of the API as a call of the node: a thin skin that checks parameters before and
// shapes results after. The table's type makes sure that none is missing and each fits.
import { parseByteSize } from '../../core/byte-size.ts'
import type { NodeEvent, TidingsNode } from '../../node/node-types.ts'
import type { CallName } from '../client.ts'
import type { CheckedParams, MethodName, Result } from '../methods.ts'
import { API_VERSION } from '../version.ts'
import { type CallContext, defined, Following } from './call.ts'
import { examine } from './doctor/examine.ts'
import type { Host } from './host.ts'
import { aboutKeeping } from './keeping.ts'
import { search } from './search.ts'
import { aboutTalk } from './talk.ts'
import * as shape from './views.ts'
import { waitFor } from './wait.ts'

type Handler<M extends MethodName> = (
  params: CheckedParams<M>,
  context: CallContext,
) => M extends CallName ? Result<M> | Promise<Result<M>> : Promise<Following>

export type Handlers = { readonly [M in MethodName]: Handler<M> }

export function createHandlers(node: TidingsNode, host: Host): Handlers {
  return {
    ...aboutNode(node, host),
    ...aboutContacts(node),
    ...aboutGroups(node),
    ...aboutMessages(node),
    ...aboutKeeping(node),
    ...aboutTalk(node),
    ...aboutChanges(node.changes),
    tail: (params, context) => follow(node, params, context),
    search: (params, context) => search(node, params, context),
  }
}

type Part<M extends MethodName> = Pick<Handlers, M>
type GroupName = Extract<MethodName, `group.${string}`>
type ContactName = Extract<MethodName, `contact.${string}`>
type AboutNode =
  | 'status'
  | 'name'
  | 'stop'
  | 'whoami'
  | 'invite'
  | 'nearby'
  | 'doctor'
  | 'sync'
  | 'profile.export'

function aboutNode(node: TidingsNode, host: Host): Part<AboutNode> {
  return {
    status: async () => ({
      ...unread(node),
      running: true,
      pid: host.pid,
      uptimeMs: Math.floor(host.uptimeMs()),
      ...identity(node),
      peers: node.contacts().filter(({ online }) => online).length,
      nearby: node.nearby().length,
      ...shape.activityShape(node.activity()),
      databaseBytes: await host.databaseBytes(),
      rssBytes: host.rssBytes(),
      version: host.version,
      apiVersion: API_VERSION,
      profile: host.profile,
      damage: [...node.damage],
    }),
    stop: () => {
      host.shutDown()
      return { done: true }
    },
    whoami: () => identity(node),
    name: async ({ name }) => {
      await node.rename(name)
      await host.renamed(name)
      return identity(node)
    },
    invite: () => ({ link: node.invite() }),
    nearby: () => node.nearby().map(shape.nearbyShape),
    doctor: () => examine(node, host),
    'profile.export': (options, { signal }) => host.exportProfile(options, signal),
    sync: ({ conversation }) => node.sync(conversation).map(shape.syncShape),
  }
}

function aboutContacts(node: TidingsNode): Part<ContactName | 'contacts'> {
  return {
    contacts: () => node.contacts().map(shape.contactShape),
    'contact.add': async ({ who, message, alias }, { signal }) => {
      const options = {
        ...(message !== undefined && { message }),
        ...(alias !== undefined && { alias }),
      }
      return shape.contactShape(await node.addContact(who, options, signal))
    },
    'contact.accept': async ({ who }) => shape.contactShape(await node.acceptContact(who)),
    'contact.reject': async ({ who }) => shape.contactShape(await node.rejectContact(who)),
    'contact.block': async ({ who }) => shape.contactShape(await node.blockContact(who)),
    'contact.unblock': async ({ who }) => shape.contactShape(await node.unblockContact(who)),
    'contact.remove': async ({ who }) => shape.contactShape(await node.removeContact(who)),
    'contact.rename': async ({ who, alias }) =>
      shape.contactShape(await node.renameContact(who, alias)),
    'contact.verify': async ({ who, confirm }) => {
      const details = await node.verifyContact(who, confirm ?? false)
      return { ...shape.contactShape(details), safetyNumber: details.safetyNumber }
    },
    'contact.quota': async ({ who, size }) => {
      const quota = await node.contactQuota(who, size === undefined ? undefined : limitIn(size))
      return shape.quotaShape(quota)
    },
    'contact.show': ({ who }) => shape.detailsShape(node.showContact(who)),
  }
}

function aboutGroups({ groups }: TidingsNode): Part<GroupName> {
  return {
    'group.create': async ({ name, ...how }) =>
      shape.groupShape(await groups.create(name, defined(how))),
    'group.invite': async ({ group, who }) => shape.groupShape(await groups.invite(group, who)),
    'group.join': async ({ group }, { signal }) =>
      shape.groupShape(await groups.join(group, signal)),
    'group.leave': async ({ group }) => shape.groupShape(await groups.leave(group)),
    'group.remove': async ({ group, who }) => shape.groupShape(await groups.remove(group, who)),
    'group.promote': async ({ group, who }) => shape.groupShape(await groups.promote(group, who)),
    'group.demote': async ({ group, who }) => shape.groupShape(await groups.demote(group, who)),
    'group.rename': async ({ group, name }) =>
      shape.groupShape(await groups.change(group, { name })),
    'group.topic': async ({ group, topic }) =>
      shape.groupShape(await groups.change(group, { topic })),
    'group.open': async ({ group, off }) =>
      shape.groupShape(await groups.change(group, { open: off !== true })),
    'group.list': () => groups.list().map(shape.groupShape),
    'group.members': ({ group }) => groups.members(group).map(shape.memberShape),
    'group.nearby': async (_, { signal }) =>
      (await groups.nearby(signal)).map(shape.nearbyGroupShape),
  }
}

/** @throws `bad_input` */
function limitIn(size: string): number | null | 'default' {
  if (size === 'default') return size
  return size === 'none' ? null : parseByteSize(size)
}

function aboutMessages(node: TidingsNode): Part<'send' | 'wait' | 'history'> {
  return {
    send: ({ to, text, ...how }) => node.send(to, text, defined(how)),
    wait: (params, { signal }) => waitFor(node, params, signal),
    history: async ({ conversation, limit, ...from }) => {
      const page = await node.history(conversation, { limit, ...defined(from) })
      return page.map(shape.messageShape)
    },
  }
}

type AboutChanges = 'edit' | 'delete' | 'undo' | 'react' | 'pin' | 'unpin' | 'pins' | 'edits'

function aboutChanges(changes: TidingsNode['changes']): Part<AboutChanges> {
  return {
    edit: async ({ id, text }) => shape.messageShape(await changes.edit(id, text)),
    delete: async ({ id }) => shape.messageShape(await changes.delete(id)),
    undo: async (options) => shape.messageShape(await changes.undo(defined(options))),
    react: async ({ id, emoji, remove = false }) =>
      shape.messageShape(await changes.react(id, emoji, { remove })),
    pin: async ({ id }) => shape.messageShape(await changes.pin(id)),
    unpin: async ({ id }) => shape.messageShape(await changes.unpin(id)),
    pins: async ({ conversation }) => (await changes.pins(conversation)).map(shape.messageShape),
    edits: async ({ id }) => (await changes.edits(id)).map(shape.editShape),
  }
}

function unread(node: TidingsNode): Pick<Result<'status'>, 'unread' | 'mentions'> {
  const { messages, mentions } = node.talk.unread()
  return { unread: messages, mentions }
}

function identity(node: TidingsNode): Result<'whoami'> {
  const { account, peerId, name, addresses } = node.identity()
  return { account, peerId, name, addresses: [...addresses] }
}

/** Answers once following has begun: a cursor or conversation that is none is an error by then. */
async function follow(
  node: TidingsNode,
  { conversation, since }: CheckedParams<'tail'>,
  { signal, emit }: CallContext,
): Promise<Following> {
  const options = {
    ...(since !== undefined && { since }),
    ...(conversation !== undefined && { conversation }),
  }
  const cursor = since ?? node.cursor()
  const listener = (event: NodeEvent): Promise<void> => emit(shape.eventShape(event))
  const ended = node.follow(options, listener, signal)
  await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))])
  return new Following({ cursor }, ended)
}
