// The reference: the same bytes from LevelDB over one libp2p stream into LevelDB, with none of the
// work that makes them a chat. One process plays the sender, another the receiver.
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { ClassicLevel } from 'classic-level'
import { createLibp2p, type Libp2p } from 'libp2p'

const PROTOCOL = '/bench/bare/1.0.0'
const PAGE_BYTES = 128 * 1024

type Database = ClassicLevel<Buffer, Buffer>

async function host(): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: 1 << 20 } })],
    connectionMonitor: { enabled: false },
  })
}

function open(directory: string): Database {
  return new ClassicLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
}

function keyOf(index: number): Buffer {
  const key = Buffer.alloc(8)
  key.writeUInt32BE(index, 4)
  return key
}

/** Serves all records, length-prefixed, in pages, to whoever opens a stream; its address. */
export async function serveBare(
  directory: string,
  records: readonly Uint8Array[],
): Promise<string> {
  const db = open(directory)
  await db.open()
  let batch = db.batch()
  for (const [index, record] of records.entries()) {
    batch.put(keyOf(index), Buffer.from(record))
    if (batch.length < 1000) continue
    await batch.write()
    batch = db.batch()
  }
  await batch.write()
  const node = await host()
  await node.handle(PROTOCOL, (stream) => {
    const send = async (): Promise<void> => {
      const iterator = db.iterator({ highWaterMarkBytes: PAGE_BYTES })
      for (;;) {
        const entries = await iterator.nextv(1000)
        if (entries.length === 0) break
        const parts = entries.flatMap(([, value]) => {
          const length = Buffer.alloc(4)
          length.writeUInt32BE(value.byteLength)
          return [length, value]
        })
        if (stream.send(Buffer.concat(parts))) continue
        await new Promise((resolve) => stream.addEventListener('drain', resolve, { once: true }))
      }
      await iterator.close()
    }
    send().catch((error: unknown) => stream.abort(error as Error))
  })
  return node.getMultiaddrs()[0]?.toString() ?? ''
}

/** Fetches `count` records into a new database; milliseconds from stream to last write. */
export async function fetchBare(
  directory: string,
  address: string,
  count: number,
): Promise<number> {
  const db = open(directory)
  await db.open()
  const node = await host()
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL)
  const startedAt = performance.now()
  let held = Buffer.alloc(0)
  let index = 0
  let writes: Promise<void> = Promise.resolve()
  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      held = Buffer.concat([held, data.subarray()])
      const batch = db.batch()
      let at = 0
      while (held.byteLength - at >= 4) {
        const end = at + 4 + held.readUInt32BE(at)
        if (end > held.byteLength) break
        batch.put(keyOf(index), held.subarray(at + 4, end))
        index += 1
        at = end
      }
      held = held.subarray(at)
      const last = index === count
      writes = writes.then(() => batch.write())
      writes.then(() => last && resolve(), reject)
    })
  })
  const tookMs = performance.now() - startedAt
  await node.stop()
  await db.close()
  return tookMs
}
