// A node in a process of its own, to be watched from outside. Commands come line by line; what is
// told leaves by one system call each, so that a trace shows it at its place among the others.
// Argument: a folder.
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

import { silentLogger } from '../../src/core/logger.ts'
import { peerTextOf } from '../../src/net/identity.ts'
import { createNet } from '../../src/net/net-libp2p.ts'
import { createNode } from '../../src/node/node.ts'
import { openStore } from '../../src/store/open.ts'

const [folder = ''] = process.argv.slice(2)
const tell = (line: string): void => {
  writeSync(1, `${line}\n`)
}

const node = await createNode({
  store: await openStore({
    directory: path.join(folder, 'db'),
    key: Buffer.alloc(32, 9),
    create: true,
    random: randomBytes,
    log: silentLogger,
  }),
  name: 'traced',
  agent: 'test',
  accept: 'auto',
  net: {
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: { enabled: false, port: 5353 },
    interfaces: { allow: [], deny: [] },
  },
  createNet,
  peerIdOf: peerTextOf,
  log: silentLogger,
  now: () => Date.now(),
  uptimeMs: () => performance.now(),
  random: randomBytes,
})
await node.start()
const { account, addresses } = node.identity()
tell(`ready ${account} ${addresses[0]}`)

const commands = {
  add: async (address: string): Promise<string> => {
    const { account: who } = await node.addContact(address, {}, AbortSignal.timeout(10_000))
    return who
  },
  send: async (to: string, text: string): Promise<string> => (await node.send(to, text)).id,
  delivered: async (id: string): Promise<string> => {
    await node.waitFor(id, 'delivered', AbortSignal.timeout(10_000))
    return id
  },
  stop: async (): Promise<string> => {
    await node.stop()
    return ''
  },
} as const

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ') as [keyof typeof commands, string, string]
  tell(`begin ${command}`)
  const answer = await commands[command](...words)
  tell(`done ${command} ${answer}`)
  if (command === 'stop') break
}
// Whoever asked is gone.
process.exit()
