// The reference: the same bytes from LevelDB over one libp2p stream into LevelDB, with none of the
// work that makes them a chat.
import { multiaddr } from '@multiformats/multiaddr'

import { bareHost } from './bare-host.ts'
import { keyOf, openBare, recordOf } from './bare-records.ts'
import { answerReference } from './reference-tasks.ts'

const PROTOCOL = '/bench/bare/1.0.0'
const PAGE_BYTES = 128 * 1024

answerReference({
  fill: async ({ directory, count, textBytes }) => {
    const db = await openBare(directory)
    let batch = db.batch()
    for (let index = 0; index < count; index++) {
      batch.put(keyOf(index), recordOf(index, textBytes))
      if (batch.length < 1000) continue
      await batch.write()
      batch = db.batch()
    }
    await batch.write()
    await db.close()
  },
  /** Sends all records, length-prefixed, in pages, to whoever opens a stream. */
  serve: async ({ directory }) => {
    const db = await openBare(directory)
    const node = await bareHost()
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
  },
  fetch: async ({ directory, address, count }) => {
    const db = await openBare(directory)
    const node = await bareHost()
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
  },
})
