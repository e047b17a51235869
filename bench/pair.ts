// Ann and bob, contacts of each other, in folders from which any round can start anew.
import { cp, rm } from 'node:fs/promises'
import path from 'node:path'

import { frugal } from './live-node.ts'
import type { PeerTasks } from './peer.ts'
import { Worker } from './processes.ts'

export const TEXT_BYTES = 120

/** A node keeps 32 invitations that it has not taken. */
const INVITED_AT_ONCE = 16

export interface Pair {
  readonly directory: string
  /** Where ann looks for bob. */
  readonly bobPort: number
}

export class Peer extends Worker<PeerTasks> {
  constructor() {
    super(path.join(import.meta.dirname, 'peer.ts'), frugal())
  }
}

const MADE = new Map<string, Promise<Pair>>()

/** Ann wrote `count` messages while bob was away; made once. */
export function missedPair(root: string, count: number): Promise<Pair> {
  return once(path.join(root, `missed-${count}`), (directory) => makeMissed(directory, count))
}

/** Ann wrote `count` messages and bob has them; neither runs. Made once. */
export function syncedPair(root: string, count: number): Promise<Pair> {
  return once(path.join(root, `synced-${count}`), async (directory) => {
    const pair = await copyOf(await missedPair(root, count), directory)
    await inTouch(pair, async (_, bob) => {
      await bob.ask('catchUp', { count })
    })
    return pair
  })
}

/** Ann and bob are in so many groups together, made once. */
export function groupedPair(root: string, count: number): Promise<Pair> {
  return once(path.join(root, `grouped-${count}`), async (directory) => {
    const pair = await copyOf(await syncedPair(root, 1), directory)
    await inTouch(pair, async (ann, bob) => {
      await ann.ask('reunion', undefined)
      for (let first = 0; first < count; first += INVITED_AT_ONCE) {
        const size = Math.min(INVITED_AT_ONCE, count - first)
        await ann.ask('found', { who: 'bob', first, count: size })
        await bob.ask('joined', { count: first + size })
      }
      await ann.ask('reunion', undefined)
    })
    return pair
  })
}

function once(directory: string, make: (directory: string) => Promise<Pair>): Promise<Pair> {
  const made = MADE.get(directory) ?? make(directory)
  MADE.set(directory, made)
  return made
}

/** For one round. */
export async function withCopy<T>(pair: Pair, use: (copy: Pair) => Promise<T>): Promise<T> {
  const copy = await copyOf(pair, `${pair.directory}-round`)
  try {
    return await use(copy)
  } finally {
    await rm(copy.directory, { recursive: true, force: true })
  }
}

async function copyOf(pair: Pair, directory: string): Promise<Pair> {
  await cp(pair.directory, directory, { recursive: true })
  return { ...pair, directory }
}

/** The folder of one of both. */
export const folderOf = ({ directory }: Pair, name: 'ann' | 'bob'): string =>
  path.join(directory, name)

export async function openAs(peer: Peer, pair: Pair, name: 'ann' | 'bob'): Promise<void> {
  // Bob is at the same address as before, which is where ann looks for him.
  const port = name === 'bob' ? pair.bobPort : 0
  await peer.ask('open', { directory: folderOf(pair, name), name, create: false, port })
}

/** Both run in processes of their own and are closed in the end; bob first, so that ann dials. */
export async function inTouch<T>(
  pair: Pair,
  use: (ann: Peer, bob: Peer) => Promise<T>,
): Promise<T> {
  await using bob = new Peer()
  await using ann = new Peer()
  await openAs(bob, pair, 'bob')
  await openAs(ann, pair, 'ann')
  const result = await use(ann, bob)
  await bob.ask('close', undefined)
  await ann.ask('close', undefined)
  return result
}

async function makeMissed(directory: string, count: number): Promise<Pair> {
  await using ann = new Peer()
  await using bob = new Peer()
  const as = (name: string) => ({
    directory: path.join(directory, name),
    name,
    create: true,
    port: 0,
  })
  await ann.ask('open', as('ann'))
  await bob.ask('open', as('bob'))
  const address = String(await bob.ask('address', undefined))
  await ann.ask('add', { address })
  await bob.ask('close', undefined)
  if (count > 0) await ann.ask('fill', { to: 'bob', count, textBytes: TEXT_BYTES })
  await ann.ask('close', undefined)
  return { directory, bobPort: Number(/\/tcp\/(\d+)/.exec(address)?.[1]) }
}
