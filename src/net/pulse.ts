// What one session knows of whether the other side lives, and what is to be done about it. Times
// are monotonic milliseconds.
import {
  ANSWER_MAX_MS,
  PING_AFTER_MS,
  PROBE_TIMEOUT_MS,
  SILENCE_MAX_MS,
  STALL_GAP_MS,
} from '../core/limits.ts'

/** To ask, or to take it for dead, and why. */
export type Verdict = 'ping' | { readonly dead: string } | undefined

export class Pulse {
  private heardAt: number
  private lookedAt: number
  private pingedAt = 0
  /** Since when a ping waits for any sign of life. */
  private askedAt: number | undefined
  /** Since when it is to show life soon. */
  private probedAt: number | undefined
  /** Something was sent, and nothing heard since. */
  private isWaiting = false
  private saidAt: number

  constructor(now: number) {
    this.heardAt = this.lookedAt = this.saidAt = now
  }

  heard(now: number): void {
    this.heardAt = now
    this.isWaiting = false
    this.askedAt = undefined
    this.probedAt = undefined
  }

  sent(): void {
    this.isWaiting = true
  }

  /** Anything left, answers and pings too. */
  said(now: number): void {
    this.saidAt = now
  }

  /** Nothing left for so long that the other side may wonder. */
  isSilent(now: number): boolean {
    return now - this.saidAt >= PING_AFTER_MS
  }

  pinged(now: number): void {
    this.pingedAt = now
    this.askedAt ??= now
    this.isWaiting = true
  }

  probed(now: number): void {
    this.probedAt ??= now
  }

  /** What the other side said while this one did not read could not be heard. */
  resumed(now: number): void {
    this.heardAt = now
    this.beginAgain(now)
  }

  /** @param quietMs how long it may be silent while nothing is waited for */
  look(now: number, quietMs: number, isReading: boolean): Verdict {
    // This process stood still itself: what arrived meanwhile is read after this.
    if (now - this.lookedAt > STALL_GAP_MS) this.beginAgain(now)
    this.lookedAt = now
    const { askedAt, probedAt } = this
    const unheardMs = now - this.heardAt
    const isUnanswered = askedAt !== undefined && now - askedAt >= ANSWER_MAX_MS
    if (isUnanswered && unheardMs >= SILENCE_MAX_MS && isReading) {
      return { dead: `nothing was heard for ${Math.round(unheardMs / 1000)} seconds` }
    }
    if (probedAt !== undefined && now - probedAt >= PROBE_TIMEOUT_MS && isReading) {
      return { dead: 'no answer after the network changed' }
    }
    const silentMs = now - Math.max(this.heardAt, this.pingedAt)
    // Who does not read hears nothing, and shows that it lives.
    const isAsking = this.isWaiting || !isReading
    return silentMs >= (isAsking ? PING_AFTER_MS : quietMs) ? 'ping' : undefined
  }

  /** What was asked could not be answered: it is asked anew. */
  private beginAgain(now: number): void {
    this.askedAt = undefined
    if (this.probedAt !== undefined) this.probedAt = now
  }
}
