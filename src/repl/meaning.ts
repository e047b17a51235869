// What a typed word or name stands for, by the kind of thing that is asked for. Names of contacts
// become account ids here, so that a name means for the node exactly whom it meant on this screen.
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { isId } from '../core/id.ts'
import type { Given } from './commands.ts'
import { type Directory, SHORT_ID_CHARS } from './directory.ts'
import { nearest } from './parse.ts'

/** @throws `bad_input` for none of the choices; `unknown_name`, `ambiguous_name` */
export function meaning(
  { name, completes, choices }: Given & { readonly name: string },
  typed: string,
  directory: Directory,
): string {
  if (choices) return choiceOf(name, choices, typed)
  switch (completes) {
    case 'contact':
    case 'request':
    case 'member':
    case 'conversation':
    case 'author':
    case 'nearby':
      return personOr(completes, typed.replace(/^@/, ''), directory)
    case 'group':
      return groupOr(typed.replace(/^@/, ''), directory)
    case 'message':
    case 'archive':
    case 'topic':
    case 'file':
    case 'emoji':
    case 'text':
    case undefined:
      return typed
  }
}

function personOr(
  kind: 'contact' | 'request' | 'member' | 'conversation' | 'author' | 'nearby',
  name: string,
  directory: Directory,
): string {
  switch (kind) {
    case 'contact':
      return contactOr(name, directory, mayBeOther(name, directory))
    case 'member':
      return contactOr(name, directory, true)
    case 'request':
      return directory.find(name, 'request').account
    case 'conversation':
      if (name.startsWith('#')) return groupOr(name, directory)
      // The node also knows who was a contact once.
      return isId(name) ? name : contactOr(name, directory, true)
    case 'author':
      return name.toLowerCase() === 'me' ? 'me' : contactOr(name, directory, true)
    case 'nearby':
      return nearbyName(name, directory)
  }
}

function choiceOf(name: string, choices: readonly string[], typed: string): string {
  const wanted = typed.trim().toLowerCase()
  const found = choices.find((choice) => choice === wanted)
  if (found !== undefined) return found
  const near = nearest(wanted, choices)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  const words = `${name} is one of ${choices.join(', ')}, not "${typed}"${hint}`
  throw new TidingsError('bad_input', words)
}

/** The account of a contact; of somebody else as typed, for the node, where that may be meant. */
function contactOr(name: string, directory: Directory, mayBeOther: boolean): string {
  try {
    return directory.find(name).account
  } catch (error) {
    if (mayBeOther && isTidingsError(error, 'unknown_name')) return name
    throw error
  }
}

/**
 * The conversation of a group; one that is not known here, or only nearby, as typed.
 *
 * @throws `ambiguous_name`
 */
function groupOr(name: string, directory: Directory): string {
  const found = directory.groups.find(name.replace(/^#/, ''))
  return found?.rest === '' ? found.group.conversation : name
}

/** An address, an invite link, or somebody nearby. */
function mayBeOther(name: string, directory: Directory): boolean {
  return (
    /[:/]/.test(name) || directory.nearby.some((node) => [node.name, node.account].includes(name))
  )
}

/** The whole name of the one nearby node whose name begins so; else as typed, for the node. */
function nearbyName(typed: string, directory: Directory): string {
  const names = directory.nearby.map(({ name }) => name)
  const isAccount = directory.nearby.some(({ account }) => account?.startsWith(typed))
  if (names.includes(typed) || (isAccount && typed.length >= SHORT_ID_CHARS)) return typed
  const wanted = typed.toLowerCase()
  const begun = names.filter((name) => name.toLowerCase().startsWith(wanted))
  return begun.length === 1 && begun[0] !== undefined ? begun[0] : typed
}
