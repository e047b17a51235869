// Finds out whether a device can be connected to, without having a session with it: the connection
// is closed as soon as the device proved itself.
import type { Connection } from '@libp2p/interface'

import { isTidingsError } from '../core/errors.ts'
import type { DeviceId } from '../core/id.ts'
import { CLOSE_FLUSH_MS } from '../core/limits.ts'
import { type Connect, dialAny } from './dialer.ts'
import type { Knock } from './net.ts'

/** Never rejects. */
export async function knock(
  connect: Connect,
  device: DeviceId,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<Knock> {
  try {
    const { connection } = await dialAny(addresses, device, connect, signal)
    await end(connection)
    return 'reached'
  } catch (error) {
    return knockOf(error)
  }
}

/** Says which it was, of an error that a dial ended with. */
export function knockOf(error: unknown): Knock {
  if (isTidingsError(error, 'identity_mismatch')) return 'other_device'
  if (!isTidingsError(error, 'unreachable')) return 'silent'
  const { cause } = error
  const kinds = cause instanceof AggregateError ? cause.errors.map(kindOf) : ['closed' as const]
  // Of several addresses: whatever shows that somebody is there.
  return SIGNS.find((kind) => kinds.includes(kind)) ?? 'silent'
}

const SIGNS: readonly Knock[] = ['closed', 'refused', 'silent', 'no_way']

const KINDS: readonly [pattern: RegExp, kind: Knock][] = [
  [/ECONNREFUSED/, 'refused'],
  [/EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN/, 'no_way'],
  [/ECONNRESET|EPIPE|closed/i, 'closed'],
]

function kindOf(error: unknown): Knock {
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error)
  return KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? 'silent'
}

async function end(connection: Connection): Promise<void> {
  try {
    await connection.close({ signal: AbortSignal.timeout(CLOSE_FLUSH_MS) })
  } catch {
    connection.abort(new Error('it did not close by itself'))
  }
}
