// What this node asked others for, and how it comes: what stall.ts judges by.
import type { ConversationId, DeviceId } from '../id.ts'

/** Entries that this node asked a peer for, or expects a peer to push. */
export interface Fetch extends Pace {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly peer: DeviceId
  readonly first: number
  readonly last: number
  /** False while the author, who is connected, most likely pushes what another peer told of. */
  readonly asked: boolean
  /** The last entry that the peer brought of it: only what lies beyond that is progress. */
  readonly reached: number
}

/** How it goes, since it was last found to go well. */
interface Pace {
  readonly sinceMs: number
  /** What came of it. */
  readonly broughtBytes: number
  /** What the peer had sent in all at the first tick since then. */
  readonly arrivedBytes: number | undefined
  /** What the peer sent while nothing, or too little, came of it: other pages come before. */
  readonly waitedBytes: number
}

/** How many bytes the sessions of peers brought by now. */
export type Arrivals = Pick<ReadonlyMap<DeviceId, number>, 'get'>

export function anew({ nowMs }: { readonly nowMs: number }): Pace {
  return { sinceMs: nowMs, broughtBytes: 0, arrivedBytes: undefined, waitedBytes: 0 }
}
