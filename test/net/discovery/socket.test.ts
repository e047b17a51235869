// A socket of discovery where something is wrong with its interface.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { silentLogger } from '../../../src/core/logger.ts'
import { openSocket } from '../../../src/net/discovery/socket.ts'

/** Not 5353: what is on this machine must not disturb this test. */
const port = 20_000 + (process.pid % 20_000)

test('an interface that lost its address meanwhile is told, and harms nothing', async () => {
  const on = {
    name: 'eth0',
    internal: false,
    ip4: ['192.0.2.77'],
    ip6: [],
    scopes: [],
    cidrs: ['192.0.2.77/24'],
    fingerprint: '',
  }
  const words = await new Promise<string>((resolve) => {
    const ignore = (): void => {}
    const failed = (reason: string): void => {
      // As a link does.
      socket.destroy()
      resolve(reason)
    }
    const events = { ready: ignore, query: ignore, response: ignore, failed }
    const socket = openSocket(on, 'IPv4', port, events, silentLogger)
  })
  assert.equal(words, 'the interface is gone')
  // What would be thrown by now ends the test.
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')
  assert.equal(timers.length, 0, 'nothing of it goes on')
})
