// The commands by what they are about, in the order in which help tells of them.

export interface CommandTopic {
  /** What the page is called. */
  readonly title: string
  /** Where there is room for little. */
  readonly summary: string
  readonly commands: readonly string[]
}

const named = (names: string): string[] => names.split(', ')

export const COMMAND_TOPICS: Readonly<Record<string, CommandTopic>> = {
  people: {
    title: 'People: who is here, and who is a contact of yours',
    summary: 'who is here, contacts',
    commands: named(
      'nearby, add, requests, accept, reject, contacts, invite, whois, verify, rename, ' +
        'block, unblock, remove',
    ),
  },
  conversations: {
    title: 'Conversations: opening them, what is unread, what is quiet',
    summary: 'opening, unread, quiet',
    commands: named('open, close, next, switch, conversations, read, mute, unmute, notify'),
  },
  messages: {
    title: 'Messages: answering, and changing what was said',
    summary: 'answering, changing',
    commands: named('reply, me, editor, edit, delete, undo, react, pin, unpin, pins, edits'),
  },
  groups: {
    title: 'Groups: making them, joining them, their members',
    summary: 'making and joining them',
    commands: named(
      'group create, group invite, group join, group leave, group list, group members, ' +
        'group nearby, group open, group rename, group topic, group promote, group demote, ' +
        'group remove',
    ),
  },
  finding: {
    title: 'Finding: what was said, also long ago',
    summary: 'what was said before',
    commands: named('search, jump, history, earlier, later'),
  },
  keeping: {
    title: 'Keeping: copies of conversations, and how long and how much is kept',
    summary: 'copies, and how long',
    commands: named(
      'export, archive import, archive list, archive show, archive remove, disappear, quota',
    ),
  },
  node: {
    title: 'This node: how it is doing, and who you are',
    summary: 'how it is, who you are',
    commands: named('status, doctor, sync, whoami, name, tell, help'),
  },
  leaving: {
    title: 'Leaving: what goes on without you, and what is locked',
    summary: 'what goes on then',
    commands: named('quit, logout'),
  },
}

/** What one needs first. */
export const FIRST_COMMANDS = named(
  'nearby, add, accept, contacts, conversations, reply, search, group create, help, quit',
)
