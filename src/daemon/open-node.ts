// Loads a profile's node: its key, its database, the node on top with a real network below.
import { randomBytes } from 'node:crypto'

import type { Host } from '../api/handlers/host.ts'
import type { Places } from '../api/places.ts'
import { TidingsError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { peerTextOf } from '../net/identity.ts'
import { createNet } from '../net/net-libp2p.ts'
import { ifReadableNow } from '../node/if-readable.ts'
import type { TidingsNode } from '../node/node-types.ts'
import { createNode } from '../node/node.ts'
import { diskRoom } from '../store/disk-room.ts'
import { exportOpen } from './backup.ts'
import type { Settings } from './config.ts'
import { chooseListen, portOf } from './listen.ts'
import { openProfiles } from './profiles.ts'

export interface NodeOpening {
  readonly places: Places
  readonly settings: Settings
  readonly password: string | undefined
  readonly version: string
  readonly log: Logger
}

export interface OpenedNode {
  readonly node: TidingsNode
  /** Called once the node is on the network. */
  readonly onStarted?: () => Promise<void>
  readonly exportProfile: Host['exportProfile']
}

const NO_IDENTITY =
  'the database has lost the identity of its profile; restore it from a backup or a copy'
/** The setting that remembers where this profile listened. */
const LAST_PORT = 'last-port'

/** @throws what unlocking the profile, opening its database and loading its logs throw */
export async function openNode(opening: NodeOpening): Promise<OpenedNode> {
  const { places, settings, version, log } = opening
  const profiles = openProfiles(places.dataDir, log)
  const store = await profiles.open(places.profile, opening.password)
  try {
    // A profile is made with one. A new one in its place would be another person.
    if (!store.get('identity', 'self')) throw new TidingsError('database_damaged', NO_IDENTITY)
    // One that cannot be read is forgotten, and written anew.
    const lastPort = Number(ifReadableNow(() => store.get('setting', LAST_PORT))?.value)
    const listen = settings.listen ?? (await chooseListen(lastPort > 0 ? lastPort : undefined))
    const node = await createNode({
      store,
      name: places.profile,
      agent: `tidings/${version}`,
      accept: settings.accept,
      tellRead: settings.tellRead,
      tellTyping: settings.tellTyping,
      quotaBytes: settings.quotaBytes,
      disk: () => diskRoom(places.dataDir),
      net: { listen, mdns: settings.mdns, interfaces: settings.interfaces },
      createNet,
      peerIdOf: peerTextOf,
      log,
      now: () => Date.now(),
      uptimeMs: () => performance.now(),
      random: randomBytes,
    })
    const onStarted = async (): Promise<void> => {
      const port = portOf(node.identity().addresses)
      if (port === undefined || port === lastPort) return
      const batch = store.batch()
      batch.put('setting', LAST_PORT, { value: port })
      await store.commit(batch)
    }
    const exportProfile: Host['exportProfile'] = (options, signal) =>
      exportOpen(profiles, places.profile, store, options, signal)
    return { node, onStarted, exportProfile }
  } catch (error) {
    await store.close()
    throw error
  }
}
