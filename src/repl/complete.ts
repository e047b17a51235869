// Tab completion, a pure function of what stands before the cursor: commands, their options, and
// names of whatever kind the argument is.
import type { Contact } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import { NOTIFY_WORDS } from './alert-rule.ts'
import { commandNamed, COMMANDS, type Completes, type ReplCommand } from './commands.ts'
import { type Directory, nameOf, nearbyHandle } from './directory.ts'
import { TOPICS } from './topics.ts'

/** What could stand in place of `replaces`, the end of the line. */
export type Completion = [hits: string[], replaces: string]

export function complete(before: string, directory: Directory): Completion {
  const mention = /^@("?)(.*)$/s.exec(before)
  if (mention) {
    const people = contactNames(directory, ({ state }) => state !== 'blocked')
    return names(before, '@', mention[2] ?? '', people)
  }
  const group = /^#("?)(.*)$/s.exec(before)
  if (group) return names(before, '', group[0], groupNames(directory))
  const command = /^\/(?:(?:group|archive)\s+)?\S*$/i.exec(before)
  if (command)
    return matching(
      COMMANDS.map(({ name }) => `/${name} `),
      before,
    )
  const begun = /^\/((?:(?:group|archive)\s+)?\S+)\s+(.*)$/is.exec(before)
  const known = begun && commandNamed((begun[1] ?? '').toLowerCase().replace(/\s+/, ' '))
  return known ? argument(known, begun[2] ?? '', directory) : [[], before]
}

function argument(command: ReplCommand, rest: string, directory: Directory): Completion {
  const option = /(?:^|\s)(--[\w-]*)$/.exec(rest)?.[1]
  if (option !== undefined) {
    return matching(
      command.options.map(({ flag }) => `--${flag} `),
      option,
    )
  }
  const valued = /(?:^|\s)--([\w-]+)\s+(@?"[^"]*|[^\s"]*)$/.exec(rest)
  const kind = command.options.find(({ flag }) => flag === valued?.[1])?.completes
  if (valued && kind) return nameOfKind(kind, valued[2] ?? '', directory)
  const { completes } = command.args[0] ?? {}
  if (completes === undefined) return [[], rest]
  return nameOfKind(completes, rest, directory)
}

function nameOfKind(completes: Completes, rest: string, directory: Directory): Completion {
  const typed = /^(@?)("?)(.*)$/s.exec(rest)
  return names(rest, typed?.[1] ?? '', typed?.[3] ?? '', candidates(completes, directory))
}

/** Ways to name one of the newest messages. */
const NEWEST = ['^1', '^2', '^3']

/** Somebody or something to name: as it is called, and as it is typed. */
interface Candidate {
  readonly name: string
  readonly handle: string
}

function candidates(completes: Completes, directory: Directory): Candidate[] {
  switch (completes) {
    case 'contact':
      return contactNames(directory, () => true)
    case 'conversation':
      return [...contactNames(directory, () => true), ...groupNames(directory).map(asWord)]
    case 'author':
      return [{ name: 'me', handle: 'me' }, ...contactNames(directory, () => true)]
    case 'request':
      return contactNames(directory, ({ state }) => state === 'incoming')
    case 'nearby':
      return directory.nearby
        .filter(({ contact }) => contact === null || contact === 'incoming')
        .map((node) => ({ name: printable(node.name), handle: nearbyHandle(node) }))
    case 'group':
      return groupNames(directory).map(asWord)
    case 'message':
      return NEWEST.map(asItIs)
    case 'alerts':
      return NOTIFY_WORDS.map(asItIs)
    case 'topic':
      return [...Object.keys(TOPICS), ...COMMANDS.map(({ name }) => name)].map(asItIs)
  }
}

function asItIs(name: string): Candidate {
  return { name, handle: name }
}

/** Where it is one of several words, a name with spaces stands in quotes. */
function asWord({ name, handle }: Candidate): Candidate {
  return { name, handle: /\s/.test(handle) && !handle.includes('"') ? `"${handle}"` : handle }
}

function groupNames(directory: Directory): Candidate[] {
  return directory.groups.map((group) => {
    const handle = directory.groupHandle(group)
    return { name: handle, handle }
  })
}

function contactNames(directory: Directory, isWanted: (contact: Contact) => boolean): Candidate[] {
  return directory.contacts
    .filter(isWanted)
    .map((contact) => ({ name: nameOf(contact), handle: directory.handle(contact) }))
}

/** Hits are whole (quoted where the name has spaces), whether or not a quote was typed. */
function names(line: string, prefix: string, typed: string, all: readonly Candidate[]): Completion {
  const wanted = typed.toLowerCase()
  const isMeant = (text: string): boolean => text.toLowerCase().startsWith(wanted)
  const hits = all
    .filter(({ name, handle }) => isMeant(name) || isMeant(handle))
    .map(({ handle }) => `${prefix}${handle} `)
  return [[...new Set(hits)], line]
}

function matching(all: readonly string[], typed: string): Completion {
  const wanted = typed.toLowerCase()
  return [all.filter((name) => name.toLowerCase().startsWith(wanted)), typed]
}
