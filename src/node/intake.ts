// What came from each peer and waits for the disk. Reading from a peer pauses while that is too
// much: a slow disk slows the sender, down to its TCP window, and the memory stays bounded.
import type { DeviceId } from '../core/id.ts'
import { UNSTORED_BYTES_MAX } from '../core/limits.ts'
import { runMemoryBytes } from '../core/run.ts'
import type { StoredRun } from '../core/sync/state.ts'
import type { Session } from '../net/net.ts'

export class Intake {
  private readonly sessionOf: (device: DeviceId) => Session | undefined
  /** Outlives sessions: a peer that comes again at once gets no new allowance by that. */
  private readonly waiting = new Map<DeviceId, number>()
  private readonly paused = new WeakSet<Session>()

  constructor(sessionOf: (device: DeviceId) => Session | undefined) {
    this.sessionOf = sessionOf
  }

  take({ from, run }: StoredRun): void {
    if (from === undefined) return
    this.waiting.set(from, (this.waiting.get(from) ?? 0) + runMemoryBytes(run))
    this.throttle(from)
  }

  /** These are on disk, or are given up. */
  release(runs: readonly StoredRun[]): void {
    const peers = new Set<DeviceId>()
    for (const { from, run } of runs) {
      if (from === undefined) continue
      const bytes = (this.waiting.get(from) ?? 0) - runMemoryBytes(run)
      if (bytes > 0) this.waiting.set(from, bytes)
      else this.waiting.delete(from)
      peers.add(from)
    }
    for (const peer of peers) this.throttle(peer)
  }

  /** Pauses or resumes the session with a device; also when there is a new one. */
  throttle(device: DeviceId): void {
    const session = this.sessionOf(device)
    if (!session) return
    const bytes = this.waiting.get(device) ?? 0
    if (bytes > UNSTORED_BYTES_MAX && !this.paused.has(session)) {
      this.paused.add(session)
      session.pause()
    } else if (bytes <= UNSTORED_BYTES_MAX / 2 && this.paused.delete(session)) session.resume()
  }
}
