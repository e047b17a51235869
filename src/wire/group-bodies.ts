// The bodies of a group's entries. All of their rules are checked here but one: whether a device
// list is signed is for whoever uses it (`verifyDeviceList`), since checking costs.
import type { Clock } from '../core/clock.ts'
import type {
  GroupBody,
  GroupInfoBody,
  GroupKind,
  GroupRemoveBody,
  GroupRoleBody,
} from '../core/group/bodies.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  domainHash,
  idFromBytes,
  idToBytes,
} from '../core/id.ts'
import { DEVICES_MAX, NAME_BYTES_MAX, NUMBER_MAX } from '../core/limits.ts'
import {
  readAdd,
  readCreate,
  readName,
  readNamedList,
  readTopic,
  writeAdd,
  writeCreate,
  writeNamedList,
} from './group-list-bodies.ts'
import { readId } from './ids.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Field numbers in Entry. */
export const GROUP_TAGS: Readonly<Record<GroupKind, number>> = {
  group_create: 24,
  group_add: 25,
  group_role: 26,
  group_remove: 27,
  group_info: 28,
  group_devices: 29,
}

const READERS: ReadonlyMap<number, (reader: Reader) => GroupBody> = new Map<
  number,
  (reader: Reader) => GroupBody
>([
  [GROUP_TAGS.group_create, readCreate],
  [GROUP_TAGS.group_add, readAdd],
  [GROUP_TAGS.group_role, readRole],
  [GROUP_TAGS.group_remove, readRemove],
  [GROUP_TAGS.group_info, readInfo],
  [GROUP_TAGS.group_devices, (reader) => ({ kind: 'group_devices', ...readNamedList(reader) })],
])

/** The id of the group whose first entry this is, byte for byte. */
export function groupId(entry: Uint8Array): ConversationId {
  return idFromBytes(domainHash('tidings/group/1', entry))
}

export function isGroupTag(tag: number): boolean {
  return READERS.has(tag)
}

/** @throws TidingsError `protocol_error` */
export function readGroupBody(tag: number, reader: Reader): GroupBody {
  const read = READERS.get(tag)
  if (!read) throw new TypeError('not a body of a group')
  return read(reader)
}

export function writeGroupBody(body: GroupBody): Uint8Array {
  switch (body.kind) {
    case 'group_create':
      return writeCreate(body)
    case 'group_add':
      return writeAdd(body)
    case 'group_devices':
      return writeNamedList(body).finish()
    case 'group_role':
    case 'group_remove':
      return writeEnds(body)
    case 'group_info':
      return writeInfo(body)
  }
}

function writeEnds(body: GroupRoleBody | GroupRemoveBody): Uint8Array {
  const writer = new Writer(160).bytes(1, idToBytes(body.account))
  // Ids sort as their bytes do.
  for (const [device, seq] of [...body.ends].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    writer.message(2, new Writer(48).bytes(1, idToBytes(device)).uint(2, seq))
  }
  if (body.kind === 'group_role') writer.bool(3, body.role === 'admin')
  return writer.finish()
}

function readRole(reader: Reader): GroupRoleBody {
  const { account, ends, isAdmin } = readEnds(reader)
  return { kind: 'group_role', account, role: isAdmin ? 'admin' : 'member', ends }
}

function readRemove(reader: Reader): GroupRemoveBody {
  const { account, ends } = readEnds(reader)
  return { kind: 'group_remove', account, ends }
}

function readEnds(reader: Reader): { account: AccountId; ends: Clock; isAdmin: boolean } {
  let account: AccountId | undefined
  let isAdmin = false
  let previous: DeviceId | undefined
  const ends = new Map<DeviceId, number>()
  while (reader.next()) {
    if (reader.field === 1) account = readId<AccountId>(reader, 'account')
    else if (reader.field === 2) {
      reader.each('ends')
      if (ends.size === DEVICES_MAX) reader.fail(`are more than ${DEVICES_MAX}`)
      const { device, seq } = readSeq(reader.message('end'))
      if (previous !== undefined && previous >= device) reader.fail('are not in ascending order')
      previous = device
      ends.set(device, seq)
    } else if (reader.field === 3) isAdmin = reader.once('admin').bool()
    else reader.skip()
  }
  return { account: reader.required(account, 'account'), ends, isAdmin }
}

function readSeq(reader: Reader): { device: DeviceId; seq: number } {
  let device: DeviceId | undefined
  let seq: number | undefined
  while (reader.next()) {
    if (reader.field === 1) device = readId<DeviceId>(reader, 'device')
    else if (reader.field === 2) seq = reader.once('seq').uint(1, NUMBER_MAX)
    else reader.skip()
  }
  return { device: reader.required(device, 'device'), seq: reader.required(seq, 'seq') }
}

function writeInfo({ name, topic, open }: GroupInfoBody): Uint8Array {
  const writer = new Writer(NAME_BYTES_MAX)
  if (name !== undefined) writer.string(1, name)
  // Present even when it is empty: to take a topic away says something.
  if (topic !== undefined) writer.message(2, new Writer(64).string(1, topic))
  if (open !== undefined) writer.uint(3, open ? 2 : 1)
  return writer.finish()
}

function readInfo(reader: Reader): GroupInfoBody {
  let name: string | undefined
  let topic: string | undefined
  let open: boolean | undefined
  while (reader.next()) {
    if (reader.field === 1) name = readName(reader, 'name')
    else if (reader.field === 2) topic = readWrapped(reader.once('topic').message('topic'))
    else if (reader.field === 3) open = reader.once('open').uint(1, 2) === 2
    else reader.skip()
  }
  return {
    kind: 'group_info',
    ...(name !== undefined && { name }),
    ...(topic !== undefined && { topic }),
    ...(open !== undefined && { open }),
  }
}

function readWrapped(reader: Reader): string {
  let topic = ''
  while (reader.next()) {
    if (reader.field === 1) topic = readTopic(reader)
    else reader.skip()
  }
  return topic
}
