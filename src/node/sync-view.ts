// What a node holds of a conversation, and what it knows to be missing.
import type { Clock } from '../core/clock.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'

export interface SyncView {
  readonly conversation: ConversationId
  readonly name: string
  readonly complete: boolean
  readonly devices: readonly {
    readonly account: AccountId
    readonly name: string
    readonly device: DeviceId
    readonly have: number
    readonly shown: number
    readonly known: number
    readonly waitingFor: { readonly device: DeviceId; readonly seq: number } | undefined
    readonly holders: readonly AccountId[]
    readonly forked: boolean
    /** Nothing more of it is taken for now. */
    readonly heldBack: boolean
  }[]
}

/** What others hold of a log beyond what is here. */
export interface Beyond {
  readonly known: number
  readonly holders: ReadonlySet<AccountId>
}

/**
 * The logs of which others hold more. Each clock is gone through once: in a large group there are
 * as many clocks as logs.
 */
export function heldBeyond(
  holdings: Iterable<readonly [AccountId, Clock]>,
  have: (device: DeviceId) => number,
): ReadonlyMap<DeviceId, Beyond> {
  const beyond = new Map<DeviceId, { known: number; holders: Set<AccountId> }>()
  for (const [account, clock] of holdings) {
    for (const [device, seq] of clock) {
      if (seq <= have(device)) continue
      const noted = beyond.get(device) ?? { known: 0, holders: new Set() }
      noted.known = Math.max(noted.known, seq)
      noted.holders.add(account)
      beyond.set(device, noted)
    }
  }
  return beyond
}
