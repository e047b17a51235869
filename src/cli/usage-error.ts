// What is wrong with a command line, as an error of ours: stable code, the nearest word that would
// have been right, and where the help is.
import type { Command, CommanderError } from 'commander'

import { TidingsError } from '../core/errors.ts'
import { pathOf, placeOf } from './completion/place.ts'

/** Where the nearest word says nothing, since one is missing or one too many. */
const NEEDS_HELP = new Set([
  'commander.missingArgument',
  'commander.excessArguments',
  'commander.optionMissingArgument',
])

/** @param argv what was typed, without the program's name */
export function usageError(
  { code, message }: CommanderError,
  program: Command,
  argv: readonly string[],
): TidingsError {
  const command = pathOf(placeOf(program, argv).command)
  const help = `tidings help${command && ` ${command}`}`
  if (code === 'commander.help') {
    return new TidingsError('unknown_command', `"${command}" needs a command; see: ${help}`)
  }
  const words = message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replace(/\n\(Did you mean (?:one of )?(.*)\?\)$/, (_all, meant: string) => {
      const choices = meant.split(', ').map((word) => `"${word}"`)
      return `; did you mean ${choices.join(' or ')}?`
    })
  const hint = NEEDS_HELP.has(code) ? `; see: ${help}` : ''
  const isUnknown = code === 'commander.unknownCommand'
  return new TidingsError(isUnknown ? 'unknown_command' : 'bad_input', words + hint)
}
