// The commands as the manual shows them, read from what commander knows: usage, arguments, options,
// and the examples of their help.
import type { Command, Help } from 'commander'

export interface Term {
  readonly term: string
  readonly description: string
}

export interface CommandPage {
  /** `contact add` */
  readonly path: string
  readonly usage: string
  /** A few words. */
  readonly summary: string
  readonly description: string
  readonly args: readonly Term[]
  readonly options: readonly Term[]
  readonly examples: readonly string[]
  /** What else its help says, in lines; may be empty. */
  readonly notes: string
}

/** Every command that does something, in the order of the help. */
export function pagesOf(program: Command): CommandPage[] {
  return commandsOf(program).map((command) => pageOf(command))
}

/** The same by their names alone. */
export function leavesOf(program: Command): string[] {
  return pagesOf(program).map(({ path }) => path)
}

/** The options that all commands take. */
export function globalOptions(program: Command): Term[] {
  const help = program.createHelp()
  return help.visibleOptions(program).map((option) => optionTerm(help, option))
}

function commandsOf(parent: Command): Command[] {
  const visible = parent.createHelp().visibleCommands(parent)
  // The help beside each group's commands is commander's own.
  return parent.commands
    .filter((command) => visible.includes(command))
    .flatMap((command) => (command.commands.length > 0 ? commandsOf(command) : [command]))
}

function pageOf(command: Command): CommandPage {
  const help = command.createHelp()
  const words: string[] = []
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name())
  return {
    path: words.join(' '),
    usage: help.commandUsage(command),
    summary: command.summary(),
    description: command.description(),
    args: help.visibleArguments(command).map((argument) => ({
      term: argument.name(),
      description: help.argumentDescription(argument),
    })),
    options: help
      .visibleOptions(command)
      .filter((option) => option.long !== '--help')
      .map((option) => optionTerm(help, option)),
    ...behindHelp(command),
  }
}

function optionTerm(help: Help, option: Parameters<Help['optionTerm']>[0]): Term {
  return { term: help.optionTerm(option), description: help.optionDescription(option) }
}

/** What stands behind the help is text: lines that a person can type, and what else is to know. */
function behindHelp(command: Command): Pick<CommandPage, 'examples' | 'notes'> {
  let text = ''
  command.configureOutput({ writeOut: (words) => (text += words) })
  command.outputHelp()
  const behind = text.slice(command.helpInformation().length)
  const block = /^Examples:\n((?: {2}\$ .*\n?)+)/m
  const [, examples = ''] = block.exec(behind) ?? []
  return {
    examples: [...examples.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line),
    notes: behind.replace(block, '').trim(),
  }
}
