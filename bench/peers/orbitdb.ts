// OrbitDB: an events database on Helia's storage with blocks in LevelDB, brought over by its heads
// and Bitswap on libp2p. Every entry is signed and checked.
import path from 'node:path'

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { bitswap } from '@helia/block-brokers'
import { Helia } from '@helia/utils'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createOrbitDB } from '@orbitdb/core'
import { LevelBlockstore } from 'blockstore-level'
import { MemoryDatastore } from 'datastore-core'
import { createLibp2p } from 'libp2p'

import { answerReference } from '../reference-tasks.ts'
import { textOf } from '../texts.ts'

/** Whoever opens a folder again has to say the same id, to be the same person. */
async function openIn(directory: string, id: string) {
  const datastore = new MemoryDatastore()
  const blockstore = new LevelBlockstore(path.join(directory, 'blocks'))
  await blockstore.open()
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) },
  })
  const ipfs = new Helia({ libp2p, blockstore, datastore, blockBrokers: [bitswap()] })
  await ipfs.start()
  const orbitdb = await createOrbitDB({ ipfs, id, directory: path.join(directory, 'orbitdb') })
  const close = async (): Promise<void> => {
    await orbitdb.stop()
    await ipfs.stop()
    await libp2p.stop()
    await blockstore.close()
  }
  return { libp2p, orbitdb, close }
}

answerReference({
  fill: async ({ directory, count, textBytes }) => {
    const { orbitdb, close } = await openIn(directory, 'ann')
    const db = await orbitdb.open('messages', { type: 'events' })
    for (let i = 0; i < count; i++) {
      await db.add({ at: Date.now(), text: textOf(i, textBytes) })
    }
    await db.close()
    await close()
  },
  serve: async ({ directory }) => {
    const { libp2p, orbitdb } = await openIn(directory, 'ann')
    const db = await orbitdb.open('messages', { type: 'events' })
    return `${libp2p.getMultiaddrs()[0]?.toString()} ${db.address}`
  },
  fetch: async ({ directory, address, count }) => {
    const [node, name] = address.split(' ')
    const { libp2p, orbitdb, close } = await openIn(directory, 'bob')
    await libp2p.dial(multiaddr(node))
    const startedAt = performance.now()
    const db = await orbitdb.open(name ?? '')
    await new Promise<void>((resolve) => db.events.on('update', () => resolve()))
    const tookMs = performance.now() - startedAt
    let found = 0
    for await (const _ of db.iterator()) found += 1
    if (found !== count) throw new Error(`${found} of ${count} are there`)
    await db.close()
    await close()
    return tookMs
  },
})
