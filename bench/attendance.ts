// Who sees whom online, as the nodes themselves tell by their events: nothing is asked again and
// again of nodes that have enough to do.
import type { Client, EventStream } from '../src/api/client.ts'
import { nowMs } from './waiting.ts'

export class Attendance {
  /** All pairs, from each of both sides. */
  readonly pairs: number
  /** When so many pairs were there for the first time; the n-th at n - 1. */
  readonly reachedAtMs: number[] = []
  /** How often a contact that had been online no longer was. */
  losses = 0
  /** Pairs that are online now. */
  present = 0
  private readonly online = new Map<Client, Set<string>>()
  private readonly streams: EventStream[] = []
  private readonly complete = Promise.withResolvers<void>()

  constructor(nodes: number) {
    this.pairs = nodes * (nodes - 1)
    // Whoever waits hears of a failure, which may come before that.
    this.complete.promise.catch(() => {})
  }

  /** Resolves once the node's events are heard, and what it saw before is known. */
  async follow(client: Client): Promise<void> {
    this.online.set(client, new Set())
    const stream = client.tail()
    this.streams.push(stream)
    await stream.started
    this.hear(client, stream).catch((error: unknown) => this.complete.reject(error))
    await this.look(client)
  }

  /**
   * Waits until all are there or the signal aborts, then asks each node once: whether all are.
   *
   * @throws what ended a stream of events, such as `no_daemon` for a node that is gone
   */
  async everybody(signal: AbortSignal): Promise<boolean> {
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.complete.promise, ended])
    // An event that crossed with the first look may have been missed.
    for (const client of this.online.keys()) await this.look(client)
    return this.present === this.pairs
  }

  close(): void {
    for (const stream of this.streams) stream.close()
  }

  private async hear(client: Client, stream: EventStream): Promise<void> {
    for await (const event of stream) {
      if (event.type === 'presence') this.note(client, event.account, event.online)
    }
  }

  private async look(client: Client): Promise<void> {
    for (const { account, online } of await client.contacts()) this.note(client, account, online)
  }

  private note(client: Client, account: string, online: boolean): void {
    const seen = this.online.get(client)
    if (!seen || seen.has(account) === online) return
    if (!online) {
      seen.delete(account)
      this.present -= 1
      this.losses += 1
      return
    }
    seen.add(account)
    this.present += 1
    if (this.present > this.reachedAtMs.length) this.reachedAtMs.push(nowMs())
    if (this.present === this.pairs) this.complete.resolve()
  }
}
