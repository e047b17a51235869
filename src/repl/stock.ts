// Learns from the node who and what there is, as a screen needs it when it is attached.
import type { Group } from '../api/shapes-group.ts'
import type { Contact, Conversation } from '../api/shapes.ts'
import type { Directory } from './directory.ts'
import type { ReplClient } from './repl-client.ts'

export interface Stock {
  readonly me: { readonly name: string }
  readonly contacts: readonly Contact[]
  readonly groups: readonly Group[]
  readonly conversations: readonly Conversation[]
}

/** Gives the directory everything but the contacts, whose changes the caller may want to tell. */
export async function takeStock(client: ReplClient, directory: Directory): Promise<Stock> {
  const [contacts, nearby, groups, me, conversations] = await Promise.all([
    client.call('contacts'),
    client.call('nearby'),
    client.call('group.list'),
    client.call('whoami'),
    client.call('conversations'),
  ])
  directory.setNearby(nearby)
  directory.groups.set(groups)
  return { me, contacts, groups, conversations }
}
