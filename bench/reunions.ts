// What two nodes say to each other when they meet again.
import { inTouch, openAs, type Pair, Peer, TEXT_BYTES } from './pair.ts'
import type { Reunion } from './peer.ts'

export interface ReunionCosts {
  readonly tookMs: number
  readonly bytes: number
}

export function reunite(pair: Pair): Promise<ReunionCosts> {
  return inTouch(pair, async (ann, bob) => {
    const [its, own] = (await Promise.all([
      bob.ask('reunion', undefined),
      ann.ask('reunion', undefined),
    ])) as [Reunion, Reunion]
    const tookMs = Math.max(its.lastAtMs, own.lastAtMs) - own.helloAtMs
    return { tookMs, bytes: own.wireBytes }
  })
}

/** Ann sends one message while bob is away. */
export async function writeAlone(pair: Pair, to = 'bob'): Promise<void> {
  await using ann = new Peer()
  await openAs(ann, pair, 'ann')
  await ann.ask('fill', { to, count: 1, textBytes: TEXT_BYTES })
  await ann.ask('close', undefined)
}
