// Which message is meant on this screen: `^2`, the second newest of those that fit, or an id.
import type { Message } from '../api/shapes.ts'
import { TidingsError } from '../core/errors.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'

/** Messages that are looked at together, and in all: whoever means one further back names it. */
const PAGE_MESSAGES = 200
const PAGES_MAX = 50

export const WHICH = /^(?:(\^[1-9]\d*|[0-9a-v]{26}-\d+)(?!\S))?\s*(.*)$/s

/** Which messages a command is about when none is named, among those that somebody wrote. */
const FITTING: Readonly<Record<string, (message: Message) => boolean>> = {
  reply: ({ own }) => !own,
  edit: ({ own, deleted }) => own && !deleted,
  delete: ({ own, deleted }) => own && !deleted,
  undo: ({ own, deleted }) => own && !deleted,
  react: ({ own, deleted }) => !own && !deleted,
  pin: ({ own, deleted }) => !own && !deleted,
  edits: ({ edited, deleted }) => edited && !deleted,
}

/** Which of some messages a command may be about. */
export function fitting(messages: readonly Message[], command: string): Message[] {
  const fits = command === 'unpin' ? ({ pinned }: Message) => pinned : FITTING[command]
  return messages.filter((each) => !TOLD_KINDS.includes(each.kind) && (fits?.(each) ?? true))
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
  const found = which.startsWith('^')
    ? await lastFitting(client, conversation, command, Number(which.slice(1)))
    : (await client.call('history', { conversation, around: which, limit: 1 })).find(
        ({ id }) => id === which,
      )
  if (found) return found
  throw new TidingsError(
    'unknown_message',
    `there is no such message to ${WORDS[command] ?? command} here`,
  )
}

/** The newest message that fits, or the `back`th from there. */
async function lastFitting(
  client: ReplClient,
  conversation: string,
  command: string,
  back: number,
): Promise<Message | undefined> {
  if (command === 'unpin') return lastPinned(client, conversation, back)
  let left = back
  let before: string | undefined
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const from = before === undefined ? {} : { before }
    const page = await client.call('history', { conversation, limit: PAGE_MESSAGES, ...from })
    const found = fitting(page, command)
    if (found.length >= left) return found.at(-left)
    left -= found.length
    before = page[0]?.id
    if (page.length < PAGE_MESSAGES || before === undefined) return undefined
  }
  return undefined
}

/** There are few of them, and they may be anywhere. */
async function lastPinned(
  client: ReplClient,
  conversation: string,
  back: number,
): Promise<Message | undefined> {
  const pinned = (await client.call('pins', { conversation })).toReversed()
  return pinned.toSorted((a, b) => Date.parse(a.sentAt) - Date.parse(b.sentAt)).at(-back)
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
