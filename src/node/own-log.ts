// Whether one's own log may be written to. A database that lost its end, or an older copy that was
// put back, holds less of it than peers do, and writing then would fork it: what they hold comes
// back first (docs/PROTOCOL.md, "Forks").
//
// What connected peers hold, and how far their word is good, is the engine's to say. Of those who
// are away it is known what they told when this node still held it too: so much did exist.
import type { ConversationId, DeviceId } from '../core/id.ts'
import { CLAIMS_UNKEPT_MAX } from '../core/limits.ts'
import { logKey, logOf, type SyncState } from '../core/sync/state.ts'
import { awaitsOwn } from '../core/sync/trust.ts'
import type { Receipts } from './receipts.ts'

export interface OwnLogInit {
  readonly me: DeviceId
  readonly sync: () => SyncState
  readonly receipts: Pick<Receipts, 'witness'>
  /** Whether it was found to be forked, now or in an earlier run. */
  readonly isForked: (conversation: ConversationId) => boolean
}

export type OwnLogState =
  | 'ready'
  /** A peer holds entries of it that are not here, or perhaps other ones. */
  | 'behind'
  /** It was written twice: nobody accepts more of it. */
  | 'forked'

export class OwnLog {
  private readonly init: OwnLogInit

  constructor(init: OwnLogInit) {
    this.init = init
  }

  state(id: ConversationId): OwnLogState {
    const { me, sync, isForked } = this.init
    const state = sync()
    const conversation = state.conversations.get(id)
    if (!conversation) return 'ready'
    const { tip, forked } = logOf(conversation, me)
    const dispute = state.disputes.get(logKey(id, me))
    if (forked || dispute?.reported || isForked(id)) return 'forked'
    if (dispute || awaitsOwn(state, id)) return 'behind'
    const isAway = (device: DeviceId): boolean => device !== me && !state.peers.has(device)
    const away = [...conversation.devices.keys()].filter(isAway)
    return away.some((device) => this.isAhead(id, device, tip.seq)) ? 'behind' : 'ready'
  }

  /** Somebody who is away cannot send; but whoever was here and did not is not waited for. */
  private isAhead(id: ConversationId, device: DeviceId, tip: number): boolean {
    const { me, sync, receipts } = this.init
    const unkept = sync().unkept.get(`${device}/${logKey(id, me)}`) ?? 0
    return unkept < CLAIMS_UNKEPT_MAX && receipts.witness(device, id) > tip
  }
}
