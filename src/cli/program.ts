// The command line as commander knows it: global flags, a command for each method that has one, and
// those few that are more than a method.
import { Command } from 'commander'

import type { CallName } from '../api/client.ts'
import { type MethodName, METHODS, type MethodSpec } from '../api/methods.ts'
import { checkParams } from '../api/params.ts'
import { LOG_LEVELS } from '../api/running.ts'
import { addCommand, choiceOption, readNumber, readParams } from './arguments.ts'
import type { Action, Bind } from './commands/action.ts'
import { addCompletionCommands } from './commands/completion.ts'
import { addExportCommand, importArchive } from './commands/export.ts'
import { addHelpCommand } from './commands/help.ts'
import { addLogsCommand } from './commands/logs.ts'
import * as messages from './commands/messages.ts'
import { addNodeCommands, NODE_ACTIONS } from './commands/node.ts'
import { addProfileCommands } from './commands/profile.ts'
import { search } from './commands/search.ts'
import { send } from './commands/send.ts'
import { addServiceCommands } from './commands/service.ts'
import { watchNode } from './patience.ts'
import { RENDER } from './render.ts'

/** The commands that do more than call their method and show the result. */
const ACTIONS: Partial<Record<MethodName, Action>> = {
  ...NODE_ACTIONS,
  send,
  edit: messages.edit,
  tail: messages.tail,
  search,
  nearby: messages.nearby,
  invite: messages.invite,
  'archive.import': importArchive,
}

export function buildProgram(bind: Bind): Command {
  const program = new Command('tidings')
    .description('Chat with the people on your network. Without a command: the chat itself.')
    .option('--profile <name>', 'whose node, of the users of this machine (TIDINGS_PROFILE)')
    .option('--home <dir>', 'one folder for everything (TIDINGS_HOME)')
    .option('--config <file>', 'the configuration file (TIDINGS_CONFIG)')
    .option('--json', 'results and errors as JSON')
    .addOption(choiceOption('--log <level>', 'how much to log (TIDINGS_LOG)', LOG_LEVELS))
    .option('--no-input', 'never ask')
    .option('--plain', 'the chat in lines of words, for screen readers (TIDINGS_PLAIN)')
    .option('-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })

  addNodeCommands(program, bind)
  addLogsCommand(program, bind)
  addServiceCommands(program, bind)
  addProfileCommands(program, bind)
  for (const [name, spec] of Object.entries(METHODS) as [MethodName, MethodSpec][]) {
    if (!spec.command) continue
    const command = addCommand(program, name, spec)
    addOwnOptions(name, command)
    bind(command, ACTIONS[name] ?? plainCall(name as CallName, spec))
  }
  addExportCommand(program, bind)
  const archive = program.commands.find((command) => command.name() === 'archive')
  archive?.summary('Look at exported conversations').description('Manage archives.')
  const contact = program.commands.find((command) => command.name() === 'contact')
  contact?.summary('Ask, answer, block, rename, verify people').description('Manage contacts.')
  const group = program.commands.find((command) => command.name() === 'group')
  group?.summary('Make, join, and look after groups').description('Groups of people.')
  const repl = program.command('repl').summary('Open the chat')
  bind(repl.description('Open the chat, also where there is no terminal.'), openRepl)
  addCompletionCommands(program, bind)
  addHelpCommand(program, bind)
  return program
}

/** Options that are about the command and no parameter of the method. */
function addOwnOptions(name: MethodName, command: Command): void {
  if (name === 'nearby') command.option('--watch', 'go on with who comes and goes')
  if (name === 'tail') command.option('--cursor', 'only print the cursor of now, to go on from')
  if (name === 'send') addSendOptions(command)
  if (name === 'doctor') command.addHelpText('after', DOCTOR_EXITS)
}

const DOCTOR_EXITS = `
The exit code is 0 where nothing is wrong, 1 where something is or the node hangs, and 3
where no node runs. The result is printed all the same.`

function addSendOptions(command: Command): void {
  const states = ['delivered', 'read']
  command
    .addOption(choiceOption('--wait <state>', 'wait until it is delivered or read', states))
    .option('--timeout <seconds>', 'how long to wait (300)', readNumber)
    .option('--file <file>', 'send all of a file as one message; "-" is standard input')
    .addHelpText(
      'after',
      `
Without TEXT each line of standard input is a message, for as long as there are any;
empty lines are skipped. Each is reported once it is on disk. A line that cannot be
sent is named on standard error; the others go on, and the exit code is 1 in the end.
With --wait the end waits for the last one.`,
    )
}

function plainCall(name: CallName, spec: MethodSpec): Action {
  return async ({ context, output, given, options }) => {
    const params = checkParams(name, readParams(spec, given, options))
    await using client = await context.connect()
    using _watch = watchNode(context, client, output)
    const result = await client.call(name, params, { signal: context.signal })
    // The table pairs each name with its result; for a union the compiler cannot see it.
    await output.result(result, RENDER[name] as (result: unknown) => string)
  }
}

export const openRepl: Action = async ({ context }) => {
  context.releaseSignals()
  const { runRepl } = await import('../repl/main.ts')
  return runRepl(context)
}
