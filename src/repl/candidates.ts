// What could stand in a place of a command, by the kind of thing that is meant there. Each is
// spelled so that the parser takes it for that very thing.
import type { Message } from '../api/shapes.ts'
import { beginning, printable } from '../core/text.ts'
import type { ParamValues } from './arguments.ts'
import {
  authors,
  type Candidate,
  conversations,
  groups,
  members,
  nearbyPeople,
  people,
} from './candidates-people.ts'
import { COMMANDS, type Given, type ReplCommand } from './commands.ts'
import { topicNames } from './help.ts'
import { asWord } from './parse.ts'
import type { Surroundings } from './surroundings.ts'
import { fitting } from './which-message.ts'

/** Where something is asked for. */
export interface Place {
  readonly command: ReplCommand
  /** The argument or the option. */
  readonly of: Given
  readonly isOption: boolean
  /** What was given before it. */
  readonly values: ParamValues
  /** What is there of it, without quotes. */
  readonly typed: string
}

/** Ways to name one of the newest messages. */
const NEWEST = ['^1', '^2', '^3']
const NEWEST_SHOWN_MAX = 9
const MESSAGE_CHARS = 24
const COMMON_EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀', '✅', '👎']

export function candidates(place: Place, around: Surroundings): readonly Candidate[] {
  const { of, command, values } = place
  const { directory } = around
  const words = of.choices ?? of.suggests
  if (words) return words.map(wordNamed)
  switch (of.completes) {
    case 'contact':
      return people(directory, command)
    case 'request':
      return people(directory, command, ({ state }) => state === 'incoming')
    case 'author':
      return authors(directory)
    case 'conversation':
      return conversations(directory, command)
    case 'nearby':
      return nearbyPeople(directory)
    case 'group':
      return groups(directory, command)
    case 'member':
      return members(around.members(String(values['group'])), directory, command)
    case 'message':
      return messages(place, around)
    case 'archive':
      return around.archives.filter(isPlain).flatMap(asCandidate)
    case 'emoji':
      return [...new Set([...around.reactions, ...COMMON_EMOJI])].flatMap(asCandidate)
    case 'topic':
      return topics()
    case 'file':
      return files(place.typed, around)
    case 'text':
    case undefined:
      return []
  }
}

function wordNamed(name: string): Candidate {
  return { names: [name], word: name, shown: name }
}

function asCandidate(name: string): Candidate[] {
  const word = asWord(name)
  return word === undefined ? [] : [{ names: [name], word, shown: name }]
}

/** Whether what is shown is what it is. */
function isPlain(name: string): boolean {
  return name !== '' && printable(name) === name
}

function topics(): Candidate[] {
  const names = [...topicNames(), ...COMMANDS.map(({ name }) => name)]
  return names.map((name) => ({ ...wordNamed(name), names: [name, `/${name}`] }))
}

/** Hidden ones only behind their dot. */
function files(typed: string, { files: inFolder }: Surroundings): Candidate[] {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const isHidden = typed.slice(folder.length).startsWith('.')
  return inFolder(folder)
    .filter((name) => isPlain(name) && name.startsWith('.') === isHidden)
    .flatMap((name) => {
      const goesOn = name.endsWith('/')
      // `~/` is one's own folder, whatever lies here.
      const word = folder === '' && name === '~/' ? undefined : asWord(folder + name)
      if (word === undefined) return []
      const open = goesOn ? word.replace(/"$/, '') : word
      return [{ names: [folder + name], word: open, shown: name, goesOn }]
    })
}

/** Commands about one message take `^2`, in the open conversation; elsewhere it is an id. */
function messages(place: Place, around: Surroundings): Candidate[] {
  const { command, isOption, values } = place
  const { open } = around
  const conversation = isOption ? conversationOf(values, around) : open?.conversation
  const known = conversation === undefined ? undefined : around.messages(conversation)
  if (isOption) return (known ?? []).toReversed().map((message) => byId(message, [message.id]))
  if (!open) return []
  if (!known) return NEWEST.map(wordNamed)
  const all = fitting(known, command.name)
    .toReversed()
    .map((message, i) => ({ message, word: `^${i + 1}` }))
    .filter(({ message }) => command.name !== 'undo' || message.state === 'queued')
  const byPlace = all.slice(0, NEWEST_SHOWN_MAX).map(({ message, word }) => {
    return { names: [word], word, shown: `${word} ${wordsOf(message)}` }
  })
  return [...byPlace, ...all.map(({ message }) => byId(message, []))]
}

function byId(message: Message, names: readonly string[]): Candidate {
  const { id } = message
  return { names, id, word: id, shown: `${id} ${wordsOf(message)}` }
}

/** The conversation that was named, else the open one. */
function conversationOf(
  values: ParamValues,
  { directory, open }: Surroundings,
): string | undefined {
  const named = values['conversation'] ?? values['in']
  if (typeof named !== 'string') return open?.conversation
  return directory.get(named)?.conversation ?? named
}

function wordsOf({ own, authorName, text }: Message): string {
  const words = beginning(printable(beginning(text, MESSAGE_CHARS)), MESSAGE_CHARS)
  return `${own ? 'you' : beginning(printable(authorName), MESSAGE_CHARS)}: ${words}`
}
