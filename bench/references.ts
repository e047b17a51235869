// The programs that Tidings is compared with, and one catch-up of each, in two processes.
import { existsSync } from 'node:fs'
import path from 'node:path'

import { type Costs, folderBytes } from './costs.ts'
import { Worker } from './processes.ts'
import type { ReferenceTasks } from './reference-tasks.ts'

export interface ReferenceProgram {
  readonly name: string
  readonly file: string
}

const PEERS = path.join(import.meta.dirname, 'peers')

export const BARE: ReferenceProgram = {
  name: 'bare stack',
  file: path.join(import.meta.dirname, 'bare.ts'),
}

const peer = (name: string, file: string): ReferenceProgram => ({
  name,
  file: path.join(PEERS, file),
})
export const YJS = peer('Yjs', 'yjs.ts')
export const HYPERCORE = peer('hypercore', 'hypercore.ts')
export const ORBITDB = peer('OrbitDB', 'orbitdb.ts')

/** They are no part of the product: `npm ci --prefix bench/peers`. */
export const arePeersInstalled = (): boolean => existsSync(path.join(PEERS, 'node_modules'))

export interface CatchUpCosts {
  readonly tookMs: number
  readonly receiverRssBytes: number
  readonly senderRssBytes: number
  readonly wireBytes: number
  readonly diskBytes: number
}

/** In a process of its own, which takes its garbage with it. */
export async function fillReference(
  { file }: ReferenceProgram,
  what: ReferenceTasks['fill'],
): Promise<void> {
  await using worker = new Worker<ReferenceTasks>(file)
  await worker.ask('fill', what)
}

/** From the folder that was filled into a new one. */
export async function fetchReference(
  { file }: ReferenceProgram,
  { from, to, count }: { from: string; to: string; count: number },
): Promise<CatchUpCosts> {
  await using sender = new Worker<ReferenceTasks>(file)
  await using receiver = new Worker<ReferenceTasks>(file)
  const address = String(await sender.ask('serve', { directory: from }))
  const tookMs = Number(await receiver.ask('fetch', { directory: to, address, count }))
  const received = (await receiver.ask('costs', undefined)) as Costs
  const sent = (await sender.ask('costs', undefined)) as Costs
  return {
    tookMs,
    receiverRssBytes: received.rssPeakBytes,
    senderRssBytes: sent.rssPeakBytes,
    wireBytes: received.wireBytes,
    diskBytes: await folderBytes(to),
  }
}
