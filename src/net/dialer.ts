// Dials one node: several addresses, the next one started beside the first when that is slow, the
// first connection that proves to be the right device wins. One after another would not do: two
// dead addresses would cost more time than people wait. Where somebody answers and only takes long
// to prove who they are, a second handshake beside the first would make both slower: nodes that
// have much to do spend half of their time on handshakes that nobody needs.
import type { Connection } from '@libp2p/interface'

import { TidingsError } from '../core/errors.ts'
import type { DeviceId } from '../core/id.ts'
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  DIAL_PATIENCE_MS,
  DIAL_STAGGER_MS,
  HANDSHAKE_TIMEOUT_MS,
} from '../core/limits.ts'
import { waitOwnTime } from './own-time.ts'

/** A connection and who it proved to lead to. */
export interface Reached {
  readonly connection: Connection
  readonly device: DeviceId
  readonly address: string
}

/** `answered` is called as soon as somebody is there, before they proved who they are. */
export type Connect = (
  address: string,
  signal: AbortSignal,
  answered: () => void,
) => Promise<[Connection, DeviceId]>

/**
 * @throws `unreachable` when no address answers, `identity_mismatch` when only others do,
 * `contact_is_self`
 */
export async function dialAny(
  addresses: readonly string[],
  expected: DeviceId | undefined,
  connect: Connect,
  signal: AbortSignal,
): Promise<Reached> {
  const stop = new AbortController()
  const attempt = new Attempt(expected, connect, AbortSignal.any([signal, stop.signal]))
  const running: Promise<void>[] = []
  for (const address of addresses) {
    if (attempt.isOver) break
    const one = attempt.try(address)
    running.push(one)
    // A refusal starts the next at once, silence after a moment.
    await Promise.race([one, attempt.won, pause(DIAL_STAGGER_MS)])
    if (attempt.spendPatience()) {
      await Promise.race([Promise.all(running), attempt.won, pause(DIAL_PATIENCE_MS)])
    }
  }
  await Promise.race([Promise.all(running), attempt.won])
  stop.abort(new Error('another address answered first'))
  signal.throwIfAborted()
  return attempt.result()
}

class Attempt {
  readonly won: Promise<void>
  private readonly win: () => void
  private readonly expected: DeviceId | undefined
  private readonly connect: Connect
  private readonly signal: AbortSignal
  private reached: Reached | undefined
  /** Handshakes under way. */
  private answering = 0
  private isPatient = true
  private readonly failures: { readonly address: string; readonly error: unknown }[] = []

  constructor(expected: DeviceId | undefined, connect: Connect, signal: AbortSignal) {
    this.expected = expected
    this.connect = connect
    this.signal = signal
    const { promise, resolve } = Promise.withResolvers<void>()
    this.won = promise
    this.win = resolve
  }

  get isOver(): boolean {
    return this.reached !== undefined || this.signal.aborted
  }

  /** Once for a dial: whoever forges addresses that answer, and then are silent, gains no more. */
  spendPatience(): boolean {
    if (this.isOver || !this.isPatient || this.answering === 0) return false
    this.isPatient = false
    return true
  }

  /** Never rejects. */
  async try(address: string): Promise<void> {
    const late = new AbortController()
    const giveUp = (): void => late.abort(new Error('timeout: no answer in time'))
    let stopWaiting = waitOwnTime(ADDRESS_DIAL_TIMEOUT_MS, giveUp)
    // Silence is told from a slow line, where the handshake alone takes several round trips.
    let isAnswered = false
    const answered = (): void => {
      if (!isAnswered) this.answering += 1
      isAnswered = true
      stopWaiting()
      stopWaiting = waitOwnTime(HANDSHAKE_TIMEOUT_MS, giveUp)
    }
    try {
      const limit = AbortSignal.any([this.signal, late.signal])
      const [connection, device] = await this.connect(address, limit, answered)
      this.take({ connection, device, address })
    } catch (error) {
      this.failures.push({ address, error })
    } finally {
      stopWaiting()
      if (isAnswered) this.answering -= 1
    }
  }

  result(): Reached {
    if (this.reached) return this.reached
    throw this.failure()
  }

  private take(reached: Reached): void {
    if (this.expected !== undefined && reached.device !== this.expected) {
      reached.connection.abort(new Error('another device answered'))
      throw new TidingsError('identity_mismatch', 'another device answered')
    }
    if (this.reached || this.signal.aborted) {
      // The same connection comes twice when the same address is dialed twice at once.
      if (this.reached?.connection !== reached.connection) {
        reached.connection.abort(new Error('another address answered first'))
      }
      return
    }
    this.reached = reached
    this.win()
  }

  private failure(): TidingsError {
    const [first] = this.failures
    if (!first) return new TidingsError('unreachable', 'no address to dial is known')
    const errors = this.failures.map(({ error }) => error)
    const cause = new AggregateError(errors, 'all addresses failed')
    if (errors.some(isSelf)) {
      return new TidingsError('contact_is_self', `${first.address} is this node itself`, { cause })
    }
    const other = this.failures.find(({ error }) => isMismatch(error))
    if (other) {
      const words = `another device answers at ${other.address}`
      return new TidingsError('identity_mismatch', words, { cause })
    }
    const tried = this.failures.map(({ address }) => address).join(', ')
    return new TidingsError('unreachable', `nothing answers at ${tried}: ${why(first.error)}`, {
      cause,
    })
  }
}

function isMismatch(error: unknown): boolean {
  return error instanceof TidingsError && error.code === 'identity_mismatch'
}

/** libp2p's word for it, see its upgrader. */
function isSelf(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidPeerIdError'
}

const CAUSES: readonly [pattern: RegExp, words: string][] = [
  [/ECONNREFUSED/, 'no program listens there'],
  [/EHOSTUNREACH|ENETUNREACH|ENETDOWN/, 'there is no way to that network'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name is not known'],
  [/ECONNRESET|closed/i, 'the connection was closed; it may be busy'],
  [/abort|timeout|timed out/i, 'no answer in time'],
  [/EncryptionFailed/, 'no handshake came about; another program may listen there'],
]

function why(error: unknown): string {
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error)
  return CAUSES.find(([pattern]) => pattern.test(text))?.[1] ?? text
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    waitOwnTime(durationMs, resolve)
  })
}
