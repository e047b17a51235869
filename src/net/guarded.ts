// A throw in a libp2p or socket listener ends the process. Every listener of this layer is wrapped
// here, so that a mistake, ours or a peer's, costs at most the event it happened in.
import type { Logger } from '../core/logger.ts'

/** `listener` that logs what it would throw. */
export function guarded<Args extends readonly unknown[]>(
  log: Logger,
  what: string,
  listener: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      listener(...args)
    } catch (error) {
      log.error({ err: error }, `a listener failed: ${what}`)
    }
  }
}
