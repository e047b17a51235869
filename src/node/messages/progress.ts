// How far the messages of an own device have come with each of the others. In a group that is asked
// for with each acknowledgement and each own message that is shown, so it is kept for each group
// until who is in it changes, and costs a look at each member no more.
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { PROGRESS_KEPT_MAX } from '../../core/limits.ts'
import { Lru } from '../../core/lru.ts'
import type { Conversations } from '../conversations.ts'
import type { Group, Groups } from '../groups/groups.ts'
import type { Self } from '../people/identity.ts'
import type { Progress, Receipts } from '../receipts.ts'

export interface ProgressInit {
  /** The logs of its devices are asked for. */
  readonly self: Pick<Self, 'devices'>
  readonly conversations: Pick<Conversations, 'devicesOf' | 'others'>
  readonly groups: Pick<Groups, 'get' | 'writers'>
  readonly receipts: Pick<Receipts, 'claims' | 'counts'>
}

type Claims = Map<AccountId, Progress>

interface Kept {
  readonly face: Group['face']
  readonly writers: ReadonlyMap<DeviceId, AccountId>
  readonly claims: Claims
}

/** With how many of how many a message is. */
export interface Spread {
  readonly deliveredTo: number
  readonly readBy: number
  readonly of: number
}

export class ProgressBook {
  private readonly init: ProgressInit
  private readonly kept = new Lru<Kept>(PROGRESS_KEPT_MAX)

  constructor(init: ProgressInit) {
    this.init = init
  }

  /** @param isMeant for whom a message is; @default all others */
  all(
    id: ConversationId,
    device: DeviceId,
    isMeant: (account: AccountId) => boolean = () => true,
  ): Progress[] {
    const meant = [...this.claims(id, device)].filter(([account]) => isMeant(account))
    return meant.map(([, claim]) => this.init.receipts.counts(id, device, claim))
  }

  with(id: ConversationId, device: DeviceId, account: AccountId): Progress {
    return this.init.receipts.counts(id, device, this.claimsOf(id, device, account))
  }

  /** @param isMeant as `all` */
  spread(
    id: ConversationId,
    device: DeviceId,
    seq: number,
    isMeant?: (account: AccountId) => boolean,
  ): Spread {
    let [deliveredTo, readBy, of] = [0, 0, 0]
    // What is claimed of messages that there are counts as it is.
    for (const [account, { delivered, read }] of this.claims(id, device)) {
      if (isMeant && !isMeant(account)) continue
      of += 1
      if (seq <= read) readBy += 1
      if (seq <= delivered || seq <= read) deliveredTo += 1
    }
    return { deliveredTo, readBy, of }
  }

  /** Somebody told what they hold or have read. */
  told(id: ConversationId, account: AccountId): void {
    for (const device of this.init.self.devices) {
      const claims = this.kept.get(`${id}/${device}`)?.claims
      if (claims?.has(account)) claims.set(account, this.claimsOf(id, device, account))
    }
  }

  private claims(id: ConversationId, device: DeviceId): Claims {
    const { groups } = this.init
    const face = groups.get(id)?.face
    if (!face) return this.find(id, device)
    const key = `${id}/${device}`
    const writers = groups.writers(id)
    const kept = this.kept.get(key)
    if (kept?.face === face && kept.writers === writers) return kept.claims
    const claims = this.find(id, device)
    this.kept.set(key, { face, writers, claims })
    return claims
  }

  private find(id: ConversationId, device: DeviceId): Claims {
    const others = this.init.conversations.others(id)
    return new Map(others.map((account) => [account, this.claimsOf(id, device, account)]))
  }

  private claimsOf(id: ConversationId, device: DeviceId, account: AccountId): Progress {
    const { conversations, receipts } = this.init
    return receipts.claims(id, device, account, conversations.devicesOf(id, account))
  }
}
