// Following a node through its lives: whoever follows goes on in the next where the last one ended.
import type { AccountId, ConversationId } from '../core/id.ts'
import { compareCursors, type CursorParts } from './cursor.ts'
import { Follower, type FollowOptions, type Listener } from './follow.ts'
import type { Lives } from './lives.ts'
import type { ContactView } from './node-types.ts'
import type { NodeParts } from './parts.ts'

interface Since {
  readonly since: CursorParts | undefined
  readonly conversation: ConversationId | undefined
}

/** @param options without `since`, from now on */
export async function followLives(
  lives: Lives,
  { since: from, conversation }: Since,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const { newest } = lives.current.ledger
  // A cursor from beyond the newest event is of a database that was rolled back since.
  let since = from && compareCursors(from, newest) <= 0 ? from : newest
  await lives
    .each(signal, async (until) => {
      const follower = followerOf(lives.current, { since, conversation }, listener)
      try {
        await follower.run(until)
      } finally {
        since = follower.at
      }
      until.throwIfAborted()
    })
    .catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
}

function followerOf(parts: NodeParts, options: FollowOptions, listener: Listener): Follower {
  const { init, bus, book, history, ledger } = parts
  const contact = (account: AccountId): ContactView | undefined => {
    const record = book.get(account)
    return record && book.view(record)
  }
  return new Follower({ store: init.store, bus, history, ledger, contact }, options, listener)
}
