// How many messages of a conversation the user has not read, of those that are still shown.
import type { ConversationId } from '../core/id.ts'
import type { Deadlines } from './deadlines.ts'
import type { Self } from './identity.ts'
import type { Ledger } from './ledger.ts'
import type { Receipts } from './receipts.ts'

export interface UnreadInit {
  readonly self: Pick<Self, 'account' | 'devices'>
  readonly ledger: Ledger
  readonly receipts: Receipts
  readonly deadlines: Deadlines
}

export function countUnread(init: UnreadInit, id: ConversationId): number {
  const { self, ledger, receipts, deadlines } = init
  const read = receipts.read(self.account, id)
  let unread = 0
  for (const [device, { order }] of ledger.conversation(id)) {
    if (self.devices.has(device)) continue
    unread += deadlines.countKept(id, device, read.get(device) ?? 0, order.shown)
  }
  return unread
}
