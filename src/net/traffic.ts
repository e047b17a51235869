// How much went over the chat streams of a node, counted where bytes are handed over in slices and
// chunks, so that a message costs nothing for it. Without encryption, headers and discovery.

export interface Traffic {
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** The counters themselves; each stream adds to the same. */
export type TrafficCount = { -readonly [K in keyof Traffic]: Traffic[K] }

export const NO_TRAFFIC: Traffic = { sentBytes: 0, receivedBytes: 0 }

export function joinTraffic(a: Traffic, b: Traffic): Traffic {
  return {
    sentBytes: a.sentBytes + b.sentBytes,
    receivedBytes: a.receivedBytes + b.receivedBytes,
  }
}
