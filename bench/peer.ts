// One process of a benchmark with a node of Tidings in it: told by messages what to do.
import path from 'node:path'

import { isTidingsError } from '../src/core/errors.ts'
import type { LocalNode } from '../src/node/node.ts'
import { type Costs, processCosts } from './costs.ts'
import { nodeOn, startNode, storeIn } from './live-node.ts'
import { answerTasks } from './processes.ts'
import { textOf } from './texts.ts'
import { nowMs, poll } from './waiting.ts'

const QUIET_MS = 500
/** All messages of a measurement are delivered by then. */
const LIVE_WITHIN_MS = 10 * 60_000

/** When both nodes have told each other what there is, as one of them sees it; ms of one clock. */
export interface Reunion {
  /** When the connection was there and Hello was said. */
  readonly helloAtMs: number
  /** When the last frame came before it was quiet. */
  readonly lastAtMs: number
  /** What was carried from Hello until it was quiet. */
  readonly wireBytes: number
}

/** What the parent may ask; each is answered with its result. */
export interface PeerTasks {
  open: { directory: string; name: string; create: boolean; port: number }
  add: { address: string }
  address: undefined
  fill: { to: string; count: number; textBytes: number }
  /** Makes groups `g FIRST` and on, and adds somebody to each. */
  found: { who: string; first: number; count: number }
  /** Resolves once the groups `g 0` and on, so many, were joined. */
  joined: { count: number }
  /** Milliseconds from the connection to the last of `count` entries being ordered. */
  catchUp: { count: number }
  /** Resolves when nothing comes any more. */
  reunion: undefined
  /** Sends one after the other, each once the one before is delivered; when each was begun. */
  live: { to: string; count: number; textBytes: number }
  /** Notes when messages come. */
  listen: undefined
  /** When messages came, once there are so many. */
  heard: { count: number }
  close: undefined
  costs: undefined
}

let node: LocalNode | undefined
let helloAtMs = 0
let lastAtMs = 0
let wireBytesAtHello = 0
let joinedCount = 0
const heardAtMs: number[] = []

function live(): LocalNode {
  if (!node) throw new Error('no node is open')
  return node
}

async function open({ directory, name, create, port }: PeerTasks['open']): Promise<void> {
  const store = await storeIn(path.join(directory, 'db'), create)
  node = await nodeOn(store, {
    name,
    accept: 'auto',
    port,
    onFrame: () => {
      lastAtMs = nowMs()
    },
    onHello: () => {
      helloAtMs = nowMs()
      wireBytesAtHello = processCosts().wireBytes
    },
  })
  await startNode(node)
}

async function fill({ to, count, textBytes }: PeerTasks['fill']): Promise<void> {
  const group = 4096
  for (let first = 0; first < count; first += group) {
    const size = Math.min(group, count - first)
    const texts = Array.from({ length: size }, (_, i) => textOf(first + i, textBytes))
    await Promise.all(texts.map((text) => live().send(to, text)))
  }
}

async function found({ who, first, count }: PeerTasks['found']): Promise<void> {
  for (let index = first; index < first + count; index++) {
    await live().groups.create(`g${index}`, {})
    await live().groups.invite(`#g${index}`, who)
  }
}

/** Each group by itself: to list all of them again and again would be most of the work. */
async function joined({ count }: PeerTasks['joined']): Promise<void> {
  for (; joinedCount < count; joinedCount++) await poll(() => isIn(`#g${joinedCount}`))
}

function isIn(group: string): boolean {
  try {
    return live()
      .groups.members(group)
      .some(({ you, joined: isHere }) => you && isHere)
  } catch (error) {
    if (isTidingsError(error, 'unknown_conversation')) return false
    throw error
  }
}

const isOnline = (): boolean =>
  live()
    .contacts()
    .some((contact) => contact.online)

async function catchUp({ count }: PeerTasks['catchUp']): Promise<number> {
  const shown = (): number =>
    Math.max(
      0,
      ...live()
        .sync()
        .flatMap(({ devices }) => devices.map((device) => device.shown)),
    )
  await poll(() => shown() >= count)
  return nowMs() - helloAtMs
}

async function reunion(): Promise<Reunion> {
  await poll(isOnline)
  await poll(() => nowMs() - Math.max(helloAtMs, lastAtMs) > QUIET_MS)
  return { helloAtMs, lastAtMs, wireBytes: processCosts().wireBytes - wireBytesAtHello }
}

async function sendOneByOne({ to, count, textBytes }: PeerTasks['live']): Promise<number[]> {
  const begunAtMs: number[] = []
  // One for all: when the timers of messages sent long ago run out, that takes time from others.
  const signal = AbortSignal.timeout(LIVE_WITHIN_MS)
  for (let i = 0; i < count; i++) {
    begunAtMs.push(nowMs())
    const { id } = await live().send(to, textOf(i, textBytes))
    await live().waitFor(id, 'delivered', signal)
  }
  return begunAtMs
}

function listen(): void {
  const note = (event: { type: string }): void => {
    if (event.type === 'message') heardAtMs.push(nowMs())
  }
  void live().follow({}, note, new AbortController().signal)
}

answerTasks<PeerTasks>({
  open,
  add: async ({ address }) => {
    await live().addContact(address, {}, AbortSignal.timeout(10_000))
    await poll(isOnline)
  },
  address: () => live().identity().addresses[0],
  fill,
  found,
  joined,
  catchUp,
  reunion,
  live: sendOneByOne,
  listen,
  heard: async ({ count }) => {
    await poll(() => heardAtMs.length >= count)
    return heardAtMs
  },
  close: () => node?.stop(),
  costs: (): Costs => processCosts(),
})
