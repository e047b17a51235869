// Whether a message that arrives is pointed out to somebody who may look elsewhere, and in which
// words. Pure: what is known of the message and the moment comes in the arguments.
import { NOTIFY_WHEN, type NotifySettings } from '../api/running.ts'
import { truncate } from '../cli/width.ts'
import { TidingsError } from '../core/errors.ts'
import {
  formatQuietHours,
  isQuietAt,
  looksLikeHours,
  parseQuietHours,
} from '../core/quiet-hours.ts'
import { beginning, printable } from '../core/text.ts'

/** Whether the person looks at this terminal; one that tells nothing of it leaves it unknown. */
export type Presence = 'here' | 'away' | 'unknown'

export interface Arrival {
  readonly own: boolean
  /** Somebody's words, and not what they did to the conversation. */
  readonly isText: boolean
  /** Its conversation is muted, and it is not let through for naming the user. */
  readonly isMuted: boolean
  readonly mentionsYou: boolean
  /** Not in a group. */
  readonly isDirect: boolean
  /** Its conversation is the one on the screen. */
  readonly isOpen: boolean
}

export interface Moment {
  readonly presence: Presence
  /** After midnight, local time. */
  readonly minute: number
}

export interface Alert {
  readonly bell: boolean
  readonly desktop: boolean
}

const SILENCE: Alert = { bell: false, desktop: false }
const NAMES_SHOWN_MAX = 3
const TITLE_COLUMNS = 80
const TEXT_CHARS = 160

/** Where it is not known whether somebody looks, an open conversation only rings. */
export function alertFor(arrival: Arrival, settings: NotifySettings, moment: Moment): Alert {
  if (arrival.own || !arrival.isText || arrival.isMuted) return SILENCE
  if (!isWanted(arrival, settings) || isQuietAt(settings.quietHours, moment.minute)) return SILENCE
  const { presence } = moment
  if (presence === 'here' && arrival.isOpen) return SILENCE
  const isElsewhere = presence === 'away' || (presence === 'unknown' && !arrival.isOpen)
  return { bell: settings.bell, desktop: settings.desktop && isElsewhere }
}

function isWanted({ isDirect, mentionsYou }: Arrival, { when }: NotifySettings): boolean {
  switch (when) {
    case 'all':
      return true
    case 'direct':
      return isDirect || mentionsYou
    case 'mentions':
      return mentionsYou
    case 'none':
      return false
  }
}

/** Messages that share a notification. Names and labels are safe to draw. */
export interface Bundle {
  readonly count: number
  /** Each once, in the order in which they came. */
  readonly names: readonly string[]
  /** More wrote than have their name here. */
  readonly hasMore: boolean
  /** Of the only message: the group that it is in, and its words where they may be shown. */
  readonly group?: string | undefined
  readonly text?: string | undefined
}

export interface Notification {
  readonly title: string
  /** One line; may be empty. */
  readonly body: string
}

/** `bob: Lunch?`, `bob in #crew: @ann?`, `12 messages from bob, carol and 2 others`. */
export function notificationOf({ count, names, hasMore, group, text }: Bundle): Notification {
  if (count > 1) {
    const title = `${count} messages from ${listed(names, hasMore)}`
    return { title: truncate(title, TITLE_COLUMNS), body: '' }
  }
  const title = `${names[0] ?? ''}${group === undefined ? '' : ` in ${group}`}`
  const body = text === undefined ? 'A message for you' : printable(beginning(text, TEXT_CHARS))
  return { title: truncate(title, TITLE_COLUMNS), body }
}

function listed(names: readonly string[], hasMore: boolean): string {
  const shown = names.slice(0, NAMES_SHOWN_MAX)
  const others = names.length - shown.length
  if (hasMore) return `${shown.join(', ')} and others`
  const more = others === 1 ? 'another one' : `${others} others`
  return `${shown.join(', ')}${others > 0 ? ` and ${more}` : ''}`
}

const WHEN_WORDS = {
  all: 'all messages',
  direct: 'messages of contacts, and what mentions you in groups',
  mentions: 'what mentions you',
} as const

/** The settings in words, as `/notify` tells them. */
export function settingsText(settings: NotifySettings, minute: number): string {
  const { when, bell, desktop, quietHours } = settings
  const ways = [...(bell ? ['the bell'] : []), ...(desktop ? ['notifications'] : [])]
  if (when === 'none' || ways.length === 0)
    return 'Nothing is pointed out while you look elsewhere.'
  const isNow = isQuietAt(quietHours, minute) ? ', which is now' : ''
  const hours = formatQuietHours(quietHours)
  const quiet = hours === '' ? 'There are no quiet hours.' : `Quiet hours: ${hours}${isNow}.`
  return `Pointed out by ${ways.join(' and ')}: ${WHEN_WORDS[when]}. ${quiet}`
}

/** What `/notify` takes beside hours. */
export const NOTIFY_WORDS = ['on', 'off', 'anytime', ...NOTIFY_WHEN]

/**
 * The settings after `/notify SETTING`; "on" goes back to what was configured.
 *
 * @throws TidingsError `bad_input`
 */
export function changedSettings(
  setting: string,
  settings: NotifySettings,
  configured: NotifySettings,
): NotifySettings {
  const word = setting.trim().toLowerCase()
  if (looksLikeHours(word)) return { ...settings, quietHours: parseQuietHours(word) }
  if (word === 'anytime') return { ...settings, quietHours: [] }
  if (word === 'off') return { ...settings, when: 'none' }
  if (word === 'on') {
    return { ...settings, when: configured.when === 'none' ? 'direct' : configured.when }
  }
  const when = NOTIFY_WHEN.find((each) => each === word)
  if (when !== undefined) return { ...settings, when }
  const words = `${NOTIFY_WORDS.join(', ')}, or hours like 22:00-07:00`
  throw new TidingsError('bad_input', `/notify takes one of ${words}`)
}
