// To whom a typed line goes.
import { TidingsError } from '../core/errors.ts'
import { printable } from '../core/text.ts'
import type { Directory } from './directory.ts'
import type { Line } from './parse.ts'
import type { Partner } from './partner.ts'

/** Whether a line opens a conversation and says nothing in it. */
export function opens(line: Line, directory: Directory): boolean {
  if (line.kind === 'mention') return directory.splitName(line.rest).rest.trim() === ''
  return line.kind === 'group' && directory.splitGroup(line.rest)?.rest.trim() === ''
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
    return [directory.partnerOf(directory.find(name)), rest.trim() === '' ? '' : rest]
  }
  if (line.kind === 'group') {
    const { group, rest = '' } = directory.splitGroup(line.rest) ?? {}
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

/** A contact, or with `#` a group. @throws TidingsError `unknown_conversation`, as `find` */
export function partnerNamed(name: string, directory: Directory): Partner {
  if (!name.startsWith('#')) return directory.partnerOf(directory.find(name))
  const found = directory.splitGroup(name.slice(1))
  const partner = found && directory.partner(found.group.conversation)
  if (partner) return partner
  const words = `There is no group ${printable(name)} here. /group list shows yours.`
  throw new TidingsError('unknown_conversation', words)
}
