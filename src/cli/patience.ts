// A node that hangs takes requests and answers none: whoever waits for it is told so.
import type { Client } from '../api/client.ts'
import { TidingsError } from '../core/errors.ts'
import { NODE_ASK_TIMEOUT_MS } from '../core/limits.ts'
import type { CliContext } from './context.ts'
import type { Output } from './output.ts'

/** How long a node that is asked about itself may take before it is said to hang. */
const HANGS_AFTER_MS = 10_000

/** @throws `timeout` when the node takes the request but does not answer; `interrupted` */
export async function inTime<T>(
  context: CliContext,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = AbortSignal.timeout(HANGS_AFTER_MS)
  try {
    return await ask(AbortSignal.any([patience, context.signal]))
  } catch (error) {
    if (!patience.aborted || context.signal.aborted) throw error
    throw new TidingsError('timeout', await hangText(context), { cause: error })
  }
}

/** Notes it when a request takes long because the node hangs. Disposing ends the watch. */
export function watchNode(context: CliContext, client: Client, output: Output): Disposable {
  const over = new AbortController()
  const look = async (): Promise<void> => {
    try {
      const signal = AbortSignal.any([over.signal, AbortSignal.timeout(NODE_ASK_TIMEOUT_MS)])
      await client.status({}, { signal })
    } catch {
      const text = await hangText(context)
      if (!over.signal.aborted) output.note(`tidings: ${text}`)
    }
  }
  const timer = setTimeout(() => void look(), HANGS_AFTER_MS).unref()
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      over.abort()
    },
  }
}

async function hangText({ places }: CliContext): Promise<string> {
  const { readPid } = await import('../daemon/pid-file.ts')
  const pid = readPid(places.pidFile)
  const how = pid === undefined ? '' : `; if it stays so, end it with: kill -9 ${pid}`
  return `the node has not answered for ${HANGS_AFTER_MS / 1000} s${how}`
}
