// Lines of text over a socket, in both directions, with a bound on everything that is kept: a line
// is refused before it is buffered whole, and a side that does not read stops being read from.
import { isUtf8 } from 'node:buffer'
import process from 'node:process'
import type { Duplex } from 'node:stream'

const NEWLINE = 0x0a
/** What decoding puts where bytes are not UTF-8; a text may hold it too. */
const REPLACEMENT = '\uFFFD'
/** A line that drips in is kept in no more pieces: each takes more than what is in it. */
const PIECES_MAX = 64
/** So many characters are written at once; fewer wait for others that come in the same turn. */
const WRITE_CHARS = 16 * 1024
/** How often it is looked whether the other side is still there, where reading would not tell. */
const LOOK_INTERVAL_MS = 1000

export type LineFault = 'too_long' | 'not_utf8'

export interface LineHandler {
  /** One line, without its end. Empty lines are skipped. */
  line(text: string): void
  /** A line that cannot be handed over. After `too_long` nothing more is read. */
  fault(fault: LineFault): void
  /** The other side says no more, but may read on. */
  ended(): void
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
  /** The beginning of a line whose end has not come, and its length. */
  #begun: Buffer[] = []
  #begunBytes = 0
  /** What arrived while paused, or is being split, and where what is left of it begins. */
  #unread: Buffer | undefined
  #unreadAt = 0
  /** Lines of this turn that are not written yet. */
  #outbox = ''
  #isPaused = false
  #isDeaf = false
  #isEnded = false
  #looking: NodeJS.Timeout | undefined
  #error: Error | undefined
  /** Shared by all who wait, so that many do not mean many listeners. */
  #draining: Promise<void> | undefined

  constructor(socket: Duplex, handler: LineHandler, limits: LineLimits) {
    this.#socket = socket
    this.#handler = handler
    this.#limits = limits
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => this.#end())
    socket.on('error', (error) => (this.#error = error))
    socket.on('close', () => this.#close())
  }

  /** Queues a value as one line of JSON. Does nothing once the socket is closed. */
  send(value: unknown): void {
    if (!this.#socket.writable) return
    if (this.#outbox === '') process.nextTick(() => this.#flush())
    this.#outbox += `${JSON.stringify(value)}\n`
    if (this.#outbox.length >= WRITE_CHARS) this.#flush()
  }

  /**
   * Whether more is waiting to be sent than should be: see `drained`. Never once this side is
   * closed: from then on nothing is queued, and nobody says when it has drained.
   */
  get isFull(): boolean {
    if (!this.#socket.writable) return false
    return this.#socket.writableLength + this.#outbox.length > this.#limits.outboxBytesMax
  }

  /** Resolves when what was queued is on its way, or the socket is closed. */
  async drained(): Promise<void> {
    const socket = this.#socket
    if (this.isFull) this.#flush()
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
    this.#look()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#split()
    // A line may have led to the next pause.
    if (!this.#wantsNoMore) this.#socket.resume()
  }

  /** Hands over the line that was begun, as if it ended here. */
  finishLine(): void {
    const bytes = Buffer.concat(this.#begun)
    this.#begun = []
    this.#begunBytes = 0
    this.#hand(bytes, 0, bytes.length)
  }

  /** Closes once everything queued is sent. */
  end(): void {
    this.#flush()
    this.#socket.end()
  }

  destroy(): void {
    this.#flush()
    this.#socket.destroy()
  }

  get #wantsNoMore(): boolean {
    return this.#isPaused || this.#isDeaf
  }

  #flush(): void {
    const lines = this.#outbox
    this.#outbox = ''
    if (lines !== '' && this.#socket.writable) this.#socket.write(lines)
  }

  /** Of who is not read from, or has ended, only a write tells that they are gone: of nothing. */
  #look(): void {
    this.#looking ??= setInterval(() => {
      if (!this.#isPaused && !this.#isEnded) this.#lookNoMore()
      else this.#probe()
    }, LOOK_INTERVAL_MS).unref()
  }

  #probe(): void {
    if (this.#socket.writable && this.#socket.writableLength === 0) this.#socket.write('')
  }

  #lookNoMore(): void {
    clearInterval(this.#looking)
    this.#looking = undefined
  }

  #end(): void {
    this.#isEnded = true
    this.#probe()
    this.#look()
    if (!this.#isDeaf) this.#handler.ended()
  }

  #close(): void {
    this.#lookNoMore()
    // Nobody is there for whom to do what was not looked at yet.
    this.#isDeaf = true
    this.#unread = undefined
    this.#handler.closed(this.#error)
  }

  #receive(chunk: Buffer): void {
    if (this.#isDeaf) return
    const rest = this.#unread?.subarray(this.#unreadAt)
    this.#unread = rest ? Buffer.concat([rest, chunk]) : chunk
    this.#unreadAt = 0
    if (!this.#isPaused) this.#split()
  }

  #split(): void {
    while (this.#unread && !this.#wantsNoMore) {
      const chunk = this.#unread
      const start = this.#unreadAt
      const newline = chunk.indexOf(NEWLINE, start)
      const end = newline < 0 ? chunk.length : newline
      if (end + 1 < chunk.length) this.#unreadAt = end + 1
      else this.#unread = undefined
      if (this.#begunBytes + end - start > this.#limits.lineBytesMax) return this.#refuse()
      if (newline >= 0 && this.#begunBytes === 0) this.#hand(chunk, start, end)
      else {
        this.#begun.push(chunk.subarray(start, end))
        if (this.#begun.length > PIECES_MAX) this.#begun = [Buffer.concat(this.#begun)]
        this.#begunBytes += end - start
        if (newline >= 0) this.finishLine()
      }
    }
  }

  #hand(bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('utf8', start, end)
    const isDoubtful = text.includes(REPLACEMENT)
    if (isDoubtful && !isUtf8(bytes.subarray(start, end))) return this.#handler.fault('not_utf8')
    const line = text.trim()
    if (line !== '') this.#handler.line(line)
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
