// The golden vectors of groups with keys: Ann makes one, adds Bob with the key of epoch 1, and
// writes to him.
import type { Entry } from '../../src/core/entry.ts'
import type { DeviceList, Frame } from '../../src/core/frames.ts'
import { KeyChain, keyCheck } from '../../src/core/group/keys.ts'
import { idToBytes, logName } from '../../src/core/id.ts'
import { GROUP_EPOCH_MAX } from '../../src/core/limits.ts'
import { chainEnd, closeRun, type Signer } from '../../src/core/run.ts'
import { closedEntry } from '../../src/wire/closed-entry.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { Writer } from '../../src/wire/writer.ts'

const EPOCH = 1

export interface GroupVectors {
  /** By name. */
  readonly values: Readonly<Record<string, Uint8Array>>
  readonly frames: Readonly<Record<string, Frame>>
  /** Entries that must be refused. */
  readonly refused: Readonly<Record<string, Uint8Array>>
}

/** @param sign of Ann's device */
export function groupVectors(ann: DeviceList, bob: DeviceList, sign: Signer): GroupVectors {
  const [device] = ann.devices
  if (!device) throw new Error('Ann has no device')
  const chain = new KeyChain({ epoch: 0, key: new Uint8Array(32).fill(0x21) })
  const values: Record<string, Uint8Array> = {}
  for (const epoch of [0, EPOCH, GROUP_EPOCH_MAX]) {
    const key = chain.key(epoch) ?? new Uint8Array()
    values[`group.key_${epoch}`] = key
    values[`group.box_key_${epoch}`] = chain.boxKey(epoch) ?? new Uint8Array()
    values[`group.key_check_${epoch}`] = keyCheck(key)
  }
  const check = (epoch: number): Uint8Array => values[`group.key_check_${epoch}`] as Uint8Array
  const said = (body: Entry['body']): Uint8Array => encodeEntry({ wallTimeMs: 1, deps: [], body })
  const create = said({
    kind: 'group_create',
    nonce: new Uint8Array(16).fill(0x31),
    name: 'crew',
    topic: '',
    open: false,
    devices: ann,
    displayName: 'Ann',
    keyCheck: check(0),
  })
  const conversation = groupId(create)
  const added = { devices: bob, displayName: 'Bob', key: { epoch: EPOCH, check: check(EPOCH) } }
  const hello = said({ kind: 'text', text: 'Hello, Bob' })
  const nonce = new Uint8Array(12).fill(0x41)
  const log = { conversation, device }
  const lock = { log, key: chain.boxKey(EPOCH) ?? new Uint8Array() }
  values['group.create'] = create
  values['group.conversation'] = idToBytes(conversation)
  const add = said({ kind: 'group_add', ...added })
  values['group.add'] = add
  values['group.text'] = hello
  values['group.text_closed'] = closedEntry(hello, EPOCH, lock, nonce)
  const key = { epoch: EPOCH, key: chain.key(EPOCH) ?? new Uint8Array() }
  const invite = {
    type: 'group_invite',
    conversation,
    device,
    entry: create,
    name: 'crew',
  } as const
  const made = { seq: 1, hash: chainEnd(logName(conversation, device), [create]) }
  const { run } = closeRun(log, made, [add], sign)
  const frames: Record<string, Frame> = {
    group_invite: { ...invite, key },
    group_invite_with_proof: { ...invite, proof: [{ devices: ann, run }] },
    group_key: { type: 'group_key', conversation, ...key },
  }
  const box = Buffer.alloc(31)
  const closed = (body: Writer): Uint8Array => new Writer().message(41, body).finish()
  const refused = {
    closed_without_box: closed(new Writer().uint(1, 1)),
    closed_short_box: closed(new Writer().bytes(2, box.subarray(1))),
    closed_late_epoch: closed(new Writer().uint(1, GROUP_EPOCH_MAX + 1).bytes(2, box)),
  }
  return { values, frames, refused }
}
