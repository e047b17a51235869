// The hand-written codec and tidings.proto say the same, shown with protobufjs as an independent
// implementation of the schema: each reads what the other wrote.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as fc from 'fast-check'
import * as protobuf from 'protobufjs'

import type { Clock } from '../../src/core/clock.ts'
import type { Body, ChangeBody, TextBody } from '../../src/core/entry.ts'
import type { ConversationClock, DeviceList, Frame, ResumeToken } from '../../src/core/frames.ts'
import { type DeviceId, idToBytes } from '../../src/core/id.ts'
import type { Run } from '../../src/core/run.ts'
import { decodeEntry, encodeEntry } from '../../src/wire/entry.ts'
import { decodeFrame, encodeFrame } from '../../src/wire/frames.ts'
import { comparable, entry, frame } from './arbitraries.ts'

const schema = readFileSync(new URL('../../src/wire/tidings.proto', import.meta.url), 'utf8')
const { root } = protobuf.parse(schema)
const FRAME = root.lookupType('tidings.v1.Frame')
const ENTRY = root.lookupType('tidings.v1.Entry')

/** Nothing here is over 2^53. */
const NUMBERS = { longs: Number }

const list = ({ account, version, devices, signature }: DeviceList): object => ({
  account: idToBytes(account),
  version,
  devices: devices.map(idToBytes),
  signature,
})
const token = ({ epoch, position }: ResumeToken): object => ({
  epoch: Buffer.from(epoch, 'hex'),
  position,
})
const clock = ({ conversation, seqs, marks }: ConversationClock): object => ({
  conversation: idToBytes(conversation),
  seqs: [...seqs].map(([device, seq]) => {
    const mark = marks?.get(device)
    return { device: idToBytes(device), seq, ...(mark && { mark }) }
  }),
})
const places = (seqs: ReadonlyMap<DeviceId, number>): object[] =>
  [...seqs].map(([device, seq]) => ({ device: idToBytes(device), seq }))
const plainRun = ({ conversation, device, ...rest }: Run): object => ({
  conversation: idToBytes(conversation),
  device: idToBytes(device),
  ...rest,
})

/** A frame as an object of the schema, written down here once more and independently. */
function asMessage(value: Frame): Record<string, unknown> {
  switch (value.type) {
    case 'hello': {
      const { version, devices, name, agent, addresses, resume } = value
      const more = resume && { resume: token(resume) }
      return { hello: { version, devices: list(devices), name, agent, addresses, ...more } }
    }
    case 'contact':
      return { contact: { request: value.request, text: value.text } }
    case 'decline':
      return { decline: { request: value.request } }
    case 'clocks': {
      const { reset, clocks, digest } = value
      const more = { ...(value.token && { token: token(value.token) }), ...(digest && { digest }) }
      return { clocks: { reset, clocks: clocks.map(clock), ...more } }
    }
    case 'clocks_wanted':
      return { clocksWanted: { conversations: (value.conversations ?? []).map(idToBytes) } }
    case 'want': {
      const { type: _, conversation, device, ...numbers } = value
      const ids = { conversation: idToBytes(conversation), device: idToBytes(device) }
      return { want: { ...ids, ...numbers } }
    }
    case 'credit': {
      const ids = { conversation: idToBytes(value.conversation), device: idToBytes(value.device) }
      return { credit: { ...ids, credit: value.credit } }
    }
    case 'run':
      return { run: plainRun(value.run) }
    case 'fork': {
      const { head, run } = value.proof
      return { fork: { run: plainRun(run), ...head, held: value.held } }
    }
    case 'devices':
      return { devices: list(value.list) }
    case 'group_invite': {
      const { device, entry: first, name, key, proof = [] } = value
      const vouchers = proof.map((each) => {
        return { devices: list(each.devices), run: plainRun(each.run) }
      })
      const what = { device: idToBytes(device), entry: first, name, ...key }
      return { groupInvite: { ...what, proof: vouchers } }
    }
    case 'groups_wanted':
      return { groupsWanted: {} }
    case 'groups': {
      const groups = value.groups.map(({ conversation, ...rest }) => {
        return { conversation: idToBytes(conversation), ...rest }
      })
      return { groups: { groups } }
    }
    case 'group_key': {
      const { conversation, epoch, key } = value
      return { groupKey: { conversation: idToBytes(conversation), epoch, key } }
    }
    case 'group_join':
      return { groupJoin: { conversation: idToBytes(value.conversation) } }
    case 'read':
      return {
        read: { clock: clock(value.clock), ...(value.yours && { yours: places(value.yours) }) },
      }
    case 'dial_back':
      return { dialBack: { port: value.port } }
    case 'dialed_back': {
      const { reached, heard, wallTimeMs } = value
      const seen = heard === undefined ? 0 : heard ? 1 : 2
      return { dialedBack: { reached, heard: seen, wallTime: wallTimeMs } }
    }
    case 'typing':
      return { typing: { conversation: idToBytes(value.conversation), stopped: value.stopped } }
    case 'ping':
      return { ping: {} }
    case 'pong':
      return { pong: {} }
    case 'bye':
      return { bye: { code: value.code, reason: value.reason } }
    case 'unknown':
      throw new TypeError('there is no such message')
  }
}

/** Without the fields at their default, which proto3 does not tell from absent ones. */
function sparse(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(sparse)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, field]) => [key, sparse(field)] as const)
      .filter(([, field]) => field !== 0 && field !== '' && field !== false)
      .filter(([, field]) => !Array.isArray(field) || field.length > 0),
  )
}

test('protobufjs reads every frame that is written here', () => {
  fc.assert(
    fc.property(frame, (value) => {
      const read = FRAME.toObject(FRAME.decode(encodeFrame(value)), NUMBERS)
      assert.deepEqual(sparse(read), sparse(asMessage(value)))
    }),
    { numRuns: 300 },
  )
})

test('every frame that protobufjs writes is read here', () => {
  fc.assert(
    fc.property(frame, (value) => {
      const bytes = FRAME.encode(FRAME.fromObject(asMessage(value))).finish()
      assert.deepEqual(comparable(decodeFrame(bytes)), comparable(value))
    }),
    { numRuns: 300 },
  )
})

function plainText({ text, action, replyTo, mentions, expires }: TextBody): object {
  return {
    text,
    ...(action && { action }),
    ...(replyTo && { replyTo: { device: idToBytes(replyTo.device), seq: replyTo.seq } }),
    ...(mentions && { mentions: mentions.map(idToBytes) }),
    ...(expires !== undefined && { expires }),
  }
}

const plainEnds = (ends: Clock): object =>
  [...ends].map(([device, seq]) => ({ device: idToBytes(device), seq }))

function plainBody(body: Body): object {
  switch (body.kind) {
    case 'text':
      return { text: plainText(body) }
    case 'timer':
      return { timer: { seconds: body.seconds } }
    case 'group_create': {
      const { kind: _, devices, ...rest } = body
      return { groupCreate: { ...rest, devices: list(devices) } }
    }
    case 'group_add': {
      const { devices, displayName, key } = body
      const more = key && { epoch: key.epoch, keyCheck: key.check }
      return { groupAdd: { devices: list(devices), displayName, ...more } }
    }
    case 'closed':
      return { closed: { epoch: body.epoch, box: body.box } }
    case 'group_devices':
      return { groupDevices: { devices: list(body.devices), displayName: body.displayName } }
    case 'group_role': {
      const { account, role, ends } = body
      const admin = role === 'admin'
      return { groupRole: { account: idToBytes(account), ends: plainEnds(ends), admin } }
    }
    case 'group_remove':
      return { groupRemove: { account: idToBytes(body.account), ends: plainEnds(body.ends) } }
    case 'group_info': {
      const { name, topic, open } = body
      return {
        groupInfo: {
          ...(name !== undefined && { name }),
          ...(topic !== undefined && { topic: { topic } }),
          ...(open !== undefined && { open: open ? 2 : 1 }),
        },
      }
    }
    case 'edit':
    case 'delete':
    case 'reaction':
    case 'pin':
      return plainChange(body)
    case 'unknown':
      throw new TypeError('there is no such body')
  }
}

function plainChange(body: ChangeBody): object {
  const { kind, target, ...more } = body
  const ref = { device: idToBytes(target.device), seq: target.seq }
  const names = 'mentions' in more ? { mentions: more.mentions.map(idToBytes) } : {}
  return { [kind]: { ...more, target: ref, ...names } }
}

test('protobufjs reads every entry that is written here, and the other way round', () => {
  fc.assert(
    fc.property(entry, (value) => {
      const message = {
        wallTimeMs: value.wallTimeMs,
        deps: value.deps.map(({ device, seq }) => ({ device: idToBytes(device), seq })),
        ...plainBody(value.body),
      }
      const read = ENTRY.toObject(ENTRY.decode(encodeEntry(value)), NUMBERS)
      assert.deepEqual(sparse(read), sparse(message))
      const back = decodeEntry(ENTRY.encode(ENTRY.fromObject(message)).finish())
      assert.deepEqual(comparable(back), comparable(value))
    }),
    { numRuns: 200 },
  )
})

test('the schema explains every message and keeps its comments', () => {
  const lines = schema.split('\n')
  const bare = lines.filter((line, i) => {
    if (!/^message (?!Ping|Pong|Text|Topic|OpenGroup)/.test(line)) return false
    return !lines[i - 1]?.startsWith('//')
  })
  assert.deepEqual(bare, [])
})
