// What `/help TOPIC` explains beside the commands. Kept to lines of 79 columns.
import { PLAIN_HELP, plainKeyHelp } from './plain-help.ts'
import { keyHelp } from './terminal/keys.ts'

export interface Topic {
  readonly summary: string
  readonly text: string
  /** What is so where words stand in place of signs, and no keys do anything. */
  readonly plain?: string
}

export const TOPICS: Readonly<Record<string, Topic>> = {
  start: {
    summary: 'the first steps, ticked as you take them',
    text: `Whoever runs tidings on this network appears in /nearby. Ask them with /add
NAME; when they accept, @NAME opens the conversation, and what you type goes
there.`,
  },
  talk: {
    summary: 'how to open a conversation and send',
    text: `@bob              opens the conversation with bob; the prompt names it
Lunch?            sends to the open conversation
@carol Lunch?     sends to carol and leaves the open conversation open
@"Bob Lab" Hi     a name with spaces; without quotes it works for known names
/reply Yes.       answers the newest message of theirs, with a quote of it
/me waves         says what you do: "* ann waves"
//etc/hosts       sends text that begins with a slash: "/etc/hosts"
@@home, ##1       the same for "@home" and "#1": the first sign is doubled
/close            closes the open conversation

Enter sends. Alt+Enter begins another line of the same message, and what is
pasted is not sent before Enter, however many lines it has. Where lines come
through a pipe, each is a message of its own.
What you type and do not send is kept as a draft: Ctrl+C puts it aside, leaving
does too, and opening the conversation again brings it back; where you typed
already, once that is sent. While you type, the other side sees that you do;
/tell typing off keeps it to yourself.
The number in the prompt is how many messages you have not read; /conversations
tells where, /mute NAME keeps one quiet.
A message that arrives for another conversation shows its sender with an at
sign, as you would type it to answer: "14:02 @carol: Hello".`,
  },
  marks: {
    summary: 'what the signs behind your messages mean',
    text: `(queued)      on the disk of this machine, waiting for your contact to be there
✓ delivered   on the disk of your contact's machine
✓✓ read       your contact has seen it
Without these signs the words stand there. A message that was accepted is
never lost: it is delivered as soon as your contact is online.`,
  },
  alerts: {
    summary: 'what is pointed out while you look elsewhere',
    text: `Messages of contacts, and what mentions you in a group, ring the bell of the
terminal, at most once a second, and appear as a notification of the desktop,
where there is "notify-send" (macOS needs none) and not over SSH; several that
come together share one. The terminal tells whether you look at it, if it can:
then nothing rings for the conversation that is open in front of you, and
nothing appears at all. Muted conversations stay quiet. What was missed while a
node was away is told once, when all of it is here. Where the profile has a
password, or messages disappear, a notification says who and not what.

/notify           shows how it is set
/notify off       nothing in this sitting; "on" ends that
/notify mentions  only what mentions you; or "all", or "direct" as at first
/notify 22:00-07:00, 12:00-13:00    quiet hours, local time; "anytime" for none

For good it stands in the configuration file ("tidings paths" tells where):
  [notify]
  when = "direct"
  text = false        who wrote, and not what
  quiet_hours = "22:00-07:00"`,
  },
  names: {
    summary: 'how to write whom you mean',
    text: `A name, in any case, or its beginning if no other begins so; in quotes if it
has spaces. Where two people carry one name, the short id in parentheses
behind it takes its place: @k3jf92ab; also where a name cannot be typed, since
it has quotes in it. Names prove nothing: compare safety numbers with /verify,
and use /rename for the name that you want to see.`,
  },
  keys: {
    summary: 'keys for going about and for editing',
    text: keyHelp(),
    plain: plainKeyHelp(),
  },
  plain: {
    summary: 'lines of words for screen readers and pipes, and commands for keys',
    text: PLAIN_HELP,
  },
}
