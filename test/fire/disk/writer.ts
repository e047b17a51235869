// Somebody who sends all the time over the control socket, several messages at once, and notes each
// one that the node took. What is not answered because the node was killed may be there or not.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Client, isTidingsError } from '../../../src/api/client.ts'

const AT_ONCE = 4
const PAUSE_MS = 4
/** What a node that is being killed, or that is not up again yet, says or lets its client say. */
const GONE = new Set(['no_daemon', 'shutting_down', 'interrupted'])

export class Writer {
  /** Text by sequence number, of all that was accepted. */
  readonly accepted = new Map<number, string>()
  private readonly name: string
  private readonly to: string
  private client: Client
  private count = 0
  private stopped = false
  private readonly writing: Promise<void>[]

  constructor(name: string, client: Client, to: string) {
    this.name = name
    this.client = client
    this.to = to
    this.writing = Array.from({ length: AT_ONCE }, () => this.write())
  }

  /** The node came up again. */
  goOn(client: Client): void {
    this.client = client
  }

  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all(this.writing)
  }

  private async write(): Promise<void> {
    while (!this.stopped) {
      const text = `${this.name} ${this.count++}`
      try {
        const { seq } = await this.client.send({ to: this.to, text })
        assert.ok(!this.accepted.has(seq), `two messages were told the number ${seq}`)
        this.accepted.set(seq, text)
        await sleep(PAUSE_MS)
      } catch (error) {
        if (!isTidingsError(error) || !GONE.has(error.code)) throw error
        await sleep(10)
      }
    }
  }
}
