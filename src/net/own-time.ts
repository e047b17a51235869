// How long is waited for others. A machine with too much to do leaves a process without a turn for
// seconds: a timer would be over when it goes on, before what came meanwhile is read.

/** A wait without a turn counts as one of these, however long it was. */
const STEP_MS = 250

/** Calls back after so much time, once what came until then was read; returns what ends it. */
export function waitOwnTime(durationMs: number, over: () => void): () => void {
  let leftMs = durationMs
  let timer: NodeJS.Timeout | undefined
  let last: NodeJS.Immediate | undefined
  const step = (): void => {
    if (leftMs <= 0) {
      // The event loop reads between its timers and this.
      last = setImmediate(over)
      return
    }
    timer = setTimeout(step, Math.min(leftMs, STEP_MS))
    leftMs -= STEP_MS
  }
  step()
  return () => {
    clearTimeout(timer)
    clearImmediate(last)
  }
}
