// Waiting for a message to arrive, with an end: what `send --wait` stands on.
import { isTidingsError, TidingsError } from '../../core/errors.ts'
import type { TidingsNode } from '../../node/node-types.ts'
import type { CheckedParams, Result } from '../methods.ts'

/** @throws `not_delivered` when the time is over; `interrupted` when the signal aborts */
export async function waitFor(
  node: TidingsNode,
  { id, state, timeoutMs }: CheckedParams<'wait'>,
  signal: AbortSignal,
): Promise<Result<'wait'>> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await node.waitFor(id, state, AbortSignal.any([signal, timeout]))
  } catch (error) {
    if (isTidingsError(error) && error.code !== 'interrupted') throw error
    if (signal.aborted) throw new TidingsError('interrupted', 'cancelled', { cause: error })
    if (!timeout.aborted) throw error
    const message = `not ${state} within ${timeoutMs / 1000} s; it stays queued and will be sent`
    throw new TidingsError('not_delivered', message, { cause: error })
  }
}
