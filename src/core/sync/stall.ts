// What was asked for and does not come, or hardly: when another peer is asked instead. Time alone
// does not tell: over a slow line a page takes longer than anybody should wait for a peer that is
// stuck, and one that brings an entry now and then keeps the others from being asked. So bytes are
// counted (docs/PROTOCOL.md, "Want, Credit, Run").
import type { DeviceId } from '../id.ts'
import { FETCH_PACE_BYTES, FETCH_STALL_MS, FETCH_WAIT_BYTES_MAX, PUSH_WAIT_MS } from '../limits.ts'
import { lastSeq, type Run, runBytes } from '../run.ts'
import type { Draft } from './draft.ts'
import { choosePeer, freeSlot, isReliable, schedule } from './fetch.ts'
import { anew, type Arrivals, type Fetch } from './pace.ts'
import { type LogKey, logKey } from './state.ts'
import { claimStalled } from './trust.ts'

/**
 * What is new of a run arrived, and the log goes up to `tip` now: the fetch is done, or goes on.
 * What its peer brought before is no progress, or it could keep others from being asked for ever.
 */
export function fetchProgress(draft: Draft, run: Run, from: DeviceId, tip: number): void {
  const { conversation, device } = run
  const key = logKey(conversation, device)
  const fetch = draft.fetch(key)
  if (!fetch) return
  const reached = lastSeq(run)
  if (tip >= fetch.last) {
    draft.removeFetch(key)
    schedule(draft, conversation)
    freeSlot(draft, fetch.peer)
  } else if (fetch.peer === from && reached > fetch.reached) {
    const broughtBytes = fetch.broughtBytes + runBytes(run)
    // Own entries nobody can make: each of them is progress.
    const isWell = broughtBytes >= FETCH_PACE_BYTES || draft.isMine(device)
    draft.setFetch(key, { ...fetch, reached, broughtBytes, ...(isWell && anew(draft)) })
  }
}

/** Asks anew, elsewhere where possible, for what did not come. */
export function retryStalled(draft: Draft, arrivals: Arrivals): void {
  for (const [key, fetch] of draft.current.fetches) {
    const arrivedBytes = arrivals.get(fetch.peer) ?? 0
    const patienceMs = fetch.asked ? FETCH_STALL_MS : PUSH_WAIT_MS
    if (draft.nowMs - fetch.sinceMs < patienceMs) {
      if (fetch.arrivedBytes === undefined) draft.setFetch(key, { ...fetch, arrivedBytes })
      continue
    }
    const sentBytes = arrivedBytes - (fetch.arrivedBytes ?? arrivedBytes)
    const waitedBytes = fetch.waitedBytes + sentBytes
    if (isOnItsWay(draft, fetch, sentBytes, waitedBytes) || isBestOfAll(draft, key, fetch)) {
      draft.setFetch(key, { ...fetch, ...anew(draft), arrivedBytes, waitedBytes })
    } else giveUp(draft, key, fetch)
  }
}

/**
 * Whether the line is busy with what was asked for, as far as one can know: the peer sends at a
 * pace that slow lines have, and not more than may stand before it. Own entries are not waited for
 * like that: until they come nothing can be written.
 */
function isOnItsWay(draft: Draft, fetch: Fetch, sentBytes: number, waitedBytes: number): boolean {
  if (!fetch.asked || draft.isMine(fetch.device)) return false
  return sentBytes >= FETCH_PACE_BYTES && waitedBytes <= FETCH_WAIT_BYTES_MAX
}

/** Whether some of it came, and nobody else could bring more. */
function isBestOfAll(draft: Draft, key: LogKey, fetch: Fetch): boolean {
  const conversation = draft.conversation(fetch.conversation)
  if (fetch.broughtBytes === 0 || !conversation) return false
  const other = choosePeer(draft, conversation, fetch.device, fetch.peer)
  return !other || other.device === fetch.peer || !isReliable(other, key)
}

function giveUp(draft: Draft, key: LogKey, { conversation, device, peer, asked }: Fetch): void {
  draft.removeFetch(key)
  if (asked) {
    draft.updatePeer(peer, (state) => ({ ...state, slow: state.slow.add(key) }))
    claimStalled(draft, peer, conversation, device)
  }
  schedule(draft, conversation, peer)
}
