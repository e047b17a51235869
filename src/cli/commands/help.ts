// `help [TOPIC]`: the help of a command, or a page about what several commands share.
import type { Command } from 'commander'

import { TidingsError } from '../../core/errors.ts'
import { nearest } from '../nearest.ts'
import type { Bind } from './action.ts'

interface Topic {
  readonly summary: string
  readonly text: string
}

const TOPICS: Readonly<Record<string, Topic>> = {
  who: {
    summary: 'how to name people and conversations',
    text: `WHO is any of these:
  bob                 the name of a contact, or of a node nearby
  @bob                the same; needed where a name could be something else
  k3vx...             an account id, or the beginning of it
  tidings:...         an invite link (see "tidings invite")
  192.168.1.20:4001   host and port, or a multiaddr; of somebody new only for
                      "contact add"

Names are not identities: when more than one account carries a name, nothing is
guessed. Give the beginning of the account id instead ("tidings contacts"). A name
that looks like that of a contact and is another account's is marked: compare the
safety number ("tidings contact verify").`,
  },
  scripts: {
    summary: 'JSON, exit codes, and how a bot misses nothing',
    text: `With --json, results are one array or object on standard output, one object a
line for streams; errors are {"error":{"code":"...","message":"..."}} on standard
error. Codes are stable, messages are not.

Exit codes: 0 done, 1 failed, 2 usage, 3 no node runs, 4 locked or wrong password,
5 not delivered within --wait, 130 interrupted.

"tidings send TO" without a text sends each line of standard input as a message; with
--file FILE, or --file - for standard input, all of it as one.

Every event of "tidings tail --json" has a cursor. Keep that of the last event you
handled and pass it as --since: nothing is missed, whatever is restarted or killed. The
one that was being handled just then comes again; message ids tell it apart.

  [ -s cursor ] || tidings tail --cursor > cursor
  tidings tail --json --since "$(cat cursor)" | while IFS= read -r event; do
    printf '%s\\n' "$event" | jq -r 'select(.type == "message") | .message.text'
    printf '%s\\n' "$event" | jq -r .cursor > cursor.new && mv cursor.new cursor
  done

It ends when the node stops (exit code 3): have it started again.

A text that begins with a dash goes behind two: tidings send @bob -- -5 degrees`,
  },
  files: {
    summary: 'profiles, folders, configuration',
    text: `"tidings paths" shows where everything of a profile lies. --home DIR (or
TIDINGS_HOME) puts all of it into one folder. --profile NAME (or TIDINGS_PROFILE)
chooses among the users of this machine.

"tidings profile export FILE" writes a backup, encrypted with a password: account key,
contacts and history. "tidings profile import FILE" makes a profile of it, as a new
device of the same person. To copy the files themselves instead, stop the node first.
"tidings export" writes a conversation as text, not encrypted, and "tidings archive
import" takes it to look at; archives are not in backups.

Settings: a flag wins over the environment (TIDINGS_LISTEN, TIDINGS_ACCEPT,
TIDINGS_LOG, TIDINGS_NOTIFY, TIDINGS_QUIET_HOURS), which wins over the configuration
file, which is TOML; its settings are listed with their defaults in
config/default.toml of the program's folder.`,
  },
}

export function addHelpCommand(program: Command, bind: Bind): void {
  program.helpCommand(false)
  const topics = Object.entries(TOPICS)
    .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
    .join('\n')
  const help = program
    .command('help')
    .argument('[topic...]', 'a command, or: who, scripts, files')
    .summary('Explain a command or a topic')
    .description('Explain a command, or one of these topics:')
    .addHelpText('after', `\nTopics:\n${topics}`)
  program.addHelpText('after', `\nTopics for "tidings help TOPIC":\n${topics}`)
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
  for (const word of words) {
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (!next) {
      const known = [...command.commands.map((each) => each.name()), ...Object.keys(TOPICS)]
      const meant = nearest(word, known)
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
      throw new TidingsError('unknown_command', `there is no help on "${words.join(' ')}"${hint}`)
    }
    command = next
  }
  return command
}
