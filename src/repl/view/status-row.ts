// The row above the line being typed: the conversations with their numbers and what is not read in
// each, and at its end what happens just now.
import { stripVTControlCharacters } from 'node:util'

import { fit, stringWidth, truncate } from '../../cli/width.ts'
import { lineColumns, type Look, paint, sign } from '../look.ts'

/** A conversation in the row. */
export interface Tab {
  readonly conversation: string
  readonly label: string
  readonly unread: number
  readonly mentions: number
  readonly online: boolean
  readonly isOpen: boolean
}

const LABEL_COLUMNS = 14
const NOBODY = 'no conversation yet'
/** Alt+1 to Alt+9, and Alt+0 for the tenth. */
export const NUMBERED_TABS = 10

export function statusRow(tabs: readonly Tab[], passing: string, look: Look): string {
  const columns = lineColumns(look)
  const right = shortened(passing, Math.floor(columns / 2), look)
  const room = columns - (right === '' ? 0 : stringWidth(right) + 2)
  const left = tabs.length > 0 ? fittingTabs(tabs, room, look) : truncate(NOBODY, room)
  const gap = ' '.repeat(Math.max(1, columns - stringWidth(left) - stringWidth(right)))
  const row = right === '' ? left : left + gap + right
  return paint(look, 'bar', fit(row, columns))
}

/** Colours of what is cut would be counted as words, and not end. */
function shortened(words: string, columns: number, look: Look): string {
  if (stringWidth(words) <= columns) return words
  return truncate(stripVTControlCharacters(words), columns, sign(look, '…', '~'))
}

/** As many as there is room for: the open one and those with news before the others. */
function fittingTabs(tabs: readonly Tab[], room: number, look: Look): string {
  const words = tabs.map((tab, index) => tabWords(tab, index, look))
  const gain = (index: number): number => {
    const tab = tabs[index]
    return tab?.isOpen ? 0 : tab && tab.mentions > 0 ? 1 : tab && tab.unread > 0 ? 2 : 3
  }
  const order = tabs.map((_, index) => index).toSorted((a, b) => gain(a) - gain(b) || a - b)
  const more = (left: number): string => (left > 0 ? ` +${left}` : '')
  const kept = new Set<number>()
  let taken = 0
  for (const index of order) {
    const width = stringWidth(words[index] ?? '') + 1
    if (taken + width + stringWidth(more(tabs.length - kept.size - 1)) > room) break
    kept.add(index)
    taken += width
  }
  const shown = words.filter((_, index) => kept.has(index)).join(' ')
  return shown + more(tabs.length - kept.size)
}

/** `2:bob`, `[1:#crew]`, with news `3:carol(2)` or `3:carol(2,@1)`. */
function tabWords(tab: Tab, index: number, look: Look): string {
  const number = index < NUMBERED_TABS ? `${(index + 1) % 10}:` : ''
  const { unread, mentions } = tab
  const called = mentions > 0 ? `,@${short(mentions)}` : ''
  const news = unread > 0 ? `(${short(unread)}${called})` : ''
  const dot = tab.online ? sign(look, '●', '*') : ''
  const words = `${number}${dot}${truncate(tab.label, LABEL_COLUMNS, sign(look, '…', '~'))}${news}`
  if (tab.isOpen) return `[${words}]`
  return unread > 0 ? paint(look, 'strong', words) : words
}

/** `7`, `12k` */
function short(count: number): string {
  return count < 1000 ? String(count) : `${Math.floor(count / 1000)}k`
}

/** The tab before or after the open one, round the end. */
export function tabBeside(tabs: readonly Tab[], by: 1 | -1): Tab | undefined {
  const open = tabs.findIndex(({ isOpen }) => isOpen)
  if (open < 0) return tabs.at(by > 0 ? 0 : -1)
  return tabs[(open + by + tabs.length) % tabs.length]
}

/** The first one with something unread, one where the user is addressed before all others. */
export function unreadTab(tabs: readonly Tab[]): Tab | undefined {
  const others = tabs.filter(({ isOpen }) => !isOpen)
  return others.find(({ mentions }) => mentions > 0) ?? others.find(({ unread }) => unread > 0)
}
