// To whom a typed line goes.
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { printable } from '../core/text.ts'
import type { Directory } from './directory.ts'
import type { Line } from './parse.ts'
import type { Partner } from './partner.ts'

/** Whether a line opens a conversation and says nothing in it. */
export function opens(line: Line, directory: Directory): boolean {
  if (line.kind === 'mention') return directory.splitName(line.rest).rest.trim() === ''
  return line.kind === 'group' && directory.groups.split(line.rest)?.rest.trim() === ''
}

/**
 * Whom it goes to, and the words for them, empty where the conversation is only to be opened.
 *
 * @throws TidingsError when it is not clear to whom it goes
 */
export function address(
  line: Line,
  directory: Directory,
  open: Partner | undefined,
): [partner: Partner, text: string] {
  if (line.kind === 'mention') {
    const { name, rest } = directory.splitName(line.rest)
    return [mentioned(name, directory, open), rest.trim() === '' ? '' : rest]
  }
  if (line.kind === 'group') {
    const { group, rest = '' } = directory.groups.find(line.rest) ?? {}
    const partner = group && directory.partner(group.conversation)
    if (partner) return [partner, rest.trim() === '' ? '' : rest]
    if (open) return [open, `#${line.rest}`]
  }
  if (open && line.kind === 'text') return [open, line.text]
  throw new TidingsError(
    'bad_input',
    'No conversation is open, so this went nowhere. @name opens one, #name a group; /contacts ' +
      'and /group list show yours, /nearby who is here.',
  )
}

function mentioned(name: string, directory: Directory, open: Partner | undefined): Partner {
  try {
    return directory.partnerOf(directory.find(name))
  } catch (error) {
    if (!open || !isTidingsError(error, 'unknown_name')) throw error
    const words = `${error.message} @@ at the beginning sends it as text.`
    throw new TidingsError('unknown_name', words, { cause: error })
  }
}

/** What was named, as `meaning` gives it. @throws `unknown_conversation`, as `Directory.find` */
export function partnerNamed(name: string, directory: Directory): Partner {
  const known = directory.partner(name)
  if (known || !name.startsWith('#')) return known ?? directory.partnerOf(directory.find(name))
  const words = `There is no group ${printable(name)} here. /group list shows yours.`
  throw new TidingsError('unknown_conversation', words)
}
