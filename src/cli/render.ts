// Each method's result as text, in one place. What other people chose (names, messages, addresses)
// passes `printable`, so that nobody on the network can move a cursor on this terminal.
import { styleText } from 'node:util'

import type { CallName, Result } from '../api/client.ts'
import type { Contact, Event, Message, NearbyNode } from '../api/shapes.ts'
import { printable } from '../core/text.ts'

type Renderers = { readonly [M in CallName]: (result: Result<M>) => string }

export const RENDER: Renderers = {
  status: (status) =>
    fields([
      ['name', printable(status.name)],
      ['account', status.account],
      ['running', `for ${duration(status.uptimeMs)}, pid ${status.pid}, ${status.version}`],
      ['online', `${status.peers} contacts, ${status.nearby} nodes nearby`],
      ['memory', `${Math.round(status.rssBytes / 1024 / 1024)} MiB`],
      ...status.addresses.map((address): Field => ['address', address]),
      ...status.damage.map((damage): Field => ['damage', damage]),
    ]),
  stop: () => 'stopped',
  whoami: (self) =>
    fields([
      ['name', printable(self.name)],
      ['account', self.account],
      ['peer', self.peerId],
      ...self.addresses.map((address): Field => ['address', address]),
    ]),
  invite: ({ link }) => link,
  nearby: (nodes) =>
    listOr(nodes.map(nearbyLine), 'Nobody is discovered. "tidings doctor" may tell why.'),
  contacts: (contacts) => {
    const lines = table(contacts.map(contactCells))
    return listOr(lines, 'No contacts yet. "tidings nearby" shows who is here.')
  },
  conversations: (conversations) => {
    const rows = conversations.map(({ name, unread, lastMessage }) => [
      printable(name),
      unread > 0 ? `${unread} unread` : '',
      lastMessage ? localTime(lastMessage.sentAt) : '',
      lastMessage ? firstLine(lastMessage.text) : '',
    ])
    return listOr(table(rows), 'No conversations yet.')
  },
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
      ...contact.addresses.map((address): Field => ['address', printable(address)]),
    ]),
  send: ({ id, state }) => `${state} ${id}`,
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
        const waits = device.waitingFor ? ', some wait for what was written before them' : ''
        const name = printable(device.name)
        return `  ${name}: ${device.have} of ${device.known}${lack}${waits}${fork}`
      }),
    ])
    return listOr(lines, 'No conversations yet.')
  },
  doctor: (checks) =>
    checks
      .map(({ check, ok, detail, fix }) => {
        const line = `${ok ? 'ok  ' : bold('BAD ')} ${check}: ${printable(detail)}`
        return fix === '' ? line : `${line}\n       -> ${fix}`
      })
      .join('\n'),
}

/** One event of `tail`, on one line but for the text of a message. */
export function eventText(event: Event): string {
  switch (event.type) {
    case 'message':
      return messageText(event.message)
    case 'state':
      return `${event.count} ${event.state}, up to ${event.id}`
    case 'presence':
      return `${printable(event.name)} is ${event.online ? 'online' : 'offline'}`
    case 'request':
      return `request from ${contactLine(event.contact)}`
    case 'contact':
      return `contact ${contactLine(event.contact)}`
    case 'renamed':
      return `${printable(event.from)} is now called ${printable(event.to)}`
    case 'nearby':
      return nearbyChange(event.node, event.present)
    case 'trouble':
      return `${event.where}: ${event.message === '' ? 'works again' : printable(event.message)}`
    case 'fork':
      return `${printable(event.name)} signed two different logs; their newer messages are refused`
    default:
      return ''
  }
}

export function nearbyChange(node: NearbyNode, present: boolean): string {
  return `${present ? '+' : '-'} ${nearbyLine(node)}`
}

function nearbyLine({ name, account, contact, addresses }: NearbyNode): string {
  const who = account === null ? 'unknown account' : account.slice(0, 8)
  const standing = contact === null ? 'stranger' : contact
  const where = addresses.map((address) => printable(address)).join(' ')
  return `${bold(printable(name))}  ${who}  ${standing}  ${where}`
}

function contactCells(contact: Contact): string[] {
  const { account, state, online, request } = contact
  const presence = online ? 'online' : `offline, ${lastSeen(contact)}`
  const words = state === 'incoming' && request !== '' ? `"${firstLine(request)}"` : ''
  return [shownName(contact), account.slice(0, 8), state, state === 'friend' ? presence : words]
}

function contactLine(contact: Contact): string {
  return `${shownName(contact)} (${contact.account.slice(0, 8)}): ${contact.state}`
}

function shownName({ name, alias }: Contact): string {
  return alias === '' ? printable(name) : `${printable(alias)} (${printable(name)})`
}

function lastSeen({ lastSeen }: Contact): string {
  return lastSeen === null ? 'never seen' : `last seen ${localTime(lastSeen)}`
}

function messageText({ sentAt, authorName, own, kind, text, state }: Message): string {
  const body = kind === 'text' ? text : '(a kind of message that this version does not know)'
  const [first = '', ...more] = printable(body, { lines: true }).split('\n')
  const head = `${dim(localTime(sentAt))}  ${bold(printable(authorName))}: ${first}`
  const lines = [head, ...more.map((line) => `    ${line}`)]
  return `${lines.join('\n')}${own ? `  ${dim(`(${state})`)}` : ''}`
}

function firstLine(text: string): string {
  const LENGTH_MAX = 60
  const [line = ''] = text.split('\n')
  const whole = line === text && line.length <= LENGTH_MAX
  return whole ? printable(line) : `${printable(line.slice(0, LENGTH_MAX).toWellFormed())}…`
}

/** Local time to the minute; the zone is the reader's own. */
function localTime(iso: string): string {
  const time = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit))
  if (days) return `${days} d ${(hours ?? 0) % 24} h`
  if (hours) return `${hours} h ${(minutes ?? 0) % 60} min`
  return minutes ? `${minutes} min` : `${seconds} s`
}

type Field = readonly [name: string, value: string]

function fields(list: readonly Field[]): string {
  const width = Math.max(...list.map(([name]) => name.length))
  return list.map(([name, value]) => `${dim(name.padEnd(width))}  ${value}`).join('\n')
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function listOr(lines: readonly string[], otherwise: string): string {
  return lines.length > 0 ? lines.join('\n') : otherwise
}

/** Colour only where standard output is a terminal that has it. */
function bold(text: string): string {
  return styleText('bold', text)
}

function dim(text: string): string {
  return styleText('dim', text)
}
