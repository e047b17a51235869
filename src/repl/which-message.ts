// Which message is meant on this screen: `^2`, the second newest that somebody else wrote, or an
// id.
import type { Message } from '../api/shapes.ts'
import { TidingsError } from '../core/errors.ts'
import { HISTORY_LIMIT_MAX } from '../core/limits.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'

/** How much further than the number itself is looked back, past own messages. */
const LOOK_BACK = 50

export const WHICH = /^(\^[1-9]\d{0,2}|[0-9a-v]{26}-\d+)?\s*(.*)$/s

/** @throws TidingsError `unknown_message` */
export async function findMessage(
  client: ReplClient,
  { conversation }: Pick<Partner, 'conversation'>,
  which = '^1',
): Promise<Message> {
  const back = which.startsWith('^') ? Number(which.slice(1)) : undefined
  const limit = back === undefined ? HISTORY_LIMIT_MAX : LOOK_BACK + 2 * back
  const history = await client.call('history', { conversation, limit })
  const found =
    back === undefined
      ? history.find(({ id }) => id === which)
      : history.filter(({ own, kind }) => !own && kind !== 'timer').at(-back)
  if (found) return found
  throw new TidingsError('unknown_message', 'there is no such message to answer here')
}
