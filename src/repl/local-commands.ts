// The commands that concern only this screen; those of the API's table are in `commands.ts`.
import { EXPORT_FORMATS } from '../cli/export-formats.ts'
import { NOTIFY_WORDS } from './alert-rule.ts'
import type { ReplCommand, ReplOption } from './command-types.ts'

/** A command of this screen. */
export interface LocalCommand extends ReplCommand {
  readonly name: LocalName
}

export type LocalName =
  | 'requests'
  | 'open'
  | 'close'
  | 'next'
  | 'switch'
  | 'editor'
  | 'me'
  | 'reply'
  | 'export'
  | 'jump'
  | 'earlier'
  | 'later'
  | 'notify'
  | 'logout'
  | 'quit'
  | 'help'

const LIMIT: ReplOption = { name: 'limit', flag: 'limit', type: 'number', summary: 'how many' }

export const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    name: 'requests',
    summary: 'List who asks to become your contact',
    args: [],
    options: [],
    examples: ['/requests'],
  },
  {
    name: 'open',
    summary: 'Open a conversation: what you type then goes there',
    args: [{ name: 'who', required: true, completes: 'conversation' }],
    options: [],
    examples: ['/open bob', '/open #crew', '@bob'],
  },
  {
    name: 'close',
    summary: 'Close the open conversation',
    args: [],
    options: [],
    examples: ['/close'],
  },
  {
    name: 'next',
    summary: 'Open the next conversation with something unread, mentions first',
    args: [],
    options: [],
    examples: ['/next'],
  },
  {
    name: 'switch',
    summary: 'Open a conversation by its number, or list the numbers',
    args: [{ name: 'which', required: false, suggests: ['next', 'previous'] }],
    options: [],
    examples: ['/switch', '/switch 2', '/switch next', '/switch previous'],
    detail:
      'A number stays with its conversation for as long as the screen is open; 0 is the tenth.',
  },
  {
    name: 'editor',
    summary: 'Write a long message with the program in EDITOR',
    args: [],
    options: [],
    examples: ['/editor'],
    detail:
      'It begins with what you typed in the conversation before and did not send. On the full ' +
      'screen the text then stands in the line; in plain mode it is sent when the program ends, ' +
      'unless you wrote nothing.',
  },
  {
    name: 'me',
    summary: 'Say what you do, in the third person',
    args: [{ name: 'text', required: true, completes: 'text' }],
    options: [],
    examples: ['/me waves'],
  },
  {
    name: 'reply',
    summary: 'Answer a message of the open conversation, with a quote of it',
    args: [
      { name: 'which', required: false, completes: 'message' },
      { name: 'text', required: true, completes: 'text' },
    ],
    options: [],
    examples: ['/reply At four.', '/reply ^2 That one I meant.'],
    detail:
      'Without more it answers the newest message that is not yours; ^2 is the one before it, ^3 ' +
      'the one before that. The id of a message, as "tidings history --json" shows it, names any.',
  },
  {
    name: 'export',
    summary: 'Write a whole conversation into a file, oldest first',
    args: [{ name: 'conversation', required: true, completes: 'conversation' }],
    options: [
      {
        name: 'output',
        flag: 'output',
        type: 'string',
        summary: 'the file, which appears when it is whole',
        completes: 'file',
      },
      {
        name: 'format',
        flag: 'format',
        type: 'string',
        summary: EXPORT_FORMATS.join(', '),
        choices: EXPORT_FORMATS,
      },
      {
        name: 'since',
        flag: 'since',
        type: 'string',
        summary: 'only what was sent from this day or time on',
      },
      {
        name: 'until',
        flag: 'until',
        type: 'string',
        summary: 'only what was sent up to the end of this day',
      },
      { name: 'force', flag: 'force', type: 'boolean', summary: 'replace a file that is there' },
    ],
    examples: ['/export bob --output bob.jsonl', '/export --output may.md --format markdown'],
    detail:
      'The file is not encrypted. What is missing or not readable is said in its place, and ' +
      'here. "tidings archive import" takes the form jsonl, which is the one without --format.',
  },
  {
    name: 'jump',
    summary: 'Show a message that /search found, with what was said around it',
    args: [{ name: 'number', required: true }],
    options: [],
    examples: ['/jump 2'],
  },
  {
    name: 'earlier',
    summary: 'Show what was said before the messages that were shown last',
    args: [],
    options: [LIMIT],
    examples: ['/earlier', '/earlier --limit 100'],
    detail: 'Goes on from an opened conversation, /history or /jump, as far back as you like.',
  },
  {
    name: 'later',
    summary: 'Show what was said after the messages that were shown last',
    args: [],
    options: [LIMIT],
    examples: ['/later'],
  },
  {
    name: 'notify',
    summary: 'Show or change, for this sitting, what rings while you look elsewhere',
    args: [{ name: 'setting', required: false, suggests: NOTIFY_WORDS }],
    options: [],
    examples: ['/notify', '/notify off', '/notify mentions', '/notify 22:00-07:00'],
    detail:
      'On and off, or of which messages: "direct" are those of contacts and what mentions you in ' +
      'a group, "mentions" only the latter, "all" every message. Times of the day are quiet ' +
      'hours, several with commas between; "anytime" ends them. For good it is set in the ' +
      'configuration file; /help alerts tells more.',
  },
  {
    name: 'logout',
    summary: 'Leave and lock the profile',
    args: [],
    options: [],
    examples: ['/logout'],
    detail:
      'A node that runs inside this program is stopped. A daemon of a profile with a password is ' +
      'stopped too, since as long as it runs anybody at this account can read and write without ' +
      'the password; the next start asks for it. A daemon of a profile without a password goes ' +
      'on: it has nothing to lock, and messages keep arriving.',
  },
  {
    name: 'quit',
    summary: 'Leave; a daemon goes on, a node inside this program stops',
    args: [],
    options: [],
    examples: ['/quit'],
  },
  {
    name: 'help',
    summary: 'Tell what one needs first, or of a topic or a command; "all" of all',
    args: [{ name: 'topic', required: false, completes: 'topic' }],
    options: [],
    examples: ['/help', '/help groups', '/help add', '/help start', '/help all'],
  },
]
