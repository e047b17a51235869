// What a backup consists of: the identity without any device key, the records that are worth as
// much on another machine, and every log. What is derived (order, events) or holds only for one
// database (its openings, resume tokens, ports) is left out and made anew.
//
// Everything is checked while it is read: a backup is a file that somebody hands over, and what it
// brings into a database must be as good as what comes from a peer.
import * as v from 'valibot'

import { TidingsError } from '../../core/errors.ts'
import { isForkProof } from '../../core/fork.ts'
import { GROUP_KEY_BYTES } from '../../core/group/keys.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  isId,
  isIdChar,
} from '../../core/id.ts'
import { DEVICES_MAX, GROUP_EPOCH_MAX, GROUP_KEYS_MAX, TEXT_BYTES_MAX } from '../../core/limits.ts'
import { publicKeyFromSeed } from '../../core/run.ts'
import { isDisplayName } from '../../core/text.ts'
import { verifyDeviceList } from '../../wire/devices.ts'
import { decodeFrame } from '../../wire/frames.ts'
import { recordFromJson, recordToJson } from '../record-json.ts'
import type { IdentityRecord, RecordKind, Records } from '../store.ts'

// What is stored is the number: append only.
export const KIND = { start: 1, record: 2, log: 3, run: 4, head: 5 } as const

/** Kinds of records that go along, in the order in which they do. */
export const KEPT_KINDS = [
  'contact',
  'peer',
  'holds',
  'read',
  'fork',
  'setting',
  'received',
  'group',
  'group_key',
  'conversation',
  'draft',
] as const satisfies readonly RecordKind[]
export type KeptKind = (typeof KEPT_KINDS)[number]

/** Settings about this machine, which another has to find out for itself. */
const LOCAL_SETTINGS = new Set(['last-port'])

/** A person: what an identity is without the keys of a device. */
export type Person = Pick<IdentityRecord, 'accountSeed' | 'name' | 'devices'>

/** The first record. */
export interface BackupStart extends Person {
  /** The profile's name on the machine that it comes from. */
  readonly profile: string
}

export interface KeptRecord<K extends KeptKind = KeptKind> {
  readonly kind: K
  readonly key: string
  readonly value: Records[K]
}

export interface BackupLog {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly forked: boolean
}

export interface BackupHead {
  readonly seq: number
  readonly hash: Uint8Array
}

const bytes = v.instance(Uint8Array)
const device = v.custom<DeviceId>((value) => typeof value === 'string' && isId(value))
const account = v.custom<AccountId>((value) => typeof value === 'string' && isId(value))
const conversation = v.custom<ConversationId>((value) => typeof value === 'string' && isId(value))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const seed = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const list = v.pipe(
  v.object({
    account,
    version: count,
    devices: v.pipe(v.array(device), v.maxLength(DEVICES_MAX)),
    signature: bytes,
  }),
  v.check((devices) => verifyDeviceList(devices), 'a device list that is not signed'),
)
const name = v.pipe(v.string(), v.check(isDisplayName, 'a name that cannot be shown'))
const groupKey = v.looseObject({
  epoch: v.pipe(count, v.maxValue(GROUP_EPOCH_MAX)),
  key: v.pipe(bytes, v.length(GROUP_KEY_BYTES)),
  isProven: v.boolean(),
})
const clock = v.looseObject({
  clock: v.array(v.tuple([device, count])),
  isSplit: v.optional(v.literal(true)),
})

const startSchema = v.object({ profile: v.string(), accountSeed: seed, name, devices: list })
const logSchema = v.object({ conversation, device, forked: v.boolean() })
const headSchema = v.object({ seq: count, hash: bytes })
const keptSchema = v.object({ kind: v.picklist(KEPT_KINDS), key: v.string(), value: v.unknown() })

// Fields of later versions stay.
const valueSchemas = {
  contact: v.looseObject({
    account,
    name: v.string(),
    alias: v.string(),
    state: v.picklist(['friend', 'requested', 'incoming', 'blocked']),
    request: v.string(),
    requestText: v.string(),
    requestedAtMs: v.number(),
    declined: v.boolean(),
    verified: v.boolean(),
    devices: v.optional(list),
    hints: v.array(v.looseObject({ device, addresses: v.array(v.string()) })),
    lastSeenMs: v.number(),
  }),
  peer: v.looseObject({ device, account, addresses: v.array(v.string()) }),
  holds: clock,
  read: clock,
  fork: v.looseObject({ proof: v.string(), foundAtMs: v.number() }),
  received: v.looseObject({ bytes: count }),
  group: v.looseObject({
    conversation,
    state: v.picklist(['invited', 'joining', 'joined', 'left']),
    name,
    invitedBy: v.optional(account),
    roots: v.array(v.tuple([device, account])),
    leave: v.optional(v.object({ device, seq: count })),
    isPassedOn: v.optional(v.literal(true)),
  }),
  group_key: v.looseObject({ keys: v.pipe(v.array(groupKey), v.maxLength(GROUP_KEYS_MAX)) }),
  conversation: v.looseObject({
    muted: v.optional(v.looseObject({ untilMs: v.nullable(v.number()), all: v.boolean() })),
    tellRead: v.optional(v.boolean()),
    tellTyping: v.optional(v.boolean()),
  }),
  draft: v.looseObject({
    text: v.pipe(
      v.string(),
      v.check((text) => Buffer.byteLength(text) <= TEXT_BYTES_MAX),
    ),
  }),
  setting: v.looseObject({ value: v.union([v.string(), v.number(), v.boolean()]) }),
} as const satisfies Record<KeptKind, v.GenericSchema>

/** The record as it goes into a backup; undefined when it stays here. */
export function keptRecord<K extends KeptKind>(record: KeptRecord<K>): KeptRecord | undefined {
  const { kind, key, value } = record as KeptRecord
  if (kind === 'setting' && LOCAL_SETTINGS.has(key)) return undefined
  // A token speaks of what this database knows, and the copy may know less.
  if (kind === 'peer')
    return { kind, key, value: { ...(value as Records['peer']), token: undefined } }
  return { kind, key, value }
}

export function encodeJson(value: BackupStart | KeptRecord | BackupLog | BackupHead): Uint8Array {
  return recordToJson(value)
}

/** @throws TidingsError `backup_damaged` */
export function decodeStart(body: Uint8Array): BackupStart {
  return decode('the identity', body, (json) => {
    const start = v.parse(startSchema, json)
    const own = publicKeyFromSeed(Buffer.from(start.accountSeed, 'hex'))
    if (idFromBytes(own) !== start.devices.account)
      throw new TypeError('the key of another account')
    return start
  })
}

/** @throws TidingsError `backup_damaged` */
export function decodeKept(body: Uint8Array): KeptRecord {
  return decode('a record', body, (json) => {
    const { kind, key, value } = v.parse(keptSchema, json)
    const schema: v.GenericSchema = valueSchemas[kind]
    const checked = { kind, key, value: v.parse(schema, value) } as KeptRecord
    if (!belongs(checked)) throw new TypeError(`a ${kind} under the key ${key}`)
    return checked
  })
}

/** @throws TidingsError `backup_damaged` */
export function decodeLog(body: Uint8Array): BackupLog {
  return decode('a log', body, (json) => v.parse(logSchema, json))
}

/** @throws TidingsError `backup_damaged` */
export function decodeHead(body: Uint8Array): BackupHead {
  return decode('the end of a log', body, (json) => v.parse(headSchema, json))
}

/** @throws TidingsError `backup_damaged` for whatever `read` throws */
export function decode<T>(what: string, body: Uint8Array, read: (json: unknown) => T): T {
  try {
    return read(recordFromJson(Buffer.from(body)))
  } catch (cause) {
    throw new TidingsError('backup_damaged', `${what} in the backup is not valid`, { cause })
  }
}

/** Whether what the record says fits the key under which it will be kept. */
function belongs({ kind, key, value }: KeptRecord): boolean {
  const parts = key.split('/')
  const ids = (many: number): boolean => parts.length === many && parts.every(isId)
  const isClock = kind === 'holds' || kind === 'read'
  if (isClock && parts.length === 3 && isIdChar(parts.pop() ?? '')) return ids(2)
  if (kind === 'setting') return !LOCAL_SETTINGS.has(key)
  if (kind === 'contact') {
    const { account: owner, devices } = value as Records['contact']
    return key === owner && (devices === undefined || devices.account === owner)
  }
  if (kind === 'peer') return key === (value as Records['peer']).device
  if (kind === 'group') return key === (value as Records['group']).conversation
  if (kind === 'group_key' || kind === 'received' || kind === 'conversation' || kind === 'draft')
    return ids(1)
  if (kind !== 'fork') return ids(2)
  const frame = decodeFrame(Buffer.from((value as Records['fork']).proof, 'base64'))
  if (frame.type !== 'fork' || !ids(2)) return false
  const { run } = frame.proof
  return key === `${run.conversation}/${run.device}` && isForkProof(frame.proof)
}
