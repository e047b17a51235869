// The steps that a live message cannot do without, and nothing else: sign, append, fsync, send over
// a libp2p stream, verify, append, fsync, deliver, acknowledge. Messages that wait for each other
// go in groups with one signature and one fsync on each side. Nothing is sealed, ordered or told
// to anybody else, and there is one log and one peer.

import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'

import { chainEnd, publicKeyFromSeed, signerFromSeed, verifySignature } from '../src/core/run.ts'
import { bareHost } from './bare-host.ts'
import { type BareDatabase, keyOf, openBare, recordOf } from './bare-records.ts'
import { answerTasks } from './processes.ts'
import { type Group, groupBytes, groupsIn } from './prototype-frames.ts'
import type { PrototypeTasks, Sending } from './prototype-tasks.ts'
import { nowMs } from './waiting.ts'

const PROTOCOL = '/bench/prototype/1.0.0'
const GROUP_MAX = 64
/** Groups on their way that are not acknowledged: what is bounded can be sent for ever. */
const GROUPS_MAX = 8

const seed = Buffer.alloc(32, 3)
const sign = signerFromSeed(seed)
const author = publicKeyFromSeed(seed)
const heardAtMs: number[] = []

interface Log {
  readonly db: BareDatabase
  length: number
  hash: Uint8Array
}

const newLog = async (directory: string): Promise<Log> => ({
  db: await openBare(directory),
  length: 0,
  hash: new Uint8Array(32),
})

/** Appended and synced when it resolves. */
async function append(log: Log, { entries, signature }: Group, hash: Uint8Array): Promise<void> {
  const batch = log.db.batch()
  for (const entry of entries) batch.put(keyOf(log.length++), Buffer.from(entry))
  batch.put(Buffer.from('signature'), Buffer.from(signature))
  log.hash = hash
  await batch.write({ sync: true })
}

async function listen({ directory }: PrototypeTasks['listen']): Promise<string> {
  const log = await newLog(directory)
  const node = await bareHost()
  await node.handle(PROTOCOL, (stream) => {
    const take = async (group: Group): Promise<void> => {
      const hash = chainEnd(log.hash, group.entries)
      if (!verifySignature(author, hash, group.signature)) throw new Error('a wrong signature')
      await append(log, group, hash)
      const now = nowMs()
      for (const _ of group.entries) heardAtMs.push(now)
      stream.send(keyOf(log.length))
    }
    let last = Promise.resolve()
    const failed = (error: unknown): void => stream.abort(error as Error)
    groupsIn(stream, (group) => {
      last = last.then(() => take(group))
      last.catch(failed)
    })
  })
  return node.getMultiaddrs()[0]?.toString() ?? ''
}

class Sender {
  private readonly log: Log
  private readonly stream: Stream
  private acknowledged = 0
  private wake = (): void => {}

  constructor(log: Log, stream: Stream) {
    this.log = log
    this.stream = stream
    stream.addEventListener('message', ({ data }) => {
      const bytes = Buffer.from(data.subarray())
      this.acknowledged = bytes.readUInt32BE(bytes.byteLength - 4)
      this.wake()
    })
  }

  static async to({ directory, address }: Sending): Promise<Sender> {
    const log = await newLog(directory)
    const node = await bareHost()
    return new Sender(log, await node.dialProtocol(multiaddr(address), PROTOCOL))
  }

  async send(entries: readonly Uint8Array[]): Promise<void> {
    const hash = chainEnd(this.log.hash, entries)
    const group = { entries, signature: sign(hash) }
    await append(this.log, group, hash)
    this.stream.send(groupBytes(group))
  }

  /** Resolves when no more than so many entries wait for their acknowledgement. */
  async settle(waiting = 0): Promise<void> {
    while (this.log.length - this.acknowledged > waiting) {
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }
}

let liveSender: Promise<Sender> | undefined

async function live(sending: Sending): Promise<number[]> {
  const sender = await (liveSender ??= Sender.to(sending))
  const begunAtMs: number[] = []
  for (let i = 0; i < sending.count; i++) {
    begunAtMs.push(nowMs())
    await sender.send([recordOf(i, sending.textBytes)])
    await sender.settle()
  }
  return begunAtMs
}

async function burst(sending: Sending): Promise<number> {
  const sender = await Sender.to({ ...sending, directory: `${sending.directory}-burst` })
  const startedAt = nowMs()
  for (let first = 0; first < sending.count; first += GROUP_MAX) {
    const length = Math.min(GROUP_MAX, sending.count - first)
    await sender.send(Array.from({ length }, (_, i) => recordOf(first + i, sending.textBytes)))
    await sender.settle(GROUPS_MAX * GROUP_MAX)
  }
  await sender.settle()
  return nowMs() - startedAt
}

answerTasks<PrototypeTasks>({ listen, live, burst, heard: () => heardAtMs })
