// The live sessions, at most one for each device. When both sides dial at the same moment there
// are two; both sides must then keep the same one without a word about it (docs/PROTOCOL.md,
// "Two sessions with one device").
import type { DeviceId } from '../core/id.ts'
import { DUPLICATE_WINDOW_MS } from '../core/limits.ts'

interface Peer {
  readonly device: DeviceId
  readonly initiator: boolean
  close(code: string, reason: string): void
}

export class SessionTable<Session extends Peer> {
  private readonly own: DeviceId
  private readonly now: () => number
  private readonly live = new Map<DeviceId, { readonly session: Session; readonly since: number }>()

  constructor(own: DeviceId, now: () => number) {
    this.own = own
    this.now = now
  }

  get(device: DeviceId): Session | undefined {
    return this.live.get(device)?.session
  }

  all(): Session[] {
    return [...this.live.values()].map(({ session }) => session)
  }

  /** Takes the session in, closing the one it replaces first; false when the other one stays. */
  adopt(session: Session): boolean {
    const held = this.live.get(session.device)
    if (held && this.stays(held.session, held.since, session)) return false
    this.live.set(session.device, { session, since: this.now() })
    held?.session.close('replaced', 'a newer session with this node took its place')
    return true
  }

  /** True when it was the live session of its device. */
  remove(session: Session): boolean {
    if (this.get(session.device) !== session) return false
    return this.live.delete(session.device)
  }

  private stays(held: Session, since: number, next: Session): boolean {
    // A node dials only a node it has no session with: its second dial means it lost the first.
    if (held.initiator === next.initiator) return false
    if (this.now() - since > DUPLICATE_WINDOW_MS) return false
    const ownDialStays = this.own < held.device
    return held.initiator === ownDialStays
  }
}
