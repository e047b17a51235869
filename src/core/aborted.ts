/** Resolves when the signal is aborted, at once where it is already. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** What the promise gives; nothing if it fails or the signal is aborted before. */
export function untilAborted<T>(
  promise: Promise<T> | undefined,
  signal: AbortSignal,
): Promise<T | void> {
  return Promise.race([promise, aborted(signal)]).catch(() => {})
}
