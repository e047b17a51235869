// Any value that may go over the wire, for the property tests.
import * as fc from 'fast-check'

import type { ChangeBody, ClosedBody, Entry, TextBody, TimerBody } from '../../src/core/entry.ts'
import type { ConversationClock, DeviceList, Frame, ResumeToken } from '../../src/core/frames.ts'
import type { GroupBody, GroupCreateBody } from '../../src/core/group/bodies.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
} from '../../src/core/id.ts'
import { EXPIRES_SECONDS_MAX, GROUP_EPOCH_MAX, WALL_TIME_MS_MAX } from '../../src/core/limits.ts'
import type { Run } from '../../src/core/run.ts'
import { isDisplayName, isTopic } from '../../src/core/text.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'

export const PLAIN = { noNullPrototype: true }

export const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })

export const conversation = bytes(32).map((id) => idFromBytes<ConversationId>(id))
export const device = bytes(32).map((id) => idFromBytes<DeviceId>(id))
export const account = bytes(32).map((id) => idFromBytes<AccountId>(id))
/** Small ones and the edges of varints more often than chance would have them. */
export const number = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.constantFrom(127, 128, 16_383, 16_384, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
)
export const positive = number.map((n) => Math.max(1, n))
const range = fc
  .tuple(positive, positive)
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)

const unicode = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'grapheme', minLength, maxLength })
export const text = unicode(1, 200)
const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)
const name = unicode(1, 20).filter(isDisplayName)

const mentions = fc
  .uniqueArray(account, { minLength: 1, maxLength: 4 })
  .map((accounts) => accounts.toSorted())

const textBody: fc.Arbitrary<TextBody> = fc.record(
  {
    kind: fc.constant('text' as const),
    text,
    action: fc.constant(true),
    replyTo: fc.record({ device, seq: positive }, PLAIN),
    mentions,
    expires: fc.integer({ min: 1, max: EXPIRES_SECONDS_MAX }),
  },
  { ...PLAIN, requiredKeys: ['kind', 'text'] },
)

const target = fc.record({ device, seq: positive }, PLAIN)
export const emoji = fc.constantFrom('👍', '❤️', '👩🏽‍🚀', '🇩🇪', '1️⃣', 'x', '☕')

export const changeBody: fc.Arbitrary<ChangeBody> = fc.oneof(
  fc.record(
    { kind: fc.constant('edit' as const), target, text, mentions },
    { ...PLAIN, requiredKeys: ['kind', 'target', 'text'] },
  ),
  fc.record({ kind: fc.constant('delete' as const), target }, PLAIN),
  fc.record(
    { kind: fc.constant('reaction' as const), target, emoji, removed: fc.boolean() },
    PLAIN,
  ),
  fc.record({ kind: fc.constant('pin' as const), target, removed: fc.boolean() }, PLAIN),
)

const timerBody: fc.Arbitrary<TimerBody> = fc.record(
  {
    kind: fc.constant('timer' as const),
    seconds: fc.integer({ min: 0, max: EXPIRES_SECONDS_MAX }),
  },
  PLAIN,
)

export const epoch = fc.integer({ min: 0, max: GROUP_EPOCH_MAX })

const closedBody: fc.Arbitrary<ClosedBody> = fc.record(
  {
    kind: fc.constant('closed' as const),
    epoch,
    box: fc.uint8Array({ minLength: 31, maxLength: 200 }),
  },
  PLAIN,
)

const token: fc.Arbitrary<ResumeToken> = fc.record(
  { epoch: bytes(8).map((epoch) => Buffer.from(epoch).toString('hex')), position: number },
  PLAIN,
)

const clock: fc.Arbitrary<ConversationClock> = fc.record(
  {
    conversation,
    seqs: fc.array(fc.tuple(device, positive), { maxLength: 6 }).map((pairs) => new Map(pairs)),
  },
  PLAIN,
)

/** Some of its devices with a mark. */
const markedClock: fc.Arbitrary<ConversationClock> = fc
  .tuple(clock, fc.array(fc.option(bytes(16)), { maxLength: 6 }))
  .map(([plain, some]) => {
    const marked = [...plain.seqs.keys()].flatMap((author, i) => {
      const mark = some[i]
      return mark ? [[author, mark] as const] : []
    })
    return marked.length > 0 ? { ...plain, marks: new Map(marked) } : plain
  })

const devices: fc.Arbitrary<DeviceList> = fc.record(
  {
    account,
    version: positive,
    devices: fc.uniqueArray(device, { minLength: 1, maxLength: 5 }).map((ids) => ids.toSorted()),
    signature: bytes(64),
  },
  PLAIN,
)

const topic = fc.oneof(fc.constant(''), unicode(1, 30).filter(isTopic))
const named = { devices, displayName: name }
const ends = fc
  .uniqueArray(fc.tuple(device, positive), { maxLength: 4, selector: ([id]) => id })
  .map((pairs) => new Map(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))))

const create: fc.Arbitrary<GroupCreateBody> = fc.record(
  {
    kind: fc.constant('group_create' as const),
    nonce: bytes(16),
    name,
    topic,
    open: fc.boolean(),
    ...named,
    keyCheck: bytes(32),
  },
  {
    ...PLAIN,
    requiredKeys: ['kind', 'nonce', 'name', 'topic', 'open', 'devices', 'displayName'],
  },
)

const groupBody: fc.Arbitrary<GroupBody> = fc.oneof(
  create,
  fc.record(
    {
      kind: fc.constant('group_add' as const),
      ...named,
      key: fc.record({ epoch: epoch.map((n) => Math.max(1, n)), check: bytes(32) }, PLAIN),
    },
    { ...PLAIN, requiredKeys: ['kind', 'devices', 'displayName'] },
  ),
  fc.record({ kind: fc.constant('group_devices' as const), ...named }, PLAIN),
  fc.record(
    {
      kind: fc.constant('group_role' as const),
      account,
      role: fc.constantFrom('admin' as const, 'member' as const),
      ends,
    },
    PLAIN,
  ),
  fc.record({ kind: fc.constant('group_remove' as const), account, ends }, PLAIN),
  fc.record(
    { kind: fc.constant('group_info' as const), name, topic, open: fc.boolean() },
    { ...PLAIN, requiredKeys: ['kind'] },
  ),
)

const stamp = {
  wallTimeMs: number.map((n) => Math.min(n, WALL_TIME_MS_MAX)),
  deps: fc
    .uniqueArray(fc.record({ device, seq: positive }, PLAIN), {
      maxLength: 5,
      selector: (dep) => dep.device,
    })
    .map((deps) => deps.toSorted((a, b) => (a.device < b.device ? -1 : 1))),
}

export const entry: fc.Arbitrary<Entry> = fc.record(
  {
    ...stamp,
    body: fc.oneof(
      { weight: 3, arbitrary: textBody },
      changeBody,
      timerBody,
      groupBody,
      closedBody,
    ),
  },
  PLAIN,
)

export const run: fc.Arbitrary<Run> = fc.record(
  {
    conversation,
    device,
    first: number.map((n) => Math.max(1, Math.min(n, Number.MAX_SAFE_INTEGER - 100))),
    prevHash: bytes(32),
    entries: fc.array(entry.map(encodeEntry), { minLength: 1, maxLength: 10 }),
    signature: bytes(64),
  },
  PLAIN,
)

const groupKey = fc.record({ epoch, key: bytes(32) }, PLAIN)

const vouchers = fc.array(fc.record({ devices, run }, PLAIN), { minLength: 1, maxLength: 3 })

const invite = fc
  .record(
    { ...stamp, body: create, name, key: groupKey, vouchers },
    { ...PLAIN, requiredKeys: ['wallTimeMs', 'deps', 'body', 'name'] },
  )
  .map(({ name: now, key, vouchers: some, ...made }) => {
    const bytesOf = encodeEntry(made)
    const author = made.body.devices.devices.at(-1) as DeviceId
    const type = 'group_invite' as const
    const id = groupId(bytesOf)
    const what = { type, conversation: id, device: author, entry: bytesOf, name: now }
    const proof = some?.map((each) => ({ ...each, run: { ...each.run, conversation: id } }))
    return { ...what, ...(key && { key }), ...(proof && { proof }) }
  })

const kind = <T extends Frame['type']>(type: T): fc.Arbitrary<T> => fc.constant(type)

export const FRAMES = {
  hello: fc.record(
    {
      type: kind('hello'),
      version: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      devices,
      name,
      agent: fc.stringMatching(/^[ -~]{0,64}$/),
      addresses: fc.array(fc.stringMatching(/^\/[!-~]{1,127}$/), { maxLength: 8 }),
      resume: token,
    },
    { ...PLAIN, requiredKeys: ['type', 'version', 'devices', 'name', 'agent', 'addresses'] },
  ),
  contact: fc.record(
    { type: kind('contact'), request: word, text: fc.oneof(fc.constant(''), text) },
    PLAIN,
  ),
  decline: fc.record({ type: kind('decline'), request: word }, PLAIN),
  clocks: fc
    .record(
      {
        type: kind('clocks'),
        reset: fc.boolean(),
        clocks: fc.array(markedClock, { maxLength: 5 }),
        proof: fc.option(fc.record({ token, digest: bytes(16) }, PLAIN)),
      },
      PLAIN,
    )
    .map(({ proof, ...frame }) => ({ ...frame, ...proof })),
  clocks_wanted: fc.constant({ type: 'clocks_wanted' as const }),
  want: fc
    .record({ type: kind('want'), conversation, device, range, credit: positive }, PLAIN)
    .map(({ range: [first, last], ...want }) => ({ ...want, first, last })),
  credit: fc.record({ type: kind('credit'), conversation, device, credit: positive }, PLAIN),
  run: fc.record({ type: kind('run'), run }, PLAIN),
  fork: fc
    .record(
      {
        type: kind('fork'),
        run,
        place: fc.nat(),
        hash: bytes(32),
        signature: bytes(64),
        held: number,
      },
      PLAIN,
    )
    .map(({ type, run: other, place, hash, signature, held }) => {
      const { first, entries } = other
      const seq = Math.max(1, first - 1 + (place % (entries.length + 1)))
      return { type, proof: { head: { seq, hash, signature }, run: other }, held }
    }),
  devices: fc.record({ type: kind('devices'), list: devices }, PLAIN),
  group_invite: invite,
  groups_wanted: fc.constant({ type: 'groups_wanted' as const }),
  groups: fc.record(
    {
      type: kind('groups'),
      groups: fc.array(fc.record({ conversation, name, topic, members: number }, PLAIN), {
        maxLength: 5,
      }),
    },
    PLAIN,
  ),
  group_key: fc.record({ type: kind('group_key'), conversation, epoch, key: bytes(32) }, PLAIN),
  group_join: fc.record({ type: kind('group_join'), conversation }, PLAIN),
  read: fc.record(
    {
      type: kind('read'),
      clock,
      yours: clock.map(({ seqs }) => seqs).filter(({ size }) => size > 0),
    },
    { ...PLAIN, requiredKeys: ['type', 'clock'] },
  ),
  typing: fc.record({ type: kind('typing'), conversation, stopped: fc.boolean() }, PLAIN),
  dial_back: fc.record(
    { type: kind('dial_back'), port: fc.integer({ min: 1, max: 65_535 }) },
    PLAIN,
  ),
  dialed_back: fc.record(
    {
      type: kind('dialed_back'),
      reached: fc.boolean(),
      heard: fc.boolean(),
      wallTimeMs: fc.integer({ min: 0, max: WALL_TIME_MS_MAX }),
    },
    { ...PLAIN, requiredKeys: ['type', 'reached', 'wallTimeMs'] },
  ),
  ping: fc.constant({ type: 'ping' as const }),
  pong: fc.constant({ type: 'pong' as const }),
  bye: fc.record(
    { type: kind('bye'), code: word, reason: fc.oneof(fc.constant(''), unicode(1, 40)) },
    PLAIN,
  ),
} satisfies { readonly [K in Exclude<Frame['type'], 'unknown'>]: fc.Arbitrary<Frame> }

export const frame: fc.Arbitrary<Frame> = fc.oneof(...Object.values(FRAMES))

/** The same value with every Buffer and byte view as one class, so that they can be compared. */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, comparable(v)]))
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, comparable(v)]))
}
