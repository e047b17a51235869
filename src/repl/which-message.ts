// Which message is meant on this screen: `^2`, the second newest of those that fit, or an id.
import type { Message } from '../api/shapes.ts'
import { TidingsError } from '../core/errors.ts'
import { HISTORY_LIMIT_MAX } from '../core/limits.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'

/** How much further than the number itself is looked back, past messages that do not fit. */
const LOOK_BACK = 50

export const WHICH = /^(\^[1-9]\d{0,2}|[0-9a-v]{26}-\d+)?\s*(.*)$/s

/** Which messages a command is about when none is named, among those that somebody wrote. */
const FITTING: Readonly<Record<string, (message: Message) => boolean>> = {
  reply: ({ own }) => !own,
  edit: ({ own, deleted }) => own && !deleted,
  delete: ({ own, deleted }) => own && !deleted,
  react: ({ own, deleted }) => !own && !deleted,
  pin: ({ own, deleted }) => !own && !deleted,
  unpin: ({ pinned, deleted }) => pinned && !deleted,
  edits: ({ edited, deleted }) => edited && !deleted,
}

/** What the conversation tells of itself: somebody came, or set a timer. */
const TOLD_KINDS = ['timer', 'group']

/** As a person would say it. */
const WORDS: Readonly<Record<string, string>> = {
  reply: 'answer',
  react: 'react to',
  edits: 'tell of',
}

/** Whether a word names a message. */
export function isWhich(word: string): boolean {
  return WHICH.exec(word)?.[1] === word
}

/** @throws TidingsError `unknown_message` */
export async function findMessage(
  client: ReplClient,
  { conversation }: Pick<Partner, 'conversation'>,
  command: string,
  which = '^1',
): Promise<Message> {
  const back = which.startsWith('^') ? Number(which.slice(1)) : undefined
  const limit = back === undefined ? HISTORY_LIMIT_MAX : LOOK_BACK + 2 * back
  const history = await client.call('history', { conversation, limit })
  const fits = (message: Message): boolean =>
    !TOLD_KINDS.includes(message.kind) && (FITTING[command]?.(message) ?? true)
  const found =
    back === undefined ? history.find(({ id }) => id === which) : history.filter(fits).at(-back)
  if (found) return found
  throw new TidingsError(
    'unknown_message',
    `there is no such message to ${WORDS[command] ?? command} here`,
  )
}

/** The id of a message that is meant. @throws TidingsError `unknown_message`, `bad_input` */
export async function idOf(
  client: ReplClient,
  open: Partner | undefined,
  command: string,
  which: string | undefined,
): Promise<string> {
  if (which !== undefined && !which.startsWith('^')) return which
  if (open) return (await findMessage(client, open, command, which)).id
  throw new TidingsError('bad_input', 'No conversation is open; @name or #name opens one.')
}
