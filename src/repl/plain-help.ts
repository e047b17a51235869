// What `/help plain` explains, and `/help keys` where keys do nothing. Kept to lines of 79 columns.
import { BINDINGS, type KeyAction } from './terminal/keys.ts'

/** What to type in place of a key; undefined where nothing has to take its place. */
const INSTEAD: Readonly<Record<KeyAction, string | undefined>> = {
  tab: '/switch and the number, 0 for the tenth',
  previous: '/switch previous',
  next: '/switch next',
  unread: '/next',
  home: '/close',
  pageUp: '/earlier',
  pageDown: '/later',
  editor: '/editor',
  complete: 'nothing: of a name its beginning is enough',
  redraw: undefined,
  // The terminal's own keys do the same.
  suspend: undefined,
  interrupt: undefined,
}

export const PLAIN_HELP = `\
tidings --plain writes lines and draws nothing, for screen readers: one event
on a line, words in place of signs, no colour, no escapes. TIDINGS_PLAIN=1 does
the same, and in the configuration file ("tidings paths" tells where):
  [repl]
  plain = true
So it is through a pipe too, and on a terminal that understands no escapes.

Where others press keys, type:
/next             the next conversation with something unread
/switch           the conversations by number; /switch 2 opens the second,
                  /switch next and /switch previous those beside it
/close            closes the open conversation
/earlier, /later  what was said before and after what was shown last
/editor           writes a message with the program in EDITOR, and sends it
\\ at the end      of a line: the message goes on in the next one; two for one
Of a name its beginning is enough.

The prompt tells to whom you write: "To bob:", or "Command:" when no
conversation is open. It is said when your line was taken, and not again for
what comes meanwhile: that takes lines of its own, and you type on. The
terminal's own Ctrl+R shows what you have typed of the line; Ctrl+U takes it
back, as Ctrl+C does, which leaves when you press it twice. A terminal takes
lines of some 4,000 bytes: longer ones are not sent. They are for /editor, as
are several lines to paste: each would be a message of its own.`

/** `Alt+A   /next` for each key of the full screen that something takes the place of. */
export function plainKeyHelp(): string {
  const rows = BINDINGS.flatMap(({ keys, acts, edits }) => {
    const actions = [...new Set(Object.values(acts ?? {}))]
    const instead = actions.flatMap((action) => INSTEAD[action] ?? [])
    if (edits?.includes('M-return')) instead.push('\\ at the end of the line')
    return instead.length > 0 ? [{ keys, instead: instead.join(', ') }] : []
  })
  const columns = Math.max(...rows.map(({ keys }) => keys.length)) + 2
  return [
    'The keys of the full screen do nothing here. Type in their place:',
    ...rows.map(({ keys, instead }) => keys.padEnd(columns) + instead),
    "The terminal's own keys go on: Enter sends, Backspace erases, Ctrl+U takes the",
    'line back, Ctrl+R shows it; Ctrl+C takes it back, twice leaves; Ctrl+D leaves.',
    '/help plain tells more.',
  ].join('\n')
}
