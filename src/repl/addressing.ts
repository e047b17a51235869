// To whom a typed line goes.
import type { Contact } from '../api/shapes.ts'
import { TidingsError } from '../core/errors.ts'
import type { Directory } from './directory.ts'
import type { Line } from './parse.ts'

/** Whether a line opens a conversation and says nothing in it. */
export function opens(line: Line, directory: Directory): boolean {
  return line.kind === 'mention' && directory.splitName(line.rest).rest.trim() === ''
}

/**
 * The contact, and the words for them, empty where the conversation is only to be opened.
 *
 * @throws TidingsError when it is not clear to whom it goes
 */
export function address(
  line: Line,
  directory: Directory,
  open: Contact | undefined,
): [contact: Contact, text: string] {
  if (line.kind === 'mention') {
    const { name, rest } = directory.splitName(line.rest)
    return [directory.find(name), rest.trim() === '' ? '' : rest]
  }
  if (open && line.kind === 'text') return [open, line.text]
  throw new TidingsError(
    'bad_input',
    'No conversation is open, so this went nowhere. @name opens one; /contacts lists yours, ' +
      '/nearby shows who is here.',
  )
}
