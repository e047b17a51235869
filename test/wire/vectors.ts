// The golden vectors: from fixed keys, what every implementation of docs/PROTOCOL.md must arrive
// at. They are made by the code, kept in vectors.json and printed in the specification; a change of
// any byte on the wire shows as a difference there. Write them anew with
//
//   node test/wire/vectors.ts
import { readFileSync, writeFileSync } from 'node:fs'

import { base58btc } from 'multiformats/bases/base58'

import type { ChangeBody, Entry } from '../../src/core/entry.ts'
import { proveFork } from '../../src/core/fork.ts'
import type { ClocksFrame, Frame } from '../../src/core/frames.ts'
import {
  type AccountId,
  directConversation,
  type DeviceId,
  idFromBytes,
  idToBytes,
  logTag,
  messageId,
} from '../../src/core/id.ts'
import { EXPIRES_SECONDS_MAX } from '../../src/core/limits.ts'
import {
  chainHashes,
  closeRun,
  emptyHead,
  type Head,
  publicKeyFromSeed,
  type Run,
  type Signer,
  signerFromSeed,
} from '../../src/core/run.ts'
import { step } from '../../src/core/sync/engine.ts'
import { initialState } from '../../src/core/sync/state.ts'
import { safetyNumber } from '../../src/node/people/identity.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { encodeFrame } from '../../src/wire/frames.ts'
import { frameBytes } from '../../src/wire/framing.ts'
import { encodeInvite } from '../../src/wire/invite.ts'
import { Writer } from '../../src/wire/writer.ts'
import { groupVectors } from './vectors-group.ts'

export type Vectors = Readonly<Record<string, string>>

export const VECTORS_FILE = new URL('vectors.json', import.meta.url)
export const PROTOCOL_FILE = new URL('../../docs/PROTOCOL.md', import.meta.url)
const BEGIN = '<!-- vectors -->'
const END = '<!-- /vectors -->'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
/** A PeerId of an Ed25519 key: the identity multihash of its protobuf form, in base58. */
const peerId = (key: Uint8Array): string =>
  base58btc.baseEncode(Buffer.concat([Buffer.from('002408011220', 'hex'), key]))

interface Person {
  readonly account: AccountId
  readonly device: DeviceId
  readonly sign: Signer
  readonly signAccount: Signer
}

function person(name: string, accountByte: number, out: Record<string, string>): Person {
  const accountSeed = new Uint8Array(32).fill(accountByte)
  const deviceSeed = new Uint8Array(32).fill(accountByte + 0x10)
  const account = publicKeyFromSeed(accountSeed)
  const device = publicKeyFromSeed(deviceSeed)
  out[`${name}.account.seed`] = hex(accountSeed)
  out[`${name}.account.key`] = hex(account)
  out[`${name}.account.id`] = idFromBytes(account)
  out[`${name}.device.seed`] = hex(deviceSeed)
  out[`${name}.device.key`] = hex(device)
  out[`${name}.device.id`] = idFromBytes(device)
  out[`${name}.device.peer_id`] = peerId(device)
  return {
    account: idFromBytes<AccountId>(account),
    device: idFromBytes<DeviceId>(device),
    sign: signerFromSeed(deviceSeed),
    signAccount: signerFromSeed(accountSeed),
  }
}

/** A conversation of four entries: two of Ann's, one of Bob's, and a third of Ann's. */
class Talk {
  readonly runs: Run[] = []
  readonly heads = new Map<DeviceId, Head>()
  private readonly conversation
  private readonly out: Record<string, string>

  constructor(a: Person, b: Person, out: Record<string, string>) {
    this.conversation = directConversation(a.account, b.account)
    this.out = out
    out['conversation'] = hex(idToBytes(this.conversation))
  }

  say(name: string, author: Person, said: readonly Entry[]): void {
    const log = { conversation: this.conversation, device: author.device }
    const before = this.heads.get(author.device) ?? emptyHead(this.conversation, author.device)
    if (before.seq === 0) this.out[`${name}.h_0`] = hex(before.hash)
    const entries = said.map(encodeEntry)
    const { run, head } = closeRun(log, before, entries, author.sign)
    const hashes = chainHashes(before.hash, entries)
    for (const [i, entry] of entries.entries()) {
      const seq = run.first + i
      this.out[`${name}.entry_${seq}`] = hex(entry)
      this.out[`${name}.h_${seq}`] = hex(hashes[i] ?? new Uint8Array())
    }
    this.out[`${name}.signature_${head.seq}`] = hex(run.signature)
    this.out[`${name}.message_id_${head.seq}`] = messageId(
      logTag(log.conversation, log.device),
      head.seq,
    )
    this.runs.push(run)
    this.heads.set(author.device, head)
  }
}

const text = (wallTimeMs: number, text: string, ...deps: Entry['deps']): Entry => ({
  wallTimeMs,
  deps,
  body: { kind: 'text', text },
})

/** The Clocks that the engine itself tells Bob when he has never met this node. */
function firstClocks(ann: Person, bob: Person, talk: Talk): ClocksFrame {
  const id = directConversation(ann.account, bob.account)
  const devices = new Map([ann, bob].map(({ account, device }) => [device, account]))
  const logs = new Map(
    [...talk.heads].map(([device, head]) => [device, { ...head, forked: false }]),
  )
  const start = initialState(ann.device, '0011223344556677', 5)
  const opened = step(
    start,
    { type: 'conversations', introduced: [{ id, devices, logs, changedAt: 5 }] },
    0,
  )
  const meeting = {
    type: 'connected',
    peer: bob.device,
    shared: new Set([id]),
    knows: undefined,
    theirs: new Map(),
  } as const
  for (const effect of step(opened.state, meeting, 0).effects) {
    if (effect.type === 'send' && effect.frame.type === 'clocks') return effect.frame
  }
  throw new Error('the engine told no clocks')
}

export function makeVectors(): Vectors {
  const out: Record<string, string> = {}
  const ann = person('ann', 1, out)
  const bob = person('bob', 2, out)
  const devices = signDeviceList(ann.account, 1, [ann.device], ann.signAccount)
  out['safety_number'] = safetyNumber(ann.account, bob.account)
  out['ann.device_list.signature'] = hex(devices.signature)
  const two = signDeviceList(ann.account, 2, [ann.device, bob.device], ann.signAccount)
  out['ann.device_list_of_two.signature'] = hex(two.signature)

  const talk = new Talk(ann, bob, out)
  talk.say('ann', ann, [text(1_700_000_000_000, 'Hello, Bob'), text(1_700_000_001_000, 'Tea? ☕')])
  talk.say('bob', bob, [text(1_400_000_000_000, 'Yes!', { device: ann.device, seq: 2 })])
  talk.say('ann', ann, [text(1_700_000_002_000, 'At four', { device: bob.device, seq: 1 })])

  const mentions = [ann.account, bob.account].toSorted()
  const replyTo = { device: bob.device, seq: 1 }
  const waves = { kind: 'text', text: 'waves to Bob', action: true, replyTo, mentions } as const
  out['entry.with_everything'] = hex(encodeEntry({ wallTimeMs: 1, deps: [], body: waves }))

  const day = 86_400
  const timer = (seconds: number): Entry => ({
    wallTimeMs: 1,
    deps: [],
    body: { kind: 'timer', seconds },
  })
  out['entry.timer_of_a_day'] = hex(encodeEntry(timer(day)))
  out['entry.timer_off'] = hex(encodeEntry(timer(0)))
  const gone = { kind: 'text', text: 'gone tomorrow', expires: day } as const
  out['entry.expires'] = hex(encodeEntry({ wallTimeMs: 1, deps: [], body: gone }))
  changes(ann, bob, out)

  const bobs = signDeviceList(bob.account, 1, [bob.device], bob.signAccount)
  const group = groupVectors(devices, bobs, ann.sign)
  for (const [name, value] of Object.entries(group.values)) out[name] = hex(value)

  const conversation = directConversation(ann.account, bob.account)
  const log = { conversation, device: ann.device }
  const clocks = firstClocks(ann, bob, talk)
  out['digest'] = hex(clocks.digest ?? new Uint8Array())
  const hello = {
    type: 'hello',
    version: 1,
    devices,
    name: 'Ann',
    agent: 'tidings/0.1.0',
    addresses: [],
  } as const
  const resume = { epoch: '8899aabbccddeeff', position: 300 }
  const [first, reply] = talk.runs
  if (!first || !reply) throw new Error('there are no runs')
  // Had Ann's database been put back to where she had written nothing, she could have written this.
  const otherwise = [text(1_700_000_060_000, 'Hello again'), text(1_700_000_061_000, 'Coffee?')]
  const other = closeRun(
    log,
    emptyHead(conversation, ann.device),
    otherwise.map(encodeEntry),
    ann.sign,
  )
  const proof = proveFork(first, other.run)
  if (!proof) throw new Error('there is no fork')
  const frames: Record<string, Frame> = {
    hello,
    hello_with_resume: { ...hello, resume },
    hello_with_address: { ...hello, addresses: ['/ip4/10.0.0.7/tcp/4001'] },
    contact: { type: 'contact', request: '0123456789abcdef', text: 'Hi, it is Ann' },
    decline: { type: 'decline', request: '0123456789abcdef' },
    clocks,
    clocks_wanted: { type: 'clocks_wanted' },
    want: { type: 'want', ...log, first: 1, last: 3, credit: 1_048_576 },
    credit: { type: 'credit', ...log, credit: 131_072 },
    run_of_two: { type: 'run', run: first },
    run_with_dep: { type: 'run', run: reply },
    read: { type: 'read', clock: { conversation, seqs: new Map([[ann.device, 2]]) } },
    read_elsewhere: {
      type: 'read',
      clock: { conversation, seqs: new Map() },
      yours: new Map([[bob.device, 1]]),
    },
    typing: { type: 'typing', conversation, stopped: false },
    typing_stopped: { type: 'typing', conversation, stopped: true },
    dial_back: { type: 'dial_back', port: 4001 },
    dialed_back: {
      type: 'dialed_back',
      reached: true,
      heard: false,
      wallTimeMs: 1_700_000_000_000,
    },
    ping: { type: 'ping' },
    pong: { type: 'pong' },
    fork: { type: 'fork', proof, held: 3 },
    devices: { type: 'devices', list: hello.devices },
    ...group.frames,
    bye: { type: 'bye', code: 'parted', reason: 'this session ends' },
  }
  for (const [name, frame] of Object.entries(frames)) {
    out[`frame.${name}`] = hex(encodeFrame(frame))
  }
  out['stream.ping_then_decline'] = hex(
    Buffer.concat(
      [frames['ping'], frames['decline']].map((f) => frameBytes(encodeFrame(f as Frame))),
    ),
  )
  const hints = [
    { device: ann.device, addresses: ['/ip4/10.0.0.7/tcp/4001', '/ip6/fe80::1/tcp/4001'] },
  ]
  out['invite'] = encodeInvite({ account: ann.account, name: 'Ann', hints })
  for (const [name, bytes] of Object.entries(group.refused)) {
    out[`refused.entry.${name}`] = hex(bytes)
  }
  return { ...out, ...refused(ann, bob) }
}

/** What may become of Ann's second message. */
function changes(ann: Person, bob: Person, out: Record<string, string>): void {
  const target = { device: ann.device, seq: 2 }
  const bodies: Record<string, ChangeBody> = {
    edit: { kind: 'edit', target, text: 'Coffee, @bob? ☕', mentions: [bob.account] },
    delete: { kind: 'delete', target },
    reaction: { kind: 'reaction', target, emoji: '👍🏽', removed: false },
    reaction_removed: { kind: 'reaction', target, emoji: '👍🏽', removed: true },
    pin: { kind: 'pin', target, removed: false },
    pin_removed: { kind: 'pin', target, removed: true },
  }
  for (const [name, body] of Object.entries(bodies)) {
    out[`entry.${name}`] = hex(encodeEntry({ wallTimeMs: 1, deps: [], body }))
  }
}

/** Entries and frames that must be refused; the name says why. */
function refused(ann: Person, bob: Person): Vectors {
  const body = new Writer().string(1, 'hi')
  const dep = ({ device }: Person): Writer => new Writer().bytes(1, idToBytes(device)).uint(2, 1)
  const [low, high] = ann.device < bob.device ? [ann, bob] : [bob, ann]
  const entries: Record<string, Uint8Array> = {
    no_body: new Writer().uint(1, 5).finish(),
    two_bodies: new Writer().message(16, body).message(99, new Writer()).finish(),
    two_wall_times: new Writer().uint(1, 5).uint(1, 6).message(16, body).finish(),
    long_varint: Buffer.concat([
      Buffer.from('088500', 'hex'),
      new Writer().message(16, body).finish(),
    ]),
    empty_text: new Writer().message(16, new Writer().bytes(1, new Uint8Array())).finish(),
    surrogate: new Writer()
      .message(16, new Writer().bytes(1, Buffer.from('eda080', 'hex')))
      .finish(),
    expires_never: new Writer()
      .message(
        16,
        new Writer()
          .string(1, 'hi')
          .number(20 * 8)
          .number(0),
      )
      .finish(),
    expires_too_late: new Writer()
      .message(16, new Writer().string(1, 'hi').uint(20, EXPIRES_SECONDS_MAX + 1))
      .finish(),
    timer_too_long: new Writer()
      .message(40, new Writer().uint(1, EXPIRES_SECONDS_MAX + 1))
      .finish(),
    deps_descend: new Writer()
      .message(2, dep(high))
      .message(2, dep(low))
      .message(16, body)
      .finish(),
  }
  const target = new Writer().message(1, dep(ann))
  const two = Buffer.concat([target.finish(), new Writer().string(2, '👍👍').finish()])
  entries['edit_without_text'] = new Writer().message(17, target).finish()
  entries['delete_without_target'] = new Writer().message(18, new Writer()).finish()
  entries['two_emoji'] = new Writer().bytes(19, two).finish()
  const frames: Record<string, Uint8Array> = {
    two_kinds: Buffer.from('52005a00', 'hex'),
    group: Buffer.from('52007b7c', 'hex'),
    cut_short: Buffer.from('520100', 'hex').subarray(0, 2),
  }
  const out: Record<string, string> = {}
  for (const [name, bytes] of Object.entries(entries)) out[`refused.entry.${name}`] = hex(bytes)
  for (const [name, bytes] of Object.entries(frames)) out[`refused.frame.${name}`] = hex(bytes)
  return out
}

/** The vectors as the specification prints them. */
export function readPrinted(document: string): Vectors {
  const [, section] = /<!-- vectors -->\n([^]*)<!-- \/vectors -->/.exec(document) ?? []
  const lines = (section ?? '').matchAll(/^([\w.]+) = (.*)$/gm)
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
}

function printed(document: string, vectors: Vectors): string {
  const lines = Object.entries(vectors).map(([name, value]) => `${name} = ${value}`)
  const block = `${BEGIN}\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n\n${END}`
  return document.replace(/<!-- vectors -->[^]*<!-- \/vectors -->/, () => block)
}

if (import.meta.main) {
  const vectors = makeVectors()
  writeFileSync(VECTORS_FILE, `${JSON.stringify(vectors, null, 2)}\n`)
  writeFileSync(PROTOCOL_FILE, printed(readFileSync(PROTOCOL_FILE, 'utf8'), vectors))
}
