// The frames of one session, taken one after another. One that has to wait for the disk holds up
// those behind it: what follows a Contact often relies on it.
import type { Frame } from '../core/frames.ts'
import type { Logger } from '../core/logger.ts'
import type { Session } from '../net/net.ts'

export class Inbox {
  private readonly log: Logger
  private readonly session: Session
  private readonly take: (frame: Frame) => Promise<void> | undefined
  private waiting: Frame[] = []
  private busy = false

  /** @param take handles a frame; a promise when the next one has to wait for it */
  constructor(session: Session, take: (frame: Frame) => Promise<void> | undefined, log: Logger) {
    this.session = session
    this.log = log
    this.take = take
  }

  push(frame: Frame): void {
    this.waiting.push(frame)
    if (!this.busy) this.drain()
  }

  close(): void {
    this.waiting = []
  }

  private drain(): void {
    for (let frame = this.waiting.shift(); frame; frame = this.waiting.shift()) {
      const work = this.take(frame)
      if (!work) continue
      // What was read already waits here; reading pauses, so that this is not much.
      this.busy = true
      this.session.pause()
      work
        .then(() => {
          this.busy = false
          this.session.resume()
          this.drain()
        })
        .catch((error: unknown) => this.failed(error))
      return
    }
  }

  /** A mistake costs its session, as it does where no frame has to wait. */
  private failed(error: unknown): void {
    this.log.error({ err: error, peer: this.session.device }, 'a frame could not be handled')
    this.session.close('internal', 'this node made a mistake')
  }
}
