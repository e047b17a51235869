// A network that can do its worst: frames are late, lost, repeated or overtake each other, and
// sessions end with whatever is on its way.
import type { SyncFrame } from '../../src/core/frames.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { lastSeq, runBytes } from '../../src/core/run.ts'
import type { NetworkFaults } from './plan.ts'
import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

/** One session between two replicas, named by their indexes. */
export interface Session {
  readonly ends: readonly [number, number]
  /** The devices that the two ends were when it began. */
  readonly devices: readonly [DeviceId, DeviceId]
  /** When the newest frame in each direction arrives: later ones come after it. */
  readonly arrivals: Map<number, number>
  /** How many bytes it brought each end. */
  readonly brought: Map<number, number>
  open: boolean
}

export interface Traffic {
  readonly frames: number
  /** Clocks named in frames, and entries carried by them. */
  readonly clocks: number
  readonly entries: number
  /** Frames that ask for all clocks, because a digest did not fit. */
  readonly doubts: number
}

export const NO_TRAFFIC: Traffic = { frames: 0, clocks: 0, entries: 0, doubts: 0 }

/** The index and the device at the other end. */
export function otherEnd(
  { ends, devices }: Session,
  index: number,
): { readonly index: number; readonly device: DeviceId } {
  const [a, b] = ends
  return a === index ? { index: b, device: devices[1] } : { index: a, device: devices[0] }
}

/** Bytes arrive at one end. */
export function bring({ brought }: Session, to: number, bytes: number): void {
  brought.set(to, (brought.get(to) ?? 0) + bytes)
}

export type Deliver = (session: Session, to: number, frame: SyncFrame) => void

export class Network {
  faults: NetworkFaults
  traffic = NO_TRAFFIC
  /** How often each entry reached each replica. */
  readonly arrivals = new Map<string, number>()
  private readonly timeline: Timeline
  private readonly random: Random
  private readonly deliver: Deliver

  constructor(timeline: Timeline, random: Random, faults: NetworkFaults, deliver: Deliver) {
    this.timeline = timeline
    this.random = random
    this.faults = faults
    this.deliver = deliver
  }

  send(session: Session, to: number, frame: SyncFrame): void {
    if (!session.open) return
    this.count(frame)
    const { drop, repeat } = this.faults
    if (this.random.chance(drop)) return
    this.fly(session, to, frame)
    if (this.random.chance(repeat)) this.fly(session, to, frame)
  }

  delayMs(): number {
    return this.random.int(1, this.faults.delayMaxMs)
  }

  /** Something that must reach one end before any frame of the session does. */
  first(session: Session, to: number, arrive: () => void): void {
    const delayMs = this.delayMs()
    session.arrivals.set(to, this.timeline.nowMs + delayMs)
    this.timeline.after(delayMs, () => {
      if (session.open) arrive()
    })
  }

  private fly(session: Session, to: number, frame: SyncFrame): void {
    const newestMs = session.arrivals.get(to) ?? 0
    let delayMs = this.delayMs()
    if (this.faults.ordered) delayMs = Math.max(delayMs, newestMs - this.timeline.nowMs)
    session.arrivals.set(to, Math.max(newestMs, this.timeline.nowMs + delayMs))
    this.timeline.after(delayMs, () => {
      if (!session.open) return
      if (frame.type === 'run') {
        this.countArrival(to, frame)
        bring(session, to, runBytes(frame.run))
      }
      this.deliver(session, to, frame)
    })
  }

  private count(frame: SyncFrame): void {
    const { frames, clocks, entries, doubts } = this.traffic
    this.traffic = {
      frames: frames + 1,
      clocks: clocks + (frame.type === 'clocks' ? frame.clocks.length : 0),
      entries: entries + (frame.type === 'run' ? frame.run.entries.length : 0),
      doubts: doubts + (frame.type === 'clocks_wanted' ? 1 : 0),
    }
  }

  private countArrival(to: number, { run }: Extract<SyncFrame, { type: 'run' }>): void {
    for (let seq = run.first; seq <= lastSeq(run); seq++) {
      const key = `${to} ${run.conversation} ${run.device} ${seq}`
      this.arrivals.set(key, (this.arrivals.get(key) ?? 0) + 1)
    }
  }
}
