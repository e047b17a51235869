// Ports for nodes that come back to where they listened: below those that the system gives to
// whoever dials, one of which could be taken while the node is away. Other tests run beside, and
// must not choose the same one before the node listens or while it is away: each port has a claim,
// another port that is held until the process of the test ends.
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

const FIRST = 10_000
const LAST = 21_000
/** From a port to its claim, which is one of UDP. */
const TO_CLAIM = LAST - FIRST

export async function portToStay(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST)
    if ((await isOurs(port)) && (await isFree(port))) return port
  }
}

async function isOurs(port: number): Promise<boolean> {
  const claim = createSocket('udp4').unref()
  try {
    claim.bind({ port: port + TO_CLAIM, address: '127.0.0.1', exclusive: true })
    await once(claim, 'listening')
  } catch {
    claim.close()
    return false
  }
  return true
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
