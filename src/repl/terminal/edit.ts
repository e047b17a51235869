// What keys do to the line being typed: those of every shell, as in emacs. Pure.
import { REPL_KILLS_MAX } from '../../core/limits.ts'
import {
  characterAfter,
  characterBefore,
  chunkBefore,
  lineBegin,
  lineEnd,
  wordAfter,
  wordBefore,
} from './borders.ts'
import type { EditState, Rows } from './edit-state.ts'
import { chordOf, type Key, typedBy } from './keys.ts'
import { redone, replaced, undone } from './line.ts'
import { accepted, givenUp, narrowed, recalled, searched, widened } from './recall.ts'

type Edit = (state: EditState, rows: Rows) => EditState
/** Where something is, as seen from the cursor. */
type Place = (text: string, cursor: number) => number

/** What a key does, by its chord; what is not here types itself, if it is text. */
export const EDITS: ReadonlyMap<string, Edit> = new Map([
  ...each(['left', 'C-b'], moved(characterBefore)),
  ...each(['right', 'C-f'], moved(characterAfter)),
  ...each(['C-left', 'M-b'], moved(wordBefore)),
  ...each(['C-right', 'M-f'], moved(wordAfter)),
  ...each(['home', 'C-a'], moved(lineBegin)),
  ...each(['end', 'C-e'], moved(lineEnd)),
  ...each(
    ['C-home'],
    moved(() => 0),
  ),
  ...each(
    ['C-end'],
    moved((text) => text.length),
  ),
  ...each(['up', 'C-p'], row(-1)),
  ...each(['down', 'C-n'], row(1)),
  ...each(['backspace'], erased(characterBefore)),
  ...each(['delete', 'C-d'], erased(characterAfter)),
  ...each(['C-w'], killed(chunkBefore)),
  ...each(['M-backspace', 'C-backspace'], killed(wordBefore)),
  ...each(['M-d', 'M-delete', 'C-delete'], killed(wordAfter)),
  ...each(['C-u'], killed(orBreak(lineBegin, characterBefore))),
  ...each(['C-k'], killed(orBreak(lineEnd, characterAfter))),
  ...each(['C-y'], (state: EditState) => yanked(state, 0)),
  ...each(['M-y'], (state: EditState) => {
    return state.last?.did === 'yank' ? yanked(state, state.last.index + 1) : state
  }),
  ...each(['C-t'], transposed),
  ...each(['C-_'], undone<EditState>),
  ...each(['M-_', 'C-^'], redone<EditState>),
  ...each(['M-return', 'M-enter', 'enter', 'S-return'], (state: EditState) => typed(state, '\n')),
  ...each(['C-r'], searched),
])

/** The state after a key that means nothing to the screen, and does not send. */
export function edit(state: EditState, key: Key, rows: Rows): EditState {
  const text = typedBy(key)
  const chord = chordOf(key)
  if (state.search && chord !== 'C-r') {
    if (text !== undefined) return narrowed(state, text)
    if (chord === 'backspace') return widened(state)
    if (['C-g', 'C-c', 'escape'].includes(chord)) return givenUp(state)
  }
  const action = EDITS.get(chord)
  if (!action && text === undefined) return state
  const begun = chord === 'C-r' ? state : accepted(state)
  const next = action ? action(begun, rows) : typed(begun, text ?? '')
  return {
    ...next,
    last: next.last === state.last ? undefined : next.last,
    isGoingOn: next.isGoingOn && next.undo !== state.undo,
  }
}

/** Puts a text where the cursor is. */
function typed(state: EditState, text: string): EditState {
  return replaced(state, [state.cursor, state.cursor], text, 'typed')
}

function each(chords: readonly string[], action: Edit): [string, Edit][] {
  return chords.map((chord) => [chord, action])
}

function moved(to: Place): Edit {
  return (state) => ({ ...state, cursor: to(state.text, state.cursor) })
}

/** To another row, and from the last one to another line. */
function row(by: -1 | 1): Edit {
  return (state, rows) => {
    const column = state.last?.did === 'row' ? state.last.column : undefined
    const found = rows.beside(state, by, column)
    if (!found) return recalled(state, state.at - by)
    return { ...state, cursor: found.cursor, last: { did: 'row', column: found.column } }
  }
}

function erased(to: Place): Edit {
  return (state) => {
    const place = to(state.text, state.cursor)
    const from = Math.min(place, state.cursor)
    return replaced(state, [from, Math.max(place, state.cursor)], '', 'erased')
  }
}

/** Cuts what is up to there. What is cut by one key after another is one text. */
function killed(to: Place): Edit {
  return (state) => {
    const { text, cursor, kills } = state
    const place = to(text, cursor)
    if (place === cursor) return state
    const cut = text.slice(Math.min(place, cursor), Math.max(place, cursor))
    const isMore = state.last?.did === 'kill'
    const newest = isMore ? (kills[0] ?? '') : ''
    const kill = place < cursor ? cut + newest : newest + cut
    return {
      ...replaced(state, [Math.min(place, cursor), Math.max(place, cursor)], ''),
      kills: [kill, ...kills.slice(isMore ? 1 : 0)].slice(0, REPL_KILLS_MAX),
      last: { did: 'kill' },
    }
  }
}

/** From the border of a line one goes on with the break. */
function orBreak(to: Place, beyond: Place): Place {
  return (text, cursor) => {
    const place = to(text, cursor)
    return place === cursor ? beyond(text, cursor) : place
  }
}

/** Puts a text back that was cut, in place of the one that was put back just before. */
function yanked(state: EditState, index: number): EditState {
  const { text, cursor, kills, last } = state
  const kill = kills[index % kills.length]
  if (kill === undefined) return state
  const isAgain = index > 0 && last?.did === 'yank'
  const [from, to] = isAgain ? [last.from, last.to] : [cursor, cursor]
  const next = replaced(state, [from, to], kill)
  const end = to + next.text.length - text.length
  return { ...next, last: { did: 'yank', from, to: end, index } }
}

/** Swaps the characters around the cursor, at the end of a line those before it. */
function transposed(state: EditState): EditState {
  const { text, cursor } = state
  const begin = lineBegin(text, cursor)
  if (cursor === begin) return state
  const at = cursor === lineEnd(text, cursor) ? characterBefore(text, cursor) : cursor
  if (at === begin) return state
  const from = characterBefore(text, at)
  const to = characterAfter(text, at)
  return replaced(state, [from, to], text.slice(at, to) + text.slice(from, at))
}
