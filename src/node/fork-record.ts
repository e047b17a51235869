// The proof of a fork as it is kept on disk: a Fork frame, with how much of the log is accepted.
import type { ForkProof } from '../core/fork.ts'
import type { ForkFrame } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { Records, Store } from '../store/store.ts'
import { decodeFrame, encodeFrame } from '../wire/frames.ts'
import { ifReadableNow } from './if-readable.ts'

/** @param held entries of the log that are accepted in all */
export function forkRecord(proof: ForkProof, held: number, foundAtMs: number): Records['fork'] {
  const bytes = encodeFrame({ type: 'fork', proof, held })
  return { proof: Buffer.from(bytes).toString('base64'), foundAtMs }
}

export function keptFork(
  store: Pick<Store, 'get'>,
  conversation: ConversationId,
  device: DeviceId,
): ForkFrame | undefined {
  const record = store.get('fork', `${conversation}/${device}`)
  if (!record) return undefined
  const frame = decodeFrame(Buffer.from(record.proof, 'base64'))
  return frame.type === 'fork' ? frame : undefined
}

/** How much of a forked log is accepted; undefined for no bound, or where nobody can tell. */
export function acceptedOf(...log: Parameters<typeof keptFork>): number | undefined {
  return ifReadableNow(() => keptFork(...log)?.held)
}
