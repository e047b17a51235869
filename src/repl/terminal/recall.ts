// Lines typed before: going through them, where each may be changed and what was being written
// waits at the end, and looking for words among them. Pure.
import { characterBefore } from './borders.ts'
import { type EditState, lineIn, startEditing } from './edit-state.ts'
import { EMPTY_LINE, freshLine, replaced } from './line.ts'

/** A line that begins with a space is forgotten, as in a shell. */
export function isRemembered(line: string): boolean {
  return line.trim() !== '' && !line.startsWith(' ')
}

/** After the line was sent, or put aside: nothing is typed, and nothing can be undone. */
export function begunAnew(state: EditState, history: readonly string[]): EditState {
  return { ...startEditing(history), kills: state.kills }
}

/** The lines typed before and this one, each once. */
export function remembered(
  history: readonly string[],
  line: string,
  linesMax: number,
): readonly string[] {
  if (!isRemembered(line)) return history
  return [line, ...history.filter((other) => other !== line)].slice(0, linesMax)
}

/** Another line typed before in place of this one; -1 for the one being written. */
export function recalled(state: EditState, at: number): EditState {
  if (at < -1 || at >= state.history.length || at === state.at) return state
  const begun = new Map(state.begun)
  const isChanged = state.undo.length + state.redo.length > 0
  if (isChanged || (state.at < 0 && state.text !== '')) begun.set(state.at, lineIn(state))
  const line = begun.get(at) ?? (at < 0 ? EMPTY_LINE : freshLine(state.history[at] ?? ''))
  begun.delete(at)
  return { ...state, ...line, at, begun }
}

/** Begins to look for a line, or looks for an older one. */
export function searched(state: EditState): EditState {
  const { search } = state
  if (!search) {
    const before = { ...state, last: undefined }
    return { ...state, search: { words: '', found: -1, before } }
  }
  const { words, found } = search
  const next = words === '' ? -1 : find(state.history, words, found + 1)
  return next < 0 ? state : shown(search.before, words, next)
}

/** What was typed while looking for a line. */
export function narrowed(state: EditState, typed: string): EditState {
  return state.search ? lookedFor(state, state.search.words + typed) : state
}

/** One character less to look for. */
export function widened(state: EditState): EditState {
  const words = state.search?.words ?? ''
  return lookedFor(state, words.slice(0, characterBefore(words, words.length)))
}

/** Everything as it was before the search. */
export function givenUp(state: EditState): EditState {
  return state.search?.before ?? state
}

/** Goes on with the line that was found. */
export function accepted(state: EditState): EditState {
  return state.search ? { ...state, search: undefined } : state
}

function lookedFor(state: EditState, words: string): EditState {
  const { search } = state
  if (!search) return state
  const found = words === '' ? -1 : find(state.history, words, 0)
  if (found >= 0 || words === '') return shown(search.before, words, found)
  // What was found with fewer words stays in view.
  return { ...state, search: { ...search, words, found } }
}

function shown(before: EditState, words: string, found: number): EditState {
  const search = { words, found, before }
  if (found < 0) return { ...before, search }
  // It may have been changed since, and not sent.
  const line = recalled(before, found)
  return { ...replaced(line, [0, line.text.length], before.history[found] ?? ''), search }
}

function find(history: readonly string[], words: string, from: number): number {
  const wanted = words.toLowerCase()
  return history.findIndex((line, i) => i >= from && line.toLowerCase().includes(wanted))
}
