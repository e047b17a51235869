// What a contact record means: who is held, where to look for them, what may be sent to them.
import { commonRequest } from '../../core/acquaintance.ts'
import { TidingsError } from '../../core/errors.ts'
import type { DeviceList } from '../../core/frames.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import { REQUEST_TEXT_BYTES_MAX } from '../../core/limits.ts'
import { isBlank, isDisplayName } from '../../core/text.ts'
import type { ContactRecord } from '../../store/store.ts'

type Hints = ContactRecord['hints']

/** Devices that are looked for on a hint, before the signed list is known. */
const HINTS_MAX = 8

/** A record for somebody met for the first time. */
export function newContact(
  account: AccountId,
  fields: Partial<ContactRecord> & Pick<ContactRecord, 'state'>,
): ContactRecord {
  return {
    account,
    name: '',
    alias: '',
    request: '',
    requestText: '',
    requestedAtMs: 0,
    declined: false,
    verified: false,
    devices: undefined,
    hints: [],
    lastSeenMs: 0,
    ...fields,
  }
}

/**
 * The record of somebody who asks, and where they say that they listen: whoever is accepted while
 * away is looked for there. Of one known before, what the user made of them stays.
 */
export function requestOf(
  account: AccountId,
  hint: Hints[number],
  asked: Pick<ContactRecord, 'name' | 'request' | 'requestText' | 'requestedAtMs'>,
  known: ContactRecord | undefined,
): ContactRecord {
  return {
    ...newContact(account, { state: 'incoming' }),
    ...(known && { alias: known.alias, verified: known.verified, devices: known.devices }),
    ...asked,
    hints: [hint],
  }
}

/** @throws TidingsError `not_a_contact`, `contact_blocked` when nothing can be sent to them. */
export function assertSendable(record: ContactRecord, name: string): void {
  if (record.declined || record.state === 'incoming') {
    const words = `${name} is not your contact; add them first with: contact add`
    throw new TidingsError('not_a_contact', words)
  }
  if (record.state === 'blocked') {
    throw new TidingsError('contact_blocked', `you have blocked ${name}; unblock them first`)
  }
}

/** Whether we hold somebody as a contact, accepted or asked. */
export function isHeld(record: ContactRecord): boolean {
  return record.state === 'friend' || record.state === 'requested'
}

/** @throws TidingsError `no_request` */
export function accepted(record: ContactRecord): ContactRecord {
  return record.state === 'friend' ? record : { ...openRequest(record), state: 'friend' }
}

/** @throws TidingsError `no_request` */
export function rejected(record: ContactRecord): ContactRecord {
  return { ...openRequest(record), declined: true }
}

function openRequest(record: ContactRecord): ContactRecord {
  if (record.state === 'incoming' && !record.declined) return record
  const name = record.alias || record.name
  throw new TidingsError('no_request', `there is no open request from ${name}`)
}

/** With the request that both keep. */
export function withCommonRequest(record: ContactRecord, theirs: string): ContactRecord {
  const request = commonRequest(record.request, theirs)
  return request === record.request ? record : { ...record, request }
}

/** Whether the device was taken off the account's list, so that only older lists name it. */
export function isOffList(
  { devices }: ContactRecord,
  device: DeviceId,
  shown: Pick<DeviceList, 'version'>,
): boolean {
  return (
    devices !== undefined && devices.version >= shown.version && !devices.devices.includes(device)
  )
}

/** Devices to look for: those on the signed list, and those only hinted at. */
export function devicesToKeep(record: ContactRecord): Map<DeviceId, readonly string[]> {
  const devices = new Map<DeviceId, readonly string[]>()
  for (const { device, addresses } of record.hints) devices.set(device, addresses)
  for (const device of record.devices?.devices ?? []) {
    if (!devices.has(device)) devices.set(device, [])
  }
  return devices
}

/** What was learned last comes first. */
export function mergeHints(newer: Hints, older: Hints): Hints {
  const fresh = new Set(newer.map(({ device }) => device))
  return [...newer, ...older.filter(({ device }) => !fresh.has(device))].slice(0, HINTS_MAX)
}

/** The words of a request, which may be none. @throws TidingsError `text_too_long`, `text_empty` */
export function assertRequestText(text: string): void {
  if (Buffer.byteLength(text) > REQUEST_TEXT_BYTES_MAX) {
    const words = `the words of a request have at most ${REQUEST_TEXT_BYTES_MAX} bytes`
    throw new TidingsError('text_too_long', words)
  }
  if (text !== '' && isBlank(text)) {
    throw new TidingsError('text_empty', 'there is nothing to see in the words of this request')
  }
}

/** @throws TidingsError `bad_name` */
export function assertName(name: string): void {
  if (isDisplayName(name)) return
  const words = 'a name has 1 to 64 bytes, without line breaks or control characters'
  throw new TidingsError('bad_name', words)
}
