// Reads the pages that peers asked for, one at a time for each peer and only when the one before
// has left: all at once would fill its outbox at once, and the peer's pace bounds the memory.
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import type { Run } from '../core/run.ts'
import type { Session } from '../net/net.ts'
import type { Store } from '../store/store.ts'

export interface PageRequest {
  readonly peer: DeviceId
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly first: number
  readonly last: number
}

export interface PageReaderInit {
  readonly store: Pick<Store, 'readPage'>
  readonly log: Logger
  readonly sessionOf: (peer: DeviceId) => Session | undefined
  /** Not called for a session that ended meanwhile; no run where the disk does not have it. */
  readonly done: (request: PageRequest, run: Run | undefined) => void
}

export class PageReader {
  private readonly init: PageReaderInit
  /** The page that is being read for each session. */
  private readonly reading = new WeakMap<Session, Promise<void>>()

  constructor(init: PageReaderInit) {
    this.init = init
  }

  /** Reads after what the peer asked for before. */
  read(request: PageRequest): void {
    const session = this.init.sessionOf(request.peer)
    if (!session) return
    const before = this.reading.get(session) ?? Promise.resolve()
    const reading = before.then(() => this.readNow(session, request))
    this.reading.set(session, reading)
  }

  /** Never rejects. */
  private async readNow(session: Session, request: PageRequest): Promise<void> {
    const { store, log, sessionOf, done } = this.init
    const { peer, conversation, device, first, last } = request
    let run: Run | undefined
    try {
      await session.drained()
      run = await store.readPage(conversation, device, first, last)
    } catch (error) {
      if (sessionOf(peer) !== session) return
      log.warn({ err: error, peer, conversation }, 'a page could not be read for a peer')
    }
    if (sessionOf(peer) === session) done(request, run)
  }
}
