// Keys as a terminal sends them, read by the decoder that the REPL uses.
import { emitKeypressEvents } from 'node:readline'
import { PassThrough } from 'node:stream'

import type { Key } from '../../src/repl/terminal/keys.ts'

const control = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 0x1f)
const CONTROLS = [...'abdefgknprtuwy_^'].map((letter) => [`C-${letter}`, control(letter)])
const ALTS = [...'bdfy_'].map((letter) => [`M-${letter}`, `\x1b${letter}`])

/** What a terminal sends for a chord. */
export const BYTES: ReadonlyMap<string, string> = new Map([
  ...(CONTROLS as [string, string][]),
  ...(ALTS as [string, string][]),
  ['left', '\x1b[D'],
  ['right', '\x1b[C'],
  ['up', '\x1b[A'],
  ['down', '\x1bOB'],
  ['home', '\x1b[H'],
  ['end', '\x1b[4~'],
  ['C-left', '\x1b[1;5D'],
  ['C-right', '\x1b[1;5C'],
  ['C-home', '\x1b[1;5H'],
  ['C-end', '\x1b[1;5F'],
  ['C-delete', '\x1b[3;5~'],
  ['C-backspace', '\x1b[8;5~'],
  ['M-delete', '\x1b[3;3~'],
  ['M-backspace', '\x1b\x7f'],
  ['M-return', '\x1b\r'],
  ['M-enter', '\x1b\n'],
  ['S-return', '\x1b[13;2u'],
  ['backspace', '\x7f'],
  ['delete', '\x1b[3~'],
  ['enter', '\n'],
  ['return', '\r'],
])

/** The keys of what a terminal sends. */
export function decoded(bytes: string): Key[] {
  const input = new PassThrough()
  const keys: Key[] = []
  emitKeypressEvents(input)
  input.on('keypress', (_text: string | undefined, key: Key) => keys.push(key))
  input.emit('data', Buffer.from(bytes))
  input.destroy()
  return keys
}

/** The key of a chord, or of a character. */
export function keyOf(chord: string): Key {
  // No terminal in use sends it, but the decoder would have a name for it.
  if (chord === 'C-backspace') return { name: 'backspace', ctrl: true, sequence: '\x1b[8;5~' }
  if (chord === 'escape') return { name: 'escape', meta: true, sequence: '\x1b' }
  return decoded(BYTES.get(chord) ?? chord)[0] ?? {}
}
