import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'

import { chooseListen, portOf } from '../../src/daemon/listen.ts'

async function takenPort(t: { after: (end: () => void) => void }): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  t.after(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('the port of the last time is taken again, on every family', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const listen = await chooseListen(port)
  assert.equal(listen[0], `/ip4/0.0.0.0/tcp/${port}`)
  assert.ok(listen.every((address) => address.endsWith(`/tcp/${port}`)))
  assert.equal(portOf(['/ip4/1.1.1.1', ...listen]), port)
  t.diagnostic(listen.join(' '))
})

test('where that port is taken, another one that is free is chosen', async (t) => {
  const taken = await takenPort(t)
  const port = portOf(await chooseListen(taken))
  assert.ok(port !== undefined && port !== taken)
})
