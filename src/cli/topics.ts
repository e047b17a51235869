// What `help TOPIC` explains beside the commands, also in the manual. Kept to lines of 79 columns.
import { ENVIRONMENT } from '../core/environment.ts'
import { ERROR_CODES, type ErrorCode, EXIT_CODES } from '../core/errors.ts'
import { wrapWords } from './width.ts'

export interface Topic {
  readonly summary: string
  readonly text: string
}

const COLUMNS = 79
/** Behind the longest variable. */
const MEANING_COLUMN = 26

export const TOPICS: Readonly<Record<string, Topic>> = {
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
    summary: 'JSON, and how a bot misses nothing',
    text: `With --json, results are one array or object on standard output, one object a
line for streams; errors are {"error":{"code":"...","message":"..."}} on standard
error. Codes are stable, messages are not; "tidings help exit-codes" lists them.

"tidings status --json" tells the apiVersion. It rises when something that was
there changes its meaning or goes; what is new comes without that, so skip what
you do not know. docs/api.schema.json of the program's folder describes every
result as JSON Schema, docs/API.md in words.

"tidings send TO" without a text sends each line of standard input as a message; with
--file FILE, or --file - for standard input, all of it as one.

Every event of "tidings tail --json" has a cursor. Keep that of the last event you
handled and pass it as --since: nothing is missed, whatever is restarted or killed. The
one that was being handled just then comes again, and so does what a disk lost once others
bring it back; message ids tell both apart. That holds for messages, their changes,
requests and contacts. Who is online, what was read, invitations to groups and the like
are told as they happen: after a start ask "tidings contacts", "tidings conversations"
and "tidings group list".

  [ -s cursor ] || tidings tail --cursor > cursor
  tidings tail --json --since "$(cat cursor)" | while IFS= read -r event; do
    printf '%s\\n' "$event" | jq -r 'select(.type == "message") | .message.text'
    printf '%s\\n' "$event" | jq -r .cursor > cursor.new && mv cursor.new cursor
  done

It ends when the node stops: have it started again. The exit code of tail is 3 then, that
of the pipe only after "set -o pipefail".

A text that begins with a dash goes behind two: tidings send @bob -- -5 degrees`,
  },
  files: {
    summary: 'profiles, folders, configuration',
    text: `"tidings paths" shows where everything of a profile lies. --home DIR puts all of
it into one folder. --profile NAME chooses among the users of this machine.

"tidings profile export FILE" writes a backup, encrypted with a password: account key,
contacts and history. "tidings profile import FILE" makes a profile of it, as a new
device of the same person. To copy the files themselves instead, stop the node first.
"tidings export" writes a conversation as text, not encrypted, and "tidings archive
import" takes it to look at; archives are not in backups.

Settings: a flag wins over the environment ("tidings help environment"), which wins
over the configuration file, which is TOML; its settings are listed with their
defaults in config/default.toml of the program's folder.`,
  },
  environment: {
    summary: 'the environment variables that count',
    text: `A flag wins over a variable, a variable over the configuration file. One that is
empty counts as not set.

${variables()}`,
  },
  'exit-codes': {
    summary: 'exit codes, and the error codes behind them',
    text: `${exitCodes()}

"tidings doctor" and "tidings status" are 3 without a node, and print a result all
the same. So does "tidings doctor" that finds something wrong, which is 1; it is 0
where its conclusion is that nothing is. With --json an error tells its code:
{"error":{"code":"no_daemon","message":"..."}}`,
  },
}

/** The topics with their summaries, a line each. */
export function topicList(): string {
  const width = Math.max(...Object.keys(TOPICS).map((name) => name.length)) + 2
  return Object.entries(TOPICS)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`)
    .join('\n')
}

/** The error codes of an exit code. */
export function errorCodesOf(exit: number): ErrorCode[] {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[]
  return codes.filter((code) => ERROR_CODES[code].exit === exit)
}

function variables(): string {
  return Object.entries(ENVIRONMENT)
    .map(([name, meaning]) => entry(name, MEANING_COLUMN, meaning))
    .join('\n')
}

function exitCodes(): string {
  const blocks = Object.entries(EXIT_CODES).map(([exit, meaning]) => {
    const codes = errorCodesOf(Number(exit)).join(', ')
    const indent = ' '.repeat(8)
    const behind = codes === '' ? [] : wrapWords(codes, COLUMNS - 8).map((line) => indent + line)
    return [entry(exit, 8, meaning), ...behind].join('\n')
  })
  return blocks.join('\n')
}

/** A word and behind it, from a column on, what it means. */
function entry(word: string, column: number, meaning: string): string {
  const indent = `\n${' '.repeat(column)}`
  return `  ${word}`.padEnd(column) + wrapWords(meaning, COLUMNS - column).join(indent)
}
