// Invite links: who to ask and where, in one line that fits a QR code. The account and device in it
// are keys, so whoever answers at the address must prove to be them.
//
//   tidings://contact/<account>?name=Ann&peer=<device>&at=10.0.0.7:4001&at=[fe80::1]:4001
import { TidingsError } from '../core/errors.ts'
import { type AccountId, type DeviceId, isId } from '../core/id.ts'
import { ADDRESSES_PER_PEER_MAX, DEVICES_MAX, INVITE_CHARS_MAX } from '../core/limits.ts'
import { isDisplayName } from '../core/text.ts'

export interface Invite {
  readonly account: AccountId
  /** As the account calls itself; empty when the link does not say. */
  readonly name: string
  readonly hints: readonly InviteHint[]
}

export interface InviteHint {
  readonly device: DeviceId
  /** Multiaddrs without the peer id, e.g. `/ip4/10.0.0.7/tcp/4001`. */
  readonly addresses: readonly string[]
}

const PREFIX = 'tidings://contact/'
const MULTIADDR = /^\/ip([46])\/([0-9a-f.:]+)\/tcp\/([0-9]{1,5})(?:\/p2p\/\w+)?$/i
const AT_IP4 = /^([0-9.]+):([0-9]{1,5})$/
const AT_IP6 = /^\[([0-9a-f.:]+)\]:([0-9]{1,5})$/i
const IP4_BYTE = /^(0|[1-9][0-9]{0,2})$/

export function isInvite(text: string): boolean {
  return text.toLowerCase().startsWith(PREFIX)
}

/**
 * Addresses other than TCP on an IP address, and those past what a link may hold, are left out. Put
 * the best first.
 */
export function encodeInvite(invite: Invite): string {
  let link = PREFIX + invite.account
  if (invite.name !== '') link += `?name=${encodeURIComponent(invite.name)}`
  for (const { device, addresses } of invite.hints.slice(0, DEVICES_MAX)) {
    let part = `${link.includes('?') ? '&' : '?'}peer=${device}`
    if (link.length + part.length > INVITE_CHARS_MAX) break
    for (const at of addresses.flatMap(atOf).slice(0, ADDRESSES_PER_PEER_MAX)) {
      const more = `&at=${at}`
      if (link.length + part.length + more.length > INVITE_CHARS_MAX) break
      part += more
    }
    link += part
  }
  return link
}

/** @throws TidingsError `bad_input` with what is wrong with the link */
export function decodeInvite(link: string): Invite {
  if (!isInvite(link)) throw bad(`it does not begin with ${PREFIX}`)
  if (link.length > INVITE_CHARS_MAX) throw bad(`it has more than ${INVITE_CHARS_MAX} characters`)
  const [account = '', query = ''] = link.slice(PREFIX.length).split(/\?(.*)/s)
  // Some programs put a slash behind a "host", and change the case of what they take for one.
  const id = account.replace(/\/$/, '').toLowerCase()
  if (!isId(id)) throw bad('its account is not an id')
  let name = ''
  const hints: { device: DeviceId; addresses: string[] }[] = []
  for (const [key, value] of new URLSearchParams(query)) {
    if (key === 'name') name = nameOf(value)
    else if (key === 'peer') hints.push({ device: deviceOf(value), addresses: [] })
    else if (key === 'at') addAddress(hints.at(-1), value)
    // Other keys are for later versions.
  }
  if (hints.length > DEVICES_MAX) throw bad(`it names more than ${DEVICES_MAX} devices`)
  return { account: id as AccountId, name, hints }
}

function nameOf(value: string): string {
  if (!isDisplayName(value)) throw bad('its name cannot be shown')
  return value
}

function deviceOf(value: string): DeviceId {
  if (!isId(value)) throw bad('a device in it is not an id')
  return value as DeviceId
}

function addAddress(hint: { addresses: string[] } | undefined, at: string): void {
  if (!hint) throw bad('an address in it belongs to no device')
  const address = multiaddrOf(at)
  if (!address) throw bad('an address in it is not IP:PORT')
  if (hint.addresses.length === ADDRESSES_PER_PEER_MAX) {
    throw bad(`a device in it has more than ${ADDRESSES_PER_PEER_MAX} addresses`)
  }
  hint.addresses.push(address)
}

/** The link's form of a multiaddr, or nothing when it has none. */
function atOf(multiaddr: string): string[] {
  const [, family, ip = '', port = ''] = MULTIADDR.exec(multiaddr) ?? []
  if (!isPort(port)) return []
  if (family === '4') return isIp4(ip) ? [`${ip}:${port}`] : []
  return family === '6' && isIp6(ip) ? [`[${ip}]:${port}`] : []
}

function multiaddrOf(at: string): string | undefined {
  const [, ip4 = '', port4 = ''] = AT_IP4.exec(at) ?? []
  if (isIp4(ip4) && isPort(port4)) return `/ip4/${ip4}/tcp/${port4}`
  const [, ip6 = '', port6 = ''] = AT_IP6.exec(at) ?? []
  if (isIp6(ip6) && isPort(port6)) return `/ip6/${ip6.toLowerCase()}/tcp/${port6}`
  return undefined
}

function isPort(text: string): boolean {
  const port = Number(text)
  return /^[1-9]/.test(text) && port <= 65_535
}

function isIp4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => IP4_BYTE.test(part) && Number(part) <= 255)
}

function isIp6(text: string): boolean {
  return text.includes(':') && URL.canParse(`tcp://[${text}]`)
}

function bad(why: string): TidingsError {
  return new TidingsError('bad_input', `this is not an invite link that works: ${why}`)
}
