// One process of a benchmark: told by messages from its parent what to be and what to do.
import path from 'node:path'

import type { LocalNode } from '../src/node/node.ts'
import { encodeEntry } from '../src/wire/entry.ts'
import { fetchBare, serveBare } from './bare.ts'
import { nodeOn, storeIn } from './live-node.ts'
import { answerTasks } from './processes.ts'

const POLL_MS = 2

/** What the parent may ask; each is answered with its result. */
export interface PeerTasks {
  open: { directory: string; name: string; create: boolean; port: number }
  add: { address: string }
  address: undefined
  fill: { to: string; count: number; textBytes: number }
  /** Milliseconds from the session to the last of `count` entries being ordered. */
  catchUp: { count: number }
  close: undefined
  serveBare: { directory: string; count: number; textBytes: number }
  fetchBare: { directory: string; address: string; count: number }
  rss: undefined
}

let node: LocalNode | undefined

function live(): LocalNode {
  if (!node) throw new Error('no node is open')
  return node
}

function textOf(index: number, bytes: number): string {
  return `${index} `.padEnd(bytes, 'the quick brown fox jumps over the lazy dog ')
}

async function open({ directory, name, create, port }: PeerTasks['open']): Promise<number> {
  const startedAt = performance.now()
  const store = await storeIn(path.join(directory, 'db'), create)
  node = await nodeOn(store, { name, accept: 'auto', port })
  await node.start()
  return performance.now() - startedAt
}

async function fill({ to, count, textBytes }: PeerTasks['fill']): Promise<number> {
  const startedAt = performance.now()
  const group = 4096
  for (let first = 0; first < count; first += group) {
    const size = Math.min(group, count - first)
    const texts = Array.from({ length: size }, (_, i) => textOf(first + i, textBytes))
    await Promise.all(texts.map((text) => live().send(to, text)))
  }
  return performance.now() - startedAt
}

async function poll(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

async function catchUp({ count }: PeerTasks['catchUp']): Promise<number> {
  await poll(() =>
    live()
      .contacts()
      .some((contact) => contact.online),
  )
  const startedAt = performance.now()
  const shown = (): number =>
    Math.max(
      0,
      ...live()
        .sync()
        .flatMap(({ devices }) => devices.map((device) => device.shown)),
    )
  await poll(() => shown() >= count)
  return performance.now() - startedAt
}

answerTasks<PeerTasks>({
  open,
  add: async ({ address }) => {
    await live().addContact(address, {}, AbortSignal.timeout(10_000))
    await poll(() =>
      live()
        .contacts()
        .some((contact) => contact.online),
    )
  },
  address: () => live().identity().addresses[0],
  fill,
  catchUp,
  close: () => node?.stop(),
  serveBare: ({ directory, count, textBytes }) => {
    const records = Array.from({ length: count }, (_, i) =>
      encodeEntry({
        wallTimeMs: Date.now(),
        deps: [],
        body: { kind: 'text', text: textOf(i, textBytes) },
      }),
    )
    return serveBare(directory, records)
  },
  fetchBare: ({ directory, address, count }) => fetchBare(directory, address, count),
  rss: () => process.resourceUsage().maxRSS * 1024,
})
