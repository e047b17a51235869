// Catching up: many messages of others come at once after a time apart. Then a line tells how far
// it is, in place of a line for each of them.
import type { Message } from '../api/shapes.ts'
import type { Directory } from './directory.ts'
import { type Look, paint } from './look.ts'
import { plural } from './notices.ts'
import type { ReplClient } from './repl-client.ts'

const BURST_MS = 1000
/** How often the node is asked how far it is, and how long after the last message it is over. */
const TICK_MS = 500
const OVER_MS = 1500

export interface CatchUpComponents {
  readonly client: () => ReplClient
  readonly directory: Directory
  /** The line is something else now. */
  readonly changed: () => void
  readonly began: (words: string) => void
  readonly over: (words: string) => void
}

export interface CatchUpInit {
  /** Nobody types so many messages within a second. */
  readonly burstMessages: number
}

interface Progress {
  readonly conversation: string
  readonly have: number
  readonly known: number
}

export class CatchUp {
  readonly #with: CatchUpComponents
  readonly #init: CatchUpInit
  /** When the burst began that may become one, and how many came since. */
  #since = 0
  #count = 0
  #lastAt = 0
  readonly #conversations = new Set<string>()
  #newest = ''
  #progress: Progress | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(components: CatchUpComponents, init: CatchUpInit) {
    this.#with = components
    this.#init = init
  }

  /** Messages are counted, not shown one by one where they would be pointed out. */
  get isOn(): boolean {
    return this.#timer !== undefined
  }

  /** A message of somebody arrived. */
  arrived({ conversation }: Pick<Message, 'conversation'>): void {
    const now = performance.now()
    if (!this.isOn && now - this.#since > BURST_MS) {
      this.#since = now
      this.#count = 0
      this.#conversations.clear()
    }
    this.#count++
    this.#lastAt = now
    this.#newest = conversation
    this.#conversations.add(conversation)
    if (this.#count === 1 && this.isOn) this.#began(conversation)
    if (this.isOn || this.#count < this.#init.burstMessages) return
    this.#begin()
    this.#began(conversation)
  }

  /** A group is joined: what was said there before comes now, and is no news. */
  joined(conversation: string): void {
    this.#lastAt = performance.now()
    if (this.isOn) return
    this.#count = 0
    this.#conversations.clear()
    this.#newest = conversation
    this.#begin()
  }

  /** `Catching up with bob: 12,345 of 100,000 messages`, or nothing. */
  line(look: Look): string {
    if (!this.isOn || this.#count === 0) return ''
    const { conversation = this.#newest, have, known } = this.#progress ?? {}
    const isUseful = have !== undefined && known !== undefined && known > have
    const far = isUseful ? `${have.toLocaleString('en')} of ` : ''
    const count = far + plural(isUseful ? known : this.#count, 'message')
    return paint(look, 'faint', `Catching up${this.#whom(conversation)}: ${count}`)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #begin(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  #began(conversation: string): void {
    this.#with.began(`Catching up${this.#whom(conversation)}.`)
    this.#tick()
  }

  #whom(conversation: string): string {
    const label = this.#with.directory.partner(conversation)?.label
    return label === undefined ? '' : ` with ${label}`
  }

  #tick(): void {
    if (performance.now() - this.#lastAt > OVER_MS) {
      this.stop()
      this.#progress = undefined
      if (this.#count === 0) return
      const places = this.#conversations.size
      const where = places > 1 ? ` in ${places} conversations` : this.#whom(this.#newest)
      this.#with.over(`Caught up: ${plural(this.#count, 'message')}${where}.`)
    } else {
      this.#ask(this.#newest).catch(() => undefined)
    }
    this.#with.changed()
  }

  /** Failures wait for the next time. */
  async #ask(conversation: string): Promise<void> {
    const [report] = await this.#with.client().call('sync', { conversation })
    const devices = report?.devices ?? []
    const sum = (each: (device: (typeof devices)[number]) => number): number =>
      devices.reduce((total, device) => total + each(device), 0)
    this.#progress = {
      conversation,
      have: sum(({ have }) => have),
      known: sum(({ known }) => known),
    }
    this.#with.changed()
  }
}
