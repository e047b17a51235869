// A net in a process of its own: `node peer-process.ts '{"seed":"<hex>","listen":[…]}'`. Prints
// what happens as one JSON object a line; "interfaces" on its input prints the report; SIGTERM
// stops it cleanly.
import { createInterface } from 'node:readline'

import type { DeviceId } from '../../src/core/id.ts'
import { makeKeys, Peer, type PeerEvent } from './peers.ts'
import type { ProcessOptions } from './remote-peer.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions

function tell(event: PeerEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

const peer = new Peer({
  device: makeKeys<DeviceId>(Buffer.from(options.seed, 'hex')),
  listen: options.listen,
  name: options.name,
  interfaces: options.interfaces ?? { allow: [], deny: [] },
  tell,
  ...(options.mdnsPort === undefined ? {} : { mdnsPort: options.mdnsPort }),
})
for (const { device, addresses } of options.keep ?? []) peer.net.keep(device, addresses)
await peer.net.start()
for (let i = 0; i < (options.crowd ?? 0); i++) await peer.reach(await Peer.start())
tell({ event: 'ready', device: peer.id, addresses: peer.net.addresses() })

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'interfaces') tell({ event: 'interfaces', reports: peer.net.interfaces() })
})
process.on('SIGTERM', () => {
  peer.net.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
