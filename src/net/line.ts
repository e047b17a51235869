// How a line ends: the last words are given time to arrive, then everything under them goes.
import type { Connection } from '@libp2p/interface'

import type { ByeFrame } from '../core/frames.ts'
import { CLOSE_FLUSH_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { FramedStream } from './framed.ts'

/** Says Bye if there is one to say, and closes the connection. Never rejects. */
export async function closeLine(
  framed: FramedStream,
  connection: Connection,
  bye: ByeFrame | undefined,
  log: Logger,
): Promise<void> {
  try {
    await framed.finish(bye)
    // A socket closed with unread bytes resets, and the reset overtakes our Bye. The other side
    // ends its stream when it reads the Bye; only if it does not, this side does not wait for it.
    if (bye) await withinFlushTime(framed.remoteEnd)
    await connection.close({ signal: AbortSignal.timeout(CLOSE_FLUSH_MS) })
  } catch (error) {
    log.debug({ err: error }, 'a connection did not close by itself')
    connection.abort(error instanceof Error ? error : new Error('closing failed'))
  }
}

/**
 * Ends a line on which nothing is heard any more. Perhaps only the way here is broken: then a reset
 * gets through, and the other side learns of it now; a Bye would wait behind what TCP repeats.
 */
export function cutLine(
  framed: FramedStream,
  connection: Connection,
  reason: string,
): Promise<void> {
  framed.drop()
  connection.abort(new Error(reason))
  return Promise.resolve()
}

function withinFlushTime(promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, CLOSE_FLUSH_MS)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
