// What `status` shows to people, on 80 columns: who is there, what waits, what the node takes.
import type { Result } from '../api/client.ts'
import { formatByteSize } from '../core/byte-size.ts'
import { printable } from '../core/text.ts'
import { duration, type Field, fields } from './fields.ts'
import { unreadWords } from './talk-text.ts'
import { columns, stringWidth, truncate } from './width.ts'

type Status = Result<'status'>

const COLUMNS = 80
/** The longest name of a field, and what stands between it and the value. */
const MARGIN = 'database'.length + 2
const NAME_COLUMNS_MIN = 8
/** A person looks for somebody in `contacts`; here it is only who is there. */
const PEERS_SHOWN_MAX = 20

/** @param nowMs of the clock that `onlineSince` was read from */
export function statusText(status: Status, nowMs = Date.now()): string {
  const { traffic, queue, damage } = status
  return fields([
    ['name', status.name],
    ['account', status.account],
    ['running', `for ${duration(status.uptimeMs)}, pid ${status.pid}, ${status.version}`],
    ...status.addresses.map((address): Field => ['address', placeOf(address)]),
    ['online', `${counted(status.peers, 'contact')}, ${counted(status.nearby, 'node')} nearby`],
    ...peerLines(status, nowMs).map((line): Field => ['', line]),
    ['unread', unreadWords(status) || 'nothing'],
    ['queue', queueText(queue)],
    ['traffic', `${size(traffic.sentBytes)} sent, ${size(traffic.receivedBytes)} received`],
    ['database', `${size(status.databaseBytes)} on disk`],
    ['memory', size(status.rssBytes)],
    ...damage.map((words): Field => ['damage', words]),
  ])
}

/** `192.168.1.20:4001`, as `contact add` takes it; a multiaddr that is something else stays. */
function placeOf(multiaddr: string): string {
  const [, family, host, port] =
    /^\/(ip4|ip6)\/([^/]+)\/tcp\/(\d+)(\/p2p\/\w+)?$/.exec(multiaddr) ?? []
  if (family === undefined) return multiaddr
  return family === 'ip6' ? `[${host}]:${port}` : `${host}:${port}`
}

function peerLines({ connections }: Status, nowMs: number): string[] {
  const shown = connections.slice(0, PEERS_SHOWN_MAX)
  const rows = shown.map(({ name, contact, address, outgoing, onlineSince }) => {
    const place = placeOf(address)
    // Whoever connected here did so from a port that nobody listens on.
    const where = outgoing ? place : place.replace(/:\d+$/, '')
    const since = `for ${duration(nowMs - Date.parse(onlineSince))}`
    return [printable(name), where, contact === null ? `${since}, in a group` : since]
  })
  const rest = Math.max(0, ...rows.map((row) => widthOf(row.slice(1))))
  const room = Math.max(NAME_COLUMNS_MIN, COLUMNS - MARGIN - rest)
  const lines = columns(rows.map(([name = '', ...row]) => [truncate(name, room), ...row]))
  const more = connections.length - shown.length
  return more > 0 ? [...lines, `and ${more} more`] : lines
}

/** Of cells that follow another one. */
function widthOf(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + 2 + stringWidth(cell), 0)
}

function queueText({ messages, people, conversations }: Status['queue']): string {
  if (messages === 0) return 'nothing waits'
  const whom = people === 1 ? '1 person' : `${people} people`
  const sum = `${counted(messages, 'message')} for ${whom}`
  const names = conversations.map((each) => `${printable(each.name)} ${each.messages}`).join(', ')
  return truncate(`${sum}: ${names}`, COLUMNS - MARGIN)
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function size(bytes: number): string {
  return formatByteSize(bytes)
}
