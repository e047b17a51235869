// Lines of text over a socket, in both directions, with a bound on everything that is kept: a line
// is refused before it is buffered whole, and a side that does not read stops being read from.
import type { Duplex } from 'node:stream'

const NEWLINE = 0x0a

export type LineFault = 'too_long' | 'not_utf8'

export interface LineHandler {
  /** One line, without its end. Empty lines are skipped. */
  line(text: string): void
  /** A line that cannot be handed over. After `too_long` nothing more is read. */
  fault(fault: LineFault): void
  /** Called once, whoever closed. */
  closed(error: Error | undefined): void
}

export interface LineLimits {
  readonly lineBytesMax: number
  /** Bytes that may wait to be sent before `isFull`. */
  readonly outboxBytesMax: number
}

export class LineSocket {
  readonly #socket: Duplex
  readonly #handler: LineHandler
  readonly #limits: LineLimits
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  /** The beginning of a line whose end has not come, and its length. */
  #begun: Buffer[] = []
  #begunBytes = 0
  /** What arrived while paused, or is being split. */
  #unread: Buffer | undefined
  #isPaused = false
  #isDeaf = false
  #error: Error | undefined
  /** Shared by all who wait, so that many do not mean many listeners. */
  #draining: Promise<void> | undefined

  constructor(socket: Duplex, handler: LineHandler, limits: LineLimits) {
    this.#socket = socket
    this.#handler = handler
    this.#limits = limits
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => (this.#error = error))
    socket.on('close', () => handler.closed(this.#error))
  }

  /** Queues a value as one line of JSON. Does nothing once the socket is closed. */
  send(value: unknown): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(value)}\n`)
  }

  /**
   * Whether more is waiting to be sent than should be: see `drained`. Never after the other side
   * has ended: from then on nothing is queued, and nobody says when it has drained.
   */
  get isFull(): boolean {
    return this.#socket.writable && this.#socket.writableLength > this.#limits.outboxBytesMax
  }

  /** Resolves when what was queued is on its way, or the socket is closed. */
  async drained(): Promise<void> {
    const socket = this.#socket
    if (!socket.writableNeedDrain || socket.destroyed) return
    this.#draining ??= new Promise<void>((resolve) => {
      const settle = (): void => {
        this.#draining = undefined
        socket.off('drain', settle).off('close', settle)
        resolve()
      }
      socket.on('drain', settle).on('close', settle)
    })
    await this.#draining
  }

  /** Stops handing over lines; the other side is slowed down by its own full buffers. */
  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#split()
    // A line may have led to the next pause.
    if (!this.#wantsNoMore) this.#socket.resume()
  }

  /** Closes once everything queued is sent. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  get #wantsNoMore(): boolean {
    return this.#isPaused || this.#isDeaf
  }

  #receive(chunk: Buffer): void {
    if (this.#isDeaf) return
    this.#unread = this.#unread ? Buffer.concat([this.#unread, chunk]) : chunk
    if (!this.#isPaused) this.#split()
  }

  #split(): void {
    while (this.#unread && !this.#wantsNoMore) {
      const chunk = this.#unread
      const end = chunk.indexOf(NEWLINE)
      const part = end < 0 ? chunk : chunk.subarray(0, end)
      this.#unread = end < 0 || end + 1 === chunk.length ? undefined : chunk.subarray(end + 1)
      if (this.#begunBytes + part.length > this.#limits.lineBytesMax) return this.#refuse()
      this.#begun.push(part)
      this.#begunBytes += part.length
      if (end >= 0) this.#finishLine()
    }
  }

  #finishLine(): void {
    const bytes = this.#begun.length === 1 ? this.#begun[0] : Buffer.concat(this.#begun)
    this.#begun = []
    this.#begunBytes = 0
    let text
    try {
      text = this.#decoder.decode(bytes).trim()
    } catch {
      return this.#handler.fault('not_utf8')
    }
    if (text !== '') this.#handler.line(text)
  }

  #refuse(): void {
    this.#isDeaf = true
    this.#begun = []
    this.#unread = undefined
    // What still comes is thrown away unread, so that the reason can leave: closing a socket with
    // unread bytes would reset it.
    this.#socket.resume()
    this.#handler.fault('too_long')
  }
}
