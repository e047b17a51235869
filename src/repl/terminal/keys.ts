// What keys mean on a terminal beside editing the line: one table, from which the keys are known
// and help is made.

/** A key as readline's decoder tells it. */
export interface Key {
  readonly sequence?: string
  readonly name?: string
  readonly ctrl?: boolean
  /** Alt, or Escape before it. */
  readonly meta?: boolean
  readonly shift?: boolean
}

export type KeyAction =
  | 'pageUp'
  | 'pageDown'
  | 'tab'
  | 'previous'
  | 'next'
  | 'unread'
  | 'home'
  | 'editor'
  | 'complete'
  | 'redraw'
  | 'suspend'
  | 'interrupt'

interface Binding {
  readonly keys: string
  readonly does: string
  readonly action?: KeyAction
  readonly is?: (key: Key) => boolean
}

const alt =
  (...names: readonly string[]) =>
  ({ meta, ctrl, name = '' }: Key): boolean =>
    meta === true && ctrl !== true && names.includes(name)
const ctrl =
  (letter: string) =>
  ({ ctrl: held, meta, name }: Key): boolean =>
    held === true && meta !== true && name === letter
const plain =
  (wanted: string) =>
  ({ ctrl: held, meta, name }: Key): boolean =>
    name === wanted && held !== true && meta !== true

/** In the order of help. */
export const BINDINGS: readonly Binding[] = [
  {
    keys: 'Alt+1 to Alt+0',
    does: 'the conversation of that number',
    action: 'tab',
    is: alt(...'0123456789'),
  },
  {
    keys: 'Alt+Left, Right',
    does: 'the one before, the one after',
    action: 'previous',
    is: alt('left'),
  },
  { keys: '', does: '', action: 'next', is: alt('right') },
  {
    keys: 'Alt+A',
    does: 'the next unread one, mentions first',
    action: 'unread',
    is: alt('a'),
  },
  { keys: 'Alt+H', does: 'back to where nobody is talked with', action: 'home', is: alt('h') },
  {
    keys: 'PgUp, PgDn',
    does: 'through what was said, also while typing',
    action: 'pageUp',
    is: plain('pageup'),
  },
  { keys: '', does: '', action: 'pageDown', is: plain('pagedown') },
  {
    keys: 'Tab',
    does: 'completes commands, names, options, files',
    action: 'complete',
    is: plain('tab'),
  },
  { keys: 'Up, Down', does: 'lines typed before; a space before one forgets it' },
  { keys: 'Ctrl+R', does: 'looks for words among them; again for an older one' },
  { keys: 'Alt+Enter, Ctrl+J', does: 'begins another line of the same message' },
  {
    keys: 'Alt+E',
    does: 'edits the text with the program in EDITOR',
    action: 'editor',
    is: alt('e'),
  },
  { keys: 'Ctrl+A, Ctrl+E', does: 'to the beginning, to the end' },
  { keys: 'Ctrl+W, Ctrl+U', does: 'erase a word, everything before the cursor' },
  { keys: 'Ctrl+L', does: 'draws the screen anew', action: 'redraw', is: ctrl('l') },
  {
    keys: 'Ctrl+Z',
    does: 'back to the shell; fg comes back here',
    action: 'suspend',
    is: ctrl('z'),
  },
  {
    keys: 'Ctrl+C',
    does: 'clears the line and keeps it as a draft; twice leaves',
    action: 'interrupt',
    is: ctrl('c'),
  },
  { keys: 'Ctrl+D', does: 'leaves' },
]

/** What a key is for on the screen; undefined for one that edits the line. */
export function actionOf(key: Key): KeyAction | undefined {
  return BINDINGS.find(({ is }) => is?.(key))?.action
}

/** `Alt+A   the next one …` */
export function keyHelp(): string {
  const shown = BINDINGS.filter(({ keys }) => keys !== '')
  const columns = Math.max(...shown.map(({ keys }) => keys.length)) + 2
  return shown.map(({ keys, does }) => keys.padEnd(columns) + does).join('\n')
}
