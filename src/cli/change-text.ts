// What became of messages, as the command line and the REPL say it: marks behind a message, and a
// line for each change.
import type { Event, Message } from '../api/shapes.ts'
import { isEmoji } from '../core/emoji.ts'
import { printable } from '../core/text.ts'

/** What stands behind a message: whether it was edited, is pinned, and what people think of it. */
export function messageMarks(message: Pick<Message, 'edited' | 'pinned' | 'reactions'>): string {
  const words = [...(message.edited ? ['edited'] : []), ...(message.pinned ? ['pinned'] : [])]
  const reactions = message.reactions.map(({ emoji, accounts, mine }) => {
    const count = accounts.length > 1 ? ` ${accounts.length}` : ''
    return `[${emojiText(emoji)}${count}${mine ? '*' : ''}]`
  })
  return [...words.map((word) => `(${word})`), ...reactions].map((mark) => `  ${mark}`).join('')
}

/** The same without signs. */
export function messageMarkWords(
  message: Pick<Message, 'edited' | 'pinned' | 'reactions'>,
): string {
  const reactions = message.reactions.map(({ emoji, accounts, mine }) => {
    const count = accounts.length
    const from = mine && count === 1 ? 'you' : `${count}${mine ? ', you among them' : ''}`
    return `${emojiText(emoji)} from ${from}`
  })
  const all = [...(message.edited ? ['edited'] : []), ...(message.pinned ? ['pinned'] : [])]
  return [...all, ...reactions].map((words) => ` (${words})`).join('')
}

/** What somebody did, to stand before the words of the message: `ann edited:`. */
export function changeWords(
  { change, emoji }: Pick<Extract<Event, { type: 'changed' }>, 'change' | 'emoji'>,
  who: string,
): string {
  switch (change) {
    case 'edited':
      return `${who} edited:`
    case 'deleted':
      return `${who} deleted a message`
    case 'reacted':
      return `${who} reacted with ${emojiText(emoji ?? '')} to:`
    case 'unreacted':
      return `${who} took ${emojiText(emoji ?? '')} back from:`
    case 'pinned':
      return `${who} pinned:`
    case 'unpinned':
      return `${who} unpinned:`
  }
}

/** The tags in the flags of some countries would be shown as what hides. */
function emojiText(emoji: string): string {
  return isEmoji(emoji) ? emoji : printable(emoji)
}
