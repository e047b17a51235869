// The environment variables that this program heeds, in one list: `tidings help environment`, the
// manual and the code that reads them are made from it, so that none is heeded in silence.

/** What each variable does. In the order in which help shows them. */
export const ENVIRONMENT = {
  TIDINGS_PROFILE: 'whose node, where --profile does not say it; else "default"',
  TIDINGS_HOME: 'one folder for everything, sockets included, where --home does not name it',
  TIDINGS_CONFIG: 'the configuration file, where --config does not name it',
  TIDINGS_LISTEN: 'where to listen, where --listen does not say it; separated by commas',
  TIDINGS_ACCEPT: 'what to do with contact requests, where --accept does not say it',
  TIDINGS_LOG: 'how much to log, where --log does not say it',
  TIDINGS_NOTIFY: 'of which messages the chat alerts: all, direct, mentions or none',
  TIDINGS_PLAIN: '1: the chat in lines of words, as with --plain; 0: on the full screen',
  TIDINGS_QUIET_HOURS: 'hours at which it does not, like "22:00-07:00", or "none"',
  XDG_CONFIG_HOME: 'Linux: the folder of the configuration; else ~/.config',
  XDG_DATA_HOME: 'Linux: the folder of keys and databases; else ~/.local/share',
  XDG_STATE_HOME: 'Linux: the folder of logs and of what was typed; else ~/.local/state',
  XDG_RUNTIME_DIR:
    'the folder of control sockets, if it is yours; else that of the login, or a private one in ' +
    'that of TMPDIR',
  HOME: 'where these folders are, as far as no variable above says it',
  TMPDIR: 'the folder of temporary files; else /tmp',
  VISUAL: 'the editor for long texts in the chat, with its options; before EDITOR, else vi',
  EDITOR: 'the same',
  PATH: 'where that editor, and what shows notifications on the desktop, are found',
  SSH_CONNECTION: 'set, as in a session over SSH: no notifications on the desktop',
  NO_COLOR: 'set to anything: no colour',
  FORCE_COLOR: 'colour in the results of commands also where no terminal reads them',
  TERM: 'what the terminal can do; "dumb": the chat is as with --plain',
  LC_ALL: 'the locale, before LC_CTYPE and LANG: without UTF-8 signs are of ASCII only',
  LC_CTYPE: 'the same, before LANG',
  LANG: 'the same',
  TZ: 'the time zone that times are shown in',
  MALLOC_ARENA_MAX: 'Linux: how the node uses memory; it chooses where this is not set',
  MALLOC_MMAP_THRESHOLD_: 'the same',
  MALLOC_TRIM_THRESHOLD_: 'the same',
} as const

export type Variable = keyof typeof ENVIRONMENT

/** Of a variable that is empty nothing is heeded, as if it were not set. */
export function readVariable(
  env: Readonly<Record<string, string | undefined>>,
  name: Variable,
): string | undefined {
  return env[name] || undefined
}
