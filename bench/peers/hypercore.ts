// Hypercore: one log, a block for each message, appended in batches and downloaded as one range
// over its own encrypted stream on a TCP connection. Blocks are checked against a signed tree.
import { once } from 'node:events'
import net from 'node:net'

import Hypercore from 'hypercore'

import { answerReference, portOf } from '../reference-tasks.ts'
import { textOf } from '../texts.ts'

const BATCH = 1000

answerReference({
  fill: async ({ directory, count, textBytes }) => {
    const core = new Hypercore(directory, { valueEncoding: 'json' })
    await core.ready()
    for (let first = 0; first < count; first += BATCH) {
      const length = Math.min(BATCH, count - first)
      const texts = Array.from({ length }, (_, i) => textOf(first + i, textBytes))
      await core.append(texts.map((text) => ({ at: Date.now(), text })))
    }
    await core.close()
  },
  serve: async ({ directory }) => {
    const core = new Hypercore(directory, { valueEncoding: 'json' })
    await core.ready()
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.pipe(core.replicate(false)).pipe(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `${portOf(server)} ${Buffer.from(core.key).toString('hex')}`
  },
  fetch: async ({ directory, address, count }) => {
    const [port, key] = address.split(' ')
    const core = new Hypercore(directory, Buffer.from(key ?? '', 'hex'), { valueEncoding: 'json' })
    await core.ready()
    const socket = net.connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    const startedAt = performance.now()
    socket.pipe(core.replicate(true)).pipe(socket)
    await core.download({ start: 0, end: count }).done()
    await core.get(count - 1)
    const tookMs = performance.now() - startedAt
    socket.destroy()
    await core.close()
    return tookMs
  },
})
