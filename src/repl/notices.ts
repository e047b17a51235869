// What happened, in a line: presence, requests, changes of contacts, troubles. Pure functions of
// the event and of what was known before it; undefined where there is nothing to say.
import type { Group } from '../api/shapes-group.ts'
import type { Contact, Event } from '../api/shapes.ts'
import { imitation, type Imitating } from '../cli/imitation.ts'
import { TidingsError } from '../core/errors.ts'
import { printable } from '../core/text.ts'
import { type Directory, nameOf } from './directory.ts'
import { alarm, type Look, paint, sign } from './look.ts'

export type EventOf<T extends Event['type']> = Extract<Event, { type: T }>

export type StateChange = Pick<
  EventOf<'state'>,
  'conversation' | 'state' | 'id' | 'count' | 'deliveredTo' | 'readBy' | 'of'
>

export function presenceNotice(label: string, online: boolean, look: Look): string {
  return online
    ? `${paint(look, 'good', sign(look, '● ', '* ', ''))}${label} is online`
    : paint(look, 'faint', `${sign(look, '○ ', '* ', '')}${label} is offline`)
}

/** What to know before trusting a name, as a sentence to stand behind another; mostly nothing. */
export function caution(who: Imitating): string {
  const words = imitation(who)
  return words === '' ? '' : ` Careful, ${printable(who.name)} ${words}.`
}

export function requestNotice(contact: Contact, directory: Directory): string {
  const words = printable(contact.request)
  const handle = directory.handle(contact)
  return (
    `${directory.label(contact)} asks to become your contact${words ? `: "${words}"` : ''}. ` +
    `/accept ${handle} or /reject ${handle}${caution(contact) && `.${caution(contact)}`}`
  )
}

/** What became of a group for the person; what is said in it is shown there. */
export function groupNotice(
  before: Group | undefined,
  now: Group,
  handle: string,
): string | undefined {
  if (before?.state === now.state) return undefined
  switch (now.state) {
    case 'invited': {
      const who = now.invitedBy === null ? 'Somebody' : printable(now.invitedBy)
      return `${who} invites you to ${handle}. /group join ${handle} or /group leave ${handle}`
    }
    case 'joined':
      return `You are in ${handle}. ${handle} opens it.`
    case 'removed':
      return `You were removed from ${handle}. What was said there stays here.`
    case 'joining':
    case 'left':
      return undefined
  }
}

/**
 * What a change of a contact means to the person. Who caused it does not matter: an answer to a
 * command and the event of the same change come in either order, and the second says nothing.
 */
export function contactNotice(
  before: Contact | undefined,
  now: Contact,
  directory: Directory,
): string | undefined {
  const name = directory.label(now)
  if (before?.state !== now.state) {
    const notice = stateNotice(before, now, directory)
    // A request says it by itself.
    const isHeld = now.state === 'friend' || now.state === 'requested'
    return notice === undefined || !isHeld ? notice : notice + caution(now)
  }
  if (before.alias !== now.alias) {
    const own = printable(now.name)
    const shown = now.alias ? `is shown as ${name} now.` : 'is shown by that name again.'
    return `${own} ${shown}${caution(now)}`
  }
  if (before.verified !== now.verified) {
    return now.verified
      ? `${name} is verified: you compared the safety number.`
      : `${name} is no longer verified. Compare the safety number again: ` +
          `/verify ${directory.handle(now)}`
  }
  return undefined
}

function stateNotice(
  before: Contact | undefined,
  now: Contact,
  directory: Directory,
): string | undefined {
  const name = directory.label(now)
  const handle = directory.handle(now)
  switch (now.state) {
    case 'friend':
      if (before?.state === 'blocked') return `${name} is no longer blocked.`
      return before?.state === 'requested'
        ? `${name} accepted your request. @${handle} opens the conversation.`
        : `${name} is your contact now. @${handle} opens the conversation.`
    case 'requested':
      return `You asked ${name} to become your contact; the answer will be shown here.`
    case 'incoming':
      return requestNotice(now, directory)
    case 'blocked':
      return `${name} is blocked: nothing more is heard from them. /unblock ${handle} lifts it.`
    case 'removed':
      if (before === undefined) return undefined
      if (before.state === 'blocked') return `${name} is no longer blocked, and no contact.`
      return before.state === 'incoming'
        ? `The request of ${nameOf(before)} is turned down.`
        : `${nameOf(before)} is no longer your contact; the history stays.`
  }
}

/** What to say when a command found everything as it was to be. */
export function unchangedNotice(contact: Contact, directory: Directory): string {
  const name = directory.label(contact)
  switch (contact.state) {
    case 'friend':
      return `${name} is your contact.`
    case 'requested':
      return `You asked ${name} before; there is no answer yet.`
    case 'incoming':
      return requestNotice(contact, directory)
    case 'blocked':
      return `${name} is blocked.`
    case 'removed':
      return `${name} is no contact of yours.`
  }
}

export function renamedNotice(
  event: Pick<EventOf<'renamed'>, 'from' | 'to' | 'imitates'>,
  contact: Contact | undefined,
): string {
  const [from, to] = [printable(event.from), printable(event.to)]
  const seenAs = contact?.alias ? ` You see ${nameOf(contact)}.` : ''
  return `${from} goes by the name ${to} now.${seenAs}${caution({ ...event, name: event.to })}`
}

/** The account signed for the device: the safety number compared once holds for this one too. */
export function deviceNotice(
  label: string,
  { devices }: Pick<EventOf<'device'>, 'devices'>,
  isVerified: boolean,
): string {
  const count = devices > 1 ? `, one of ${devices} now` : ''
  const proof = isVerified ? ' The safety number you compared is still the same.' : ''
  return `${label} uses a new device${count}.${proof}`
}

export function troubleNotice(event: EventOf<'trouble'>, look: Look): string {
  const where = printable(event.where)
  if (event.message === '') return `${where} works again.`
  const what = `${alarm(look)} ${where ? `${where}: ` : ''}${printable(event.message)}`
  return `${what} (/doctor tells more)`
}

export function ownForkNotice(look: Look): string {
  return (
    `${alarm(look)} Another copy of this profile has written messages too: it was ` +
    'copied to another machine, or an older copy was put back. The messages of both are kept. ' +
    'This one goes on as a new device, which your contacts are told.'
  )
}

export function forkNotice(name: string, look: Look): string {
  return (
    `${alarm(look)} ${name} sent two different messages for one place in the ` +
    'conversation. A copied or restored database does that, or a cheat. What was here first is ' +
    'kept; later messages of that device are not taken.'
  )
}

export function unreadNotice(
  unread: readonly { label: string; count: number; mentions: number }[],
): string {
  const list = unread.map(({ label, count, mentions }) => {
    return `${label} (${count}${mentions > 0 ? `, ${plural(mentions, 'mention')}` : ''})`
  })
  return `Unread: ${list.join(', ')}.`
}

/** @param wasHere whether the node was there when it was given the message */
export function unsent(error: TidingsError, wasHere: boolean): TidingsError {
  const { code, message } = error
  const isLost = code === 'no_daemon' && wasHere
  const words = isLost
    ? 'It is not known whether this was sent: the node went away before it answered. If it was, ' +
      'it is shown when the node is back.'
    : `Not sent: ${code === 'no_daemon' ? 'the node is not running' : message}`
  return new TidingsError(code, words, { cause: error })
}

export function plural(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`
}
