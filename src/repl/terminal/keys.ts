// What keys mean on a terminal: one table, from which those of the screen are known and help is
// made. A key goes by its chord, as in emacs: `C-w` with Ctrl, `M-b` with Alt, `left` by itself.

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
  /** Those that are for the screen, by chord. */
  readonly acts?: Readonly<Record<string, KeyAction>>
  /** The chords of those that edit the line (edit.ts, editor.ts). */
  readonly edits?: readonly string[]
}

/** Alt+1 to Alt+9, and Alt+0. */
const NUMBERED = Object.fromEntries([...'1234567890'].map((n) => [`M-${n}`, 'tab' as const]))

/** In the order of help. */
export const BINDINGS: readonly Binding[] = [
  { keys: 'Alt+1 to Alt+0', does: 'the conversation of that number', acts: NUMBERED },
  {
    keys: 'Alt+Left, Right',
    does: 'the one before, the one after',
    acts: { 'M-left': 'previous', 'M-right': 'next' },
  },
  { keys: 'Alt+A', does: 'the next unread one, mentions first', acts: { 'M-a': 'unread' } },
  { keys: 'Alt+H', does: 'back to where nobody is talked with', acts: { 'M-h': 'home' } },
  {
    keys: 'PgUp, PgDn',
    does: 'through what was said, also while typing',
    acts: { pageup: 'pageUp', pagedown: 'pageDown' },
  },
  {
    keys: 'Enter',
    does: 'sends; pasted lines wait for it too',
    edits: ['return'],
  },
  {
    keys: 'Alt+Enter, Ctrl+J',
    does: 'begins another line of the same message',
    edits: ['M-return', 'M-enter', 'enter', 'S-return'],
  },
  {
    keys: 'Tab',
    does: 'completes commands, names, options, files',
    acts: { tab: 'complete' },
  },
  {
    keys: 'Up, Down, Ctrl+P, N',
    does: 'rows of the text, then what was typed before',
    edits: ['up', 'down', 'C-p', 'C-n'],
  },
  { keys: '', does: '(a space before a line forgets it)' },
  {
    keys: 'Ctrl+R',
    does: 'looks for words there; again: older; Esc ends it',
    edits: ['C-r', 'C-g', 'escape'],
  },
  {
    keys: 'Alt+E',
    does: 'edits the text with the program in EDITOR',
    acts: { 'M-e': 'editor' },
  },
  {
    keys: 'Left, Right, Ctrl+B, F',
    does: 'by a character',
    edits: ['left', 'right', 'C-b', 'C-f'],
  },
  {
    keys: 'Ctrl+Left, Right, Alt+B, F',
    does: 'by a word',
    edits: ['C-left', 'C-right', 'M-b', 'M-f'],
  },
  {
    keys: 'Home, End, Ctrl+A, E',
    does: 'to the beginning, the end of the line',
    edits: ['home', 'end', 'C-a', 'C-e'],
  },
  { keys: 'Ctrl+Home, End', does: 'of the whole text', edits: ['C-home', 'C-end'] },
  {
    keys: 'Backspace, Delete, Ctrl+H, D',
    does: 'erase a character',
    edits: ['backspace', 'delete', 'C-d'],
  },
  {
    keys: 'Ctrl+W',
    does: 'cuts what stands before the cursor, up to a space',
    edits: ['C-w'],
  },
  {
    keys: 'Alt+Backspace, Alt+D',
    does: 'cut the word before, behind the cursor',
    edits: ['M-backspace', 'C-backspace', 'M-d', 'M-delete', 'C-delete'],
  },
  {
    keys: 'Ctrl+U, Ctrl+K',
    does: 'cut the line before, behind the cursor',
    edits: ['C-u', 'C-k'],
  },
  {
    keys: 'Ctrl+Y, then Alt+Y',
    does: 'puts back what was cut, what was cut before that',
    edits: ['C-y', 'M-y'],
  },
  { keys: 'Ctrl+T', does: 'swaps two characters', edits: ['C-t'] },
  { keys: 'Ctrl+_, Alt+_', does: 'undoes, does again', edits: ['C-_', 'M-_', 'C-^'] },
  { keys: 'Ctrl+L', does: 'draws the screen anew', acts: { 'C-l': 'redraw' } },
  { keys: 'Ctrl+Z', does: 'back to the shell; fg comes back here', acts: { 'C-z': 'suspend' } },
  {
    keys: 'Ctrl+C',
    does: 'puts the line aside as a draft; twice leaves',
    acts: { 'C-c': 'interrupt' },
  },
  { keys: 'Ctrl+D', does: 'leaves, where nothing is typed' },
]

const ACTIONS: ReadonlyMap<string, KeyAction> = new Map(
  BINDINGS.flatMap(({ acts }) => Object.entries(acts ?? {})),
)

/** Keys that the decoder has no name for. */
const UNNAMED: ReadonlyMap<string, string> = new Map([
  ['\x1f', 'C-_'],
  ['\x1e', 'C-^'],
  ['\x1b_', 'M-_'],
  // Shift and Enter, from terminals that tell it.
  ['\x1b[13;2u', 'S-return'],
])
const ACTS = /\p{Cc}/u

/** `C-w`, `M-b`, `C-M-x`, `left`; empty for a key that has no name. */
export function chordOf({ sequence = '', name, ctrl, meta }: Key): string {
  const unnamed = UNNAMED.get(sequence)
  if (unnamed !== undefined) return unnamed
  if (name === undefined || name === 'undefined') return ''
  if (name === 'escape') return name
  return `${ctrl ? 'C-' : ''}${meta ? 'M-' : ''}${name}`
}

/** The text that a key types, if it does. */
export function typedBy({ sequence = '', ctrl, meta }: Key): string | undefined {
  return ctrl || meta || sequence === '' || ACTS.test(sequence) ? undefined : sequence
}

/** What a key is for on the screen; undefined for one that edits the line. */
export function actionOf(key: Key): KeyAction | undefined {
  return ACTIONS.get(chordOf(key))
}

/** `Alt+A   the next one …` */
export function keyHelp(): string {
  const columns = Math.max(...BINDINGS.map(({ keys }) => keys.length)) + 2
  const lines = BINDINGS.map(({ keys, does }) => keys.padEnd(columns) + does)
  return [...lines, '/help plain tells of commands that do the same.'].join('\n')
}
