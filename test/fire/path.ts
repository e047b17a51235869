// Somebody who sits on the way of the packets: sees them pass, changes, repeats, adds to and drops
// what is in them. Noise has to notice, and the log to come through all the same.
import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { parseEndpoint } from '../../src/net/address.ts'
import { Foe } from './foe.ts'
import { Pen } from './pen.ts'
import { Scene, type Size } from './scene.ts'
import { tell } from './table.ts'

const MEDDLING = {
  change: (chunk: Buffer): Buffer[] => {
    chunk[chunk.byteLength >> 1] = (chunk[chunk.byteLength >> 1] ?? 0) ^ 1
    return [chunk]
  },
  repeat: (chunk: Buffer): Buffer[] => [chunk, chunk],
  add: (chunk: Buffer): Buffer[] => [chunk, Buffer.alloc(chunk.byteLength)],
  shorten: (chunk: Buffer): Buffer[] => [chunk.subarray(0, -1)],
}

type How = keyof typeof MEDDLING

/** Passes everything on, meddling with what goes to the victim once it is told to. */
class Relay {
  meddle: ((chunk: Buffer) => Buffer[]) | undefined
  seen: Buffer[] = []
  private readonly server: Server
  private readonly sockets = new Set<Socket>()

  constructor(to: string) {
    const { host, port } = parseEndpoint(to) ?? { host: '', port: 0 }
    this.server = createServer((near) => {
      const far = connect(port, host)
      for (const socket of [near, far]) {
        this.sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          near.destroy()
          far.destroy()
        })
      }
      near.on('data', (chunk: Buffer) => {
        this.seen.push(Buffer.from(chunk))
        for (const part of this.meddle?.(chunk) ?? [chunk]) far.write(part)
      })
      far.pipe(near)
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve)
    })
    const address = this.server.address()
    return `/ip4/127.0.0.1/tcp/${typeof address === 'object' ? address?.port : 0}`
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
  }
}

async function onPath(t: TestContext, hows: readonly How[]): Promise<void> {
  const scene = await Scene.set(t)
  const relay = new Relay(scene.victim.address)
  t.after(() => relay.close())
  const address = await relay.listen()
  const foe = new Foe({ address, account: scene.victim.account }, { name: 'Remote' })
  t.after(() => foe[Symbol.asyncDispose]())
  const pen = new Pen(foe.conversation, foe.device)
  const texts = hows.map((how) => `said in spite of ${how}`)
  await foe.befriend()
  for (const [i, how] of hows.entries()) {
    const run = pen.write([texts[i] ?? ''])
    relay.meddle = MEDDLING[how]
    foe.say({ type: 'run', run })
    assert.ok(await foe.closed(20_000), 'the session goes on over a line that was tampered with')
    relay.meddle = undefined
    await foe.befriend()
    foe.say({ type: 'run', run })
    await sleep(200)
  }
  const history = await scene.client.history({ conversation: foe.account.id })
  assert.deepEqual(
    history.map(({ text }) => text),
    texts,
  )
  assert.ok(!Buffer.concat(relay.seen).includes('said in spite'), 'a message could be read')
  await scene.assertInvariants()
  tell(t, {
    fault: 'packets changed, repeated, added, shortened',
    dose: `${hows.length} ways`,
    result: 'noticed',
  })
}

/** What is only noticed when nothing more comes takes a while. */
export function pathTests(size: Size): void {
  const hows: How[] = size === 'full' ? ['change', 'repeat', 'add', 'shorten'] : ['change']
  test('who sits on the way of the packets reads and changes nothing', (t) => onPath(t, hows))
}
