// Whether one's own log may be written to. A database that lost its end, or an older copy that was
// put back, holds less of it than peers do, and writing then would fork it: what they hold comes
// back first (docs/PROTOCOL.md, "Forks").
//
// What peers hold is told by their clocks, and for those who are away by what they told when this
// node still held it too. A clock is only a claim: who claims own entries and does not send them is
// not believed for long, so that nobody can stop others from writing.
import type { ConversationId, DeviceId } from '../core/id.ts'
import { OWN_LOG_PATIENCE_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { logOf, type SyncState } from '../core/sync/state.ts'
import type { Receipts } from './receipts.ts'

export interface OwnLogInit {
  readonly me: DeviceId
  readonly sync: () => SyncState
  readonly receipts: Pick<Receipts, 'witness'>
  /** Never goes back. */
  readonly uptimeMs: () => number
  readonly log: Logger
}

export type OwnLogState =
  | 'ready'
  /** A peer holds entries of it that are not here. */
  | 'behind'
  /** It was written twice: nobody accepts more of it. */
  | 'forked'

/** A claim that has not come true yet. */
interface Doubt {
  readonly claimed: number
  /** Where the own log ended then: once it grows, the claim comes true. */
  readonly tip: number
  readonly sinceMs: number
}

type DoubtKey = `${DeviceId}/${ConversationId}`

export class OwnLog {
  private readonly init: OwnLogInit
  private readonly doubts = new Map<DoubtKey, Doubt>()
  private readonly disbelieved = new Set<DoubtKey>()

  constructor(init: OwnLogInit) {
    this.init = init
  }

  state(id: ConversationId): OwnLogState {
    const { me, sync } = this.init
    const conversation = sync().conversations.get(id)
    if (!conversation) return 'ready'
    const { tip, forked } = logOf(conversation, me)
    if (forked) return 'forked'
    const others = [...conversation.devices.keys()].filter((device) => device !== me)
    return others.some((device) => this.isAhead(id, device, tip.seq)) ? 'behind' : 'ready'
  }

  private isAhead(id: ConversationId, device: DeviceId, tip: number): boolean {
    const key: DoubtKey = `${device}/${id}`
    if (this.disbelieved.has(key)) return false
    const { me, sync, receipts, uptimeMs } = this.init
    const peer = sync().peers.get(device)
    const witnessed = receipts.witness(device, id)
    const doubt = this.doubts.get(key)
    const told = peer?.theirs.get(id)?.get(me) ?? 0
    const claimed = peer ? told : Math.max(witnessed, doubt?.claimed ?? 0)
    if (claimed <= tip) {
      this.doubts.delete(key)
      return false
    }
    const nowMs = uptimeMs()
    // Who is away cannot send; but only what was here too is waited for as long as that takes.
    const isExcused = !peer && witnessed > tip
    if (!doubt || doubt.tip !== tip || isExcused) {
      this.doubts.set(key, { claimed, tip, sinceMs: nowMs })
      return true
    }
    if (nowMs - doubt.sinceMs < OWN_LOG_PATIENCE_MS) return true
    this.disbelieved.add(key)
    this.init.log.warn({ device, conversation: id, claimed, tip }, 'own entries were not sent back')
    return false
  }
}
