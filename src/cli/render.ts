// Each method's result as text, in one place. What other people chose (names, messages, addresses)
// passes `printable`, so that nobody on the network can move a cursor on this terminal.
import type { CallName, Result } from '../api/client.ts'
import type { Contact, Event, NearbyNode } from '../api/shapes.ts'
import { formatByteSize } from '../core/byte-size.ts'
import { printable } from '../core/text.ts'
import { exportedText } from './commands/backup.ts'
import { type Field, fields } from './fields.ts'
import { imitation } from './imitation.ts'
import { bold, changedText, editText, firstLine, localTime, messageText } from './message-text.ts'
import { groupLine, RENDER_GROUPS } from './render-groups.ts'
import { RENDER_KEEPING } from './render-keeping.ts'
import { statusText } from './status-text.ts'
import {
  conversationsText,
  draftText,
  mutedLine,
  standingText,
  tellingsText,
  typingText,
} from './talk-text.ts'
import { columns } from './width.ts'

type Renderers = { readonly [M in CallName]: (result: Result<M>) => string }

export const RENDER: Renderers = {
  status: (status) => statusText(status),
  stop: () => 'stopped',
  whoami: (self) =>
    fields([
      ['name', self.name],
      ['account', self.account],
      ['peer', self.peerId],
      ...self.addresses.map((address): Field => ['address', address]),
    ]),
  name: ({ name }) => `Others see you as ${printable(name)} now.`,
  invite: ({ link }) => printable(link),
  nearby: (nodes) =>
    listOr(nodes.map(nearbyLine), 'Nobody is discovered. "tidings doctor" may tell why.'),
  contacts: (contacts) => {
    const lines = columns(contacts.map(contactCells))
    return listOr(lines, 'No contacts yet. "tidings nearby" shows who is here.')
  },
  conversations: conversationsText,
  mute: mutedLine,
  unmute: mutedLine,
  draft: draftText,
  tell: tellingsText,
  typing: () => '',
  'contact.add': contactLine,
  'contact.accept': contactLine,
  'contact.reject': contactLine,
  'contact.block': contactLine,
  'contact.unblock': contactLine,
  'contact.remove': contactLine,
  'contact.rename': contactLine,
  'contact.verify': (contact) =>
    fields([
      ['contact', contactLine(contact)],
      ['number', contact.safetyNumber],
      ['verified', contact.verified ? 'yes' : 'no: compare the number, then add --confirm'],
    ]),
  'contact.quota': ({ receivedBytes, quotaBytes, ...contact }) => {
    const most = quotaBytes === null ? 'without a bound' : `of ${formatByteSize(quotaBytes)}`
    const isFull = quotaBytes !== null && receivedBytes >= quotaBytes
    const full = isFull ? '; no more is taken until you give more' : ''
    return `${shownName(contact)}: ${formatByteSize(receivedBytes)} kept, ${most}${full}`
  },
  'contact.show': (contact) =>
    fields([
      ['contact', contactLine(contact)],
      ['account', contact.account],
      ['seen', contact.online ? 'online now' : lastSeen(contact)],
      ['verified', contact.verified ? 'yes' : 'no'],
      ['number', contact.safetyNumber],
      ...contact.devices.map(({ peerId, online }): Field => {
        return ['device', `${peerId}${online ? ' online' : ''}`]
      }),
      ...contact.addresses.map((address): Field => ['address', address]),
    ]),
  ...RENDER_GROUPS,
  'profile.export': exportedText,
  ...RENDER_KEEPING,
  send: ({ id, state }) => `${state} ${id}`,
  edit: messageText,
  delete: ({ id }) => `deleted ${id}`,
  undo: ({ text }) => `taken back, nobody got it: ${firstLine(text)}`,
  react: messageText,
  pin: messageText,
  unpin: messageText,
  pins: (messages) => listOr(messages.map(messageText), 'Nothing is pinned here.'),
  edits: (edits) => edits.map(editText).join('\n'),
  wait: ({ id, state }) => `${state} ${id}`,
  history: (messages) => messages.map(messageText).join('\n'),
  read: () => '',
  sync: (reports) => {
    const lines = reports.flatMap(({ name, complete, devices }) => [
      `${printable(name)}: ${complete ? 'complete' : 'incomplete'}`,
      ...devices.map((device) => {
        const missing = device.known - device.have
        const lack = missing > 0 ? `, ${missing} missing, at ${device.holders.length} contacts` : ''
        const fork = device.forked ? ', FORKED: signed two different logs' : ''
        const held = device.heldBack ? ', no more is taken for now: no room' : ''
        const waits = device.waitingFor ? ', some wait for what was written before them' : ''
        const name = printable(device.name)
        return `  ${name}: ${device.have} of ${device.known}${lack}${held}${waits}${fork}`
      }),
    ])
    return listOr(lines, 'No conversations yet.')
  },
  doctor: (checks) =>
    checks
      .map(({ check, ok, detail, fix }) => {
        const todo = fix === '' ? '' : `\n       -> ${printable(fix)}`
        if (check === 'conclusion') return `${bold(printable(detail))}${todo}\n`
        return `${ok ? 'ok  ' : bold('BAD ')} ${printable(`${check}: ${detail}`)}${todo}`
      })
      .join('\n'),
}

/** One event of `tail`, on one line but for the text of a message. */
export function eventText(event: Event): string {
  switch (event.type) {
    case 'message':
      return messageText(event.message)
    case 'changed':
      return changedText(event)
    case 'undone':
      return `${event.id} was taken back, nobody got it`
    case 'state':
      return `${event.count} ${event.state}, up to ${event.id}`
    case 'presence':
      return `${printable(event.name)} is ${event.online ? 'online' : 'offline'}`
    case 'conversation':
      return standingText(event)
    case 'typing':
      return typingText(event)
    case 'request':
      return `request from ${contactLine(event.contact)}`
    case 'contact':
      return `contact ${contactLine(event.contact)}`
    case 'renamed':
      return withMark(
        `${printable(event.from)} is now called ${printable(event.to)}`,
        imitation({ name: event.to, imitates: event.imitates }),
      )
    case 'device':
      return deviceText(event)
    case 'group':
      return groupLine(event.group)
    case 'nearby':
      return nearbyChange(event.node, event.present)
    case 'trouble':
      return printable(`${event.where}: ${event.message || 'works again'}`)
    case 'fork':
      return event.own
        ? 'another copy of your profile wrote too: both are kept, this one goes on as a new device'
        : `${printable(event.name)} signed two different logs; its newer messages are refused`
    default:
      return ''
  }
}

/** The account is the same, so nobody else writes; what changed is where they write from. */
function deviceText({ name, devices }: Extract<Event, { type: 'device' }>): string {
  const count = devices > 1 ? `, one of ${devices} now` : ''
  return `${printable(name)} uses a new device${count}`
}

export function nearbyChange(node: NearbyNode, present: boolean): string {
  return `${present ? '+' : '-'} ${nearbyLine(node)}`
}

function nearbyLine(node: NearbyNode): string {
  const { name, account, contact, own, addresses } = node
  const who = account === null ? 'unknown account' : account.slice(0, 8)
  const standing = own ? 'you' : (contact ?? 'stranger')
  const where = addresses.map((address) => printable(address)).join(' ')
  return withMark(`${bold(printable(name))}  ${who}  ${standing}  ${where}`, imitation(node))
}

function contactCells(contact: Contact): string[] {
  const { account, state, online, request } = contact
  const presence = online ? 'online' : `offline, ${lastSeen(contact)}`
  const words = state === 'incoming' && request !== '' ? `"${firstLine(request)}"` : ''
  const more = state === 'friend' ? presence : words
  return [shownName(contact), account.slice(0, 8), state, withMark(more, imitation(contact))]
}

function contactLine(contact: Contact): string {
  const line = `${shownName(contact)} (${contact.account.slice(0, 8)}): ${contact.state}`
  return withMark(line, imitation(contact))
}

/** What a person should notice stands behind the line. */
function withMark(line: string, mark: string): string {
  return mark === '' ? line : `${line}  (! ${mark})`.trimStart()
}

function shownName({ name, alias }: Contact): string {
  return alias === '' ? printable(name) : `${printable(alias)} (${printable(name)})`
}

function lastSeen({ lastSeen }: Contact): string {
  return lastSeen === null ? 'never seen' : `last seen ${localTime(lastSeen)}`
}

function listOr(lines: readonly string[], otherwise: string): string {
  return lines.length > 0 ? lines.join('\n') : otherwise
}
