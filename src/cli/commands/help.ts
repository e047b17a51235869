// `help [TOPIC]`: the help of a command, or a page about what several commands share.
import type { Command } from 'commander'

import { TidingsError } from '../../core/errors.ts'
import { nearest } from '../nearest.ts'
import { topicList, TOPICS } from '../topics.ts'
import type { Bind } from './action.ts'

export function addHelpCommand(program: Command, bind: Bind): void {
  program.helpCommand(false)
  const help = program
    .command('help')
    .argument('[topic...]', `a command, or: ${Object.keys(TOPICS).join(', ')}`)
    .summary('Explain a command or a topic')
    .description('Explain a command, or one of these topics:')
    .addHelpText('after', `\nTopics:\n${topicList()}`)
  program.addHelpText('after', `\nTopics for "tidings help TOPIC":\n${topicList()}`)
  bind(help, async ({ output, given }) => {
    const page = helpOn(program, given[0] as readonly string[])
    if (typeof page === 'string') await output.write(page)
    else page.outputHelp()
  })
}

/** @throws `unknown_command` with the nearest topic */
function helpOn(program: Command, words: readonly string[]): string | Command {
  const topic = words.length === 1 ? TOPICS[words[0] ?? ''] : undefined
  if (topic) return `${topic.text}\n`
  let command = program
  for (const [at, word] of words.entries()) {
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (!next) {
      const topics = at === 0 ? Object.keys(TOPICS) : []
      const commands = command.createHelp().visibleCommands(command)
      const meant = nearest(word, [...commands.map((each) => each.name()), ...topics])
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
      throw new TidingsError('unknown_command', `there is no help on "${words.join(' ')}"${hint}`)
    }
    command = next
  }
  return command
}
