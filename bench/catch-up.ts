// Catch-up of missed messages beside the bare stack, in the same run (bench/README.md).
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import type { PeerTasks } from './peer.ts'
import { Worker } from './processes.ts'

export interface CatchUpRound {
  readonly tidingsPerSecond: number
  readonly barePerSecond: number
  readonly receiverRssBytes: number
  readonly senderRssBytes: number
}

class Peer extends Worker<PeerTasks> {
  constructor() {
    super(path.join(import.meta.dirname, 'peer.ts'))
  }
}

/** One round: Tidings, then the bare stack, with fresh processes and folders. */
export async function catchUpRound(count: number, textBytes: number): Promise<CatchUpRound> {
  const root = await mkdtemp(path.join(tmpdir(), 'tidings-bench-'))
  try {
    const tidings = await tidingsRound(root, count, textBytes)
    const bareMs = await bareRound(root, count, textBytes)
    const { receiverRssBytes, senderRssBytes } = tidings
    return {
      tidingsPerSecond: (count / tidings.tookMs) * 1000,
      barePerSecond: (count / bareMs) * 1000,
      receiverRssBytes,
      senderRssBytes,
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function tidingsRound(
  root: string,
  count: number,
  textBytes: number,
): Promise<{ tookMs: number; receiverRssBytes: number; senderRssBytes: number }> {
  const [ann, bob] = [path.join(root, 'ann'), path.join(root, 'bob')]
  const sender = new Peer()
  const first = new Peer()
  const receiver = new Peer()
  try {
    await sender.ask('open', { directory: ann, name: 'ann', create: true, port: 0 })
    await first.ask('open', { directory: bob, name: 'bob', create: true, port: 0 })
    const address = String(await first.ask('address', undefined))
    await sender.ask('add', { address })
    await first.ask('close', undefined)
    first.end()
    await sender.ask('fill', { to: 'bob', count, textBytes })
    // At the same address as before, which is where the sender looks for it.
    const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1])
    await receiver.ask('open', { directory: bob, name: 'bob', create: false, port })
    const tookMs = Number(await receiver.ask('catchUp', { count }))
    const receiverRssBytes = Number(await receiver.ask('rss', undefined))
    const senderRssBytes = Number(await sender.ask('rss', undefined))
    await receiver.ask('close', undefined)
    await sender.ask('close', undefined)
    return { tookMs, receiverRssBytes, senderRssBytes }
  } finally {
    for (const peer of [sender, first, receiver]) peer.end()
  }
}

async function bareRound(root: string, count: number, textBytes: number): Promise<number> {
  const sender = new Peer()
  const receiver = new Peer()
  try {
    const serve = { directory: path.join(root, 'bare-from'), count, textBytes }
    const address = String(await sender.ask('serveBare', serve))
    const fetch = { directory: path.join(root, 'bare-to'), address, count }
    return Number(await receiver.ask('fetchBare', fetch))
  } finally {
    sender.end()
    receiver.end()
  }
}
