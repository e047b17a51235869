// The least that two nodes of this stack can say to each other: on a connection that is there, one
// stream, 200 bytes and 200 bytes back. Both are in this process.
import { bareHost } from './bare-host.ts'
import { processCosts } from './costs.ts'
import { nowMs } from './waiting.ts'

export const BARE_STREAM = 'bare stream'

const PROTOCOL = '/bench/reunion/1.0.0'
const WORDS = Buffer.alloc(200, 1)

export async function bareReunion(): Promise<{ tookMs: number; bytes: number }> {
  const [there, here] = await Promise.all([bareHost(), bareHost()])
  try {
    await there.handle(PROTOCOL, (stream) => {
      stream.addEventListener('message', () => stream.send(WORDS), { once: true })
    })
    const [address] = there.getMultiaddrs()
    if (!address) throw new Error('the other one has no address')
    const connection = await here.dial(address)
    // Both ends of each connection are counted here.
    const before = processCosts().wireBytes
    const startedAt = nowMs()
    const stream = await connection.newStream(PROTOCOL)
    await new Promise<void>((resolve) => {
      stream.addEventListener('message', () => resolve(), { once: true })
      stream.send(WORDS)
    })
    return { tookMs: nowMs() - startedAt, bytes: (processCosts().wireBytes - before) / 2 }
  } finally {
    await Promise.all([here.stop(), there.stop()])
  }
}
