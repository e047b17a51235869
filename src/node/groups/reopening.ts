// What is derived from the entries of a group, made anew: a key came after entries that it opens,
// or one was dropped. It costs reading them, and happens where a key was lost.
import type { ConversationId } from '../../core/id.ts'
import { rebuildLog } from '../ledger/change-rebuild.ts'
import type { NodeParts } from '../parts.ts'

/** @throws TidingsError `disk_full`, `database_damaged`; it is to be done again then */
export async function deriveAnew(
  { deadlines, init, ledger, search, talk }: NodeParts,
  conversation: ConversationId,
): Promise<void> {
  // What comes meanwhile is written after it: the index counts what lies before an entry.
  await ledger.turn(async () => {
    for (const [device, { head, order }] of ledger.conversation(conversation)) {
      const log = { conversation, device }
      await rebuildLog(init.store, log, order.shown)
      await deadlines.countAgain(log, head.seq)
    }
    await talk.unread.countAgain(conversation)
  })
  for (const device of ledger.conversation(conversation).keys()) {
    search.index.redo({ conversation, device }, 0)
  }
}
