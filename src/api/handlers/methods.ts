// Every method of the API as a call of the node: a thin skin that checks parameters before and
// shapes results after. The table's type makes sure that none is missing and each fits.
import { parseByteSize } from '../../core/byte-size.ts'
import type { NodeEvent, TidingsNode } from '../../node/node-types.ts'
import type { CallName } from '../client.ts'
import type { CheckedParams, MethodName, Result } from '../methods.ts'
import { type CallContext, defined, Following } from './call.ts'
import { examine } from './doctor.ts'
import type { Host } from './host.ts'
import { search } from './search.ts'
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
    ...aboutMessages(node),
    tail: (params, context) => follow(node, params, context),
    search: (params, context) => search(node, params, context),
  }
}

type Part<M extends MethodName> = Pick<Handlers, M>
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
    status: () => ({
      running: true,
      pid: host.pid,
      uptimeMs: host.nowMs() - host.startedAtMs,
      ...identity(node),
      peers: node.contacts().filter(({ online }) => online).length,
      nearby: node.nearby().length,
      rssBytes: host.rssBytes(),
      version: host.version,
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

/** @throws `bad_input` */
function limitIn(size: string): number | null | 'default' {
  if (size === 'default') return size
  return size === 'none' ? null : parseByteSize(size)
}

function aboutMessages(
  node: TidingsNode,
): Part<'conversations' | 'send' | 'wait' | 'history' | 'read'> {
  return {
    conversations: async () => (await node.conversations()).map(shape.conversationShape),
    send: async ({ to, text, ...how }) => {
      const { id, conversation, seq, state } = await node.send(to, text, defined(how))
      return { id, conversation, seq, state }
    },
    wait: (params, { signal }) => waitFor(node, params, signal),
    history: async ({ conversation, limit, ...from }) => {
      const page = await node.history(conversation, { limit, ...defined(from) })
      return page.map(shape.messageShape)
    },
    read: async ({ conversation, upTo }) => {
      await node.markRead(conversation, upTo)
      return { done: true }
    },
  }
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
