// Completion in the shell: a few lines for each shell that ask this program, which knows its
// commands from the table of methods and its names from the running node.
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

import type { Command } from 'commander'

import { connect } from '../../api/client.ts'
import { findPlaces, type Places } from '../../api/places.ts'
import { profileOfFolder } from '../../core/profile-names.ts'
import { choiceArgument } from '../arguments.ts'
import { type Asked, askedFor, type Candidate, slotOf } from '../completion/asked.ts'
import { fitForBash, readLine } from '../completion/line.ts'
import { type NodeKind, namesOf, type Naming } from '../completion/names.ts'
import { pathOf, type Place, placeOf } from '../completion/place.ts'
import { type Shell, SHELLS } from '../completion/shells.ts'
import type { Bind } from './action.ts'

/** A person waits for this: a node that does not answer in time has nothing to offer. */
const NAMES_TIMEOUT_MS = 400

export function addCompletionCommands(program: Command, bind: Bind): void {
  const shells = Object.keys(SHELLS)
  const script = program
    .command('completion')
    .addArgument(choiceArgument('<shell>', shells.join(', '), shells))
    .summary('Print a script that completes commands in your shell')
    .description('Print a script that completes commands, options, names and ids in your shell.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ eval "$(tidings completion bash)"\n  $ tidings completion fish | source',
    )
  bind(script, async ({ output, given }) => output.write(SHELLS[given[0] as Shell]))

  const complete = program
    .command('__complete', { hidden: true })
    .argument('<shell>')
    .argument('[words...]')
  bind(complete, async ({ output, given }) => {
    const [shell, words] = given as readonly [string, readonly string[]]
    const lines = await answer(program, shell, words)
    if (lines.length > 0) await output.write(`${lines.join('\n')}\n`)
  })
}

/**
 * What a shell's script is told.
 *
 * @param words those that were typed, the last as far as it goes; for bash the line up to the
 * cursor, and what bash takes for the word; for PowerShell a dot before each
 */
async function answer(
  program: Command,
  shell: string,
  words: readonly string[],
): Promise<string[]> {
  if (shell === 'bash') {
    const [line = '', current = ''] = words
    const typed = readLine(line)
    const found = await candidatesFor(program, typed.before.slice(1), typed.partial)
    return found.map(({ word, description }) =>
      /^:(file|dir)$/.test(word) ? word : told(fitForBash(word, typed, current), description),
    )
  }
  const plain = shell === 'powershell' ? words.map((word) => word.slice(1)) : words
  // fish hands over the last word as it is written.
  const partial = plain.at(-1) ?? ''
  const last = shell === 'fish' ? readLine(partial).partial : partial
  const found = await candidatesFor(program, plain.slice(0, -1), last)
  return found.map(({ word, description }) => told(word, description))
}

function told(word: string, description: string): string {
  return description === '' ? word : `${word}\t${description}`
}

async function candidatesFor(
  program: Command,
  before: readonly string[],
  typed: string,
): Promise<readonly Candidate[]> {
  const place = placeOf(program, before)
  const asked = askedFor(place, typed)
  if (asked.type === 'file' || asked.type === 'dir') {
    return [{ word: `:${asked.type}`, description: '' }]
  }
  const all = asked.type === 'words' ? asked.words : await liveNames(asked, place)
  return all
    .map(({ word, description }) => ({ word: asked.prefix + word, description }))
    .filter(({ word }) => word.startsWith(asked.prefix + asked.typed))
}

async function liveNames(
  { kind, typed }: Extract<Asked, { type: 'names' }>,
  place: Place,
): Promise<readonly Candidate[]> {
  try {
    const places = placesOf(place)
    if (kind === 'profile') return await profileNames(places)
    return await nodeNames(kind, { typed, ...namedIn(place) }, places)
  } catch {
    // No node, no names: a shell's prompt is no place to say so.
    return []
  }
}

/** The profile and the folder that the line names, of which the shell has replaced nothing. */
function placesOf({ options }: Place): Places {
  const home = options.get('home')?.replace(/^~(?=\/|$)/, homedir())
  return findPlaces({ profile: options.get('profile'), home })
}

async function nodeNames(kind: NodeKind, naming: Naming, places: Places): Promise<Candidate[]> {
  const signal = AbortSignal.timeout(NAMES_TIMEOUT_MS)
  await using client = await connect({ socketPath: places.socket, signal })
  return await namesOf(kind, client, naming, signal)
}

async function profileNames({ dataDir }: Places): Promise<Candidate[]> {
  const folders = await readdir(path.join(dataDir, 'profiles'))
  return folders.flatMap((folder) => {
    const word = profileOfFolder(folder)
    return word === undefined ? [] : [{ word, description: '' }]
  })
}

function namedIn({ command, args, options }: Place): Pick<Naming, 'command' | 'conversation'> {
  const isOfMessages = (name: string): boolean => {
    return ['contact', 'conversation', 'group'].includes(String(slotOf(command, name)))
  }
  const at = command.registeredArguments.findIndex((argument) => isOfMessages(argument.name()))
  const option = [...options.keys()].find(isOfMessages)
  const conversation = option === undefined ? args[at] : options.get(option)
  return { command: pathOf(command), conversation }
}
