// Frames about groups that the receiver is not in yet: invitations, and the open groups of a node.
import type {
  GroupInviteFrame,
  GroupJoinFrame,
  GroupKeyFrame,
  GroupsFrame,
  GroupVoucher,
  OpenGroup,
} from '../core/frames.ts'
import { GROUP_KEY_BYTES, type GroupKey } from '../core/group/keys.ts'
import { type ConversationId, type DeviceId, idToBytes } from '../core/id.ts'
import {
  ENTRY_BYTES_MAX,
  GROUP_EPOCH_MAX,
  GROUPS_PER_FRAME_MAX,
  NAME_BYTES_MAX,
  NUMBER_MAX,
  TOPIC_BYTES_MAX,
} from '../core/limits.ts'
import { isDisplayName, isTopic } from '../core/text.ts'
import { orderedPart } from './entry.ts'
import { groupId } from './group-bodies.ts'
import { addVoucher, writeVoucher } from './group-vouchers.ts'
import { readId } from './ids.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

export function writeInvite({ device, entry, name, key, proof }: GroupInviteFrame): Writer {
  const writer = new Writer(512).bytes(1, idToBytes(device)).bytes(2, entry).string(3, name)
  if (key) writer.uint(4, key.epoch).bytes(5, key.key)
  for (const voucher of proof ?? []) writer.message(6, writeVoucher(voucher))
  return writer
}

/** The first entry proves the id of the group, and says who made it. */
export function readInvite(reader: Reader): GroupInviteFrame {
  let device: DeviceId | undefined
  let entry: Uint8Array | undefined
  let name: string | undefined
  let epoch = 0
  let key: Uint8Array | undefined
  const proof: GroupVoucher[] = []
  while (reader.next()) {
    if (reader.field === 1) device = readId<DeviceId>(reader, 'device')
    else if (reader.field === 2) entry = reader.once('entry').bytes(1, ENTRY_BYTES_MAX)
    else if (reader.field === 3) name = readName(reader)
    else if (reader.field === 4) epoch = readEpoch(reader)
    else if (reader.field === 5) key = readKey(reader)
    else if (reader.field === 6) addVoucher(reader.each('proof'), proof)
    else reader.skip()
  }
  if (epoch > 0 && !key) reader.each('epoch').fail('is there without a key')
  const invite = {
    device: reader.required(device, 'device'),
    entry: reader.required(entry, 'entry'),
    name: reader.required(name, 'name'),
    ...(key && { key: { epoch, key } satisfies GroupKey }),
    ...(proof.length > 0 && { proof }),
  }
  const body = orderedPart(invite.entry).other
  if (body?.kind !== 'group_create') reader.each('entry').fail('does not make a group')
  else if (!body.devices.devices.includes(invite.device)) {
    reader.each('device').fail('is none of who made the group')
  }
  const conversation = groupId(invite.entry)
  if (proof.some(({ run }) => run.conversation !== conversation)) {
    reader.each('proof').fail('is of another conversation')
  }
  return { type: 'group_invite', conversation, ...invite }
}

export function writeGroupKey({ conversation, epoch, key }: GroupKeyFrame): Writer {
  return new Writer(80).bytes(1, idToBytes(conversation)).uint(2, epoch).bytes(3, key)
}

export function readGroupKey(reader: Reader): GroupKeyFrame {
  let conversation: ConversationId | undefined
  let epoch = 0
  let key: Uint8Array | undefined
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else if (reader.field === 2) epoch = readEpoch(reader)
    else if (reader.field === 3) key = readKey(reader)
    else reader.skip()
  }
  return {
    type: 'group_key',
    conversation: reader.required(conversation, 'conversation'),
    epoch,
    key: reader.required(key, 'key'),
  }
}

function readEpoch(reader: Reader): number {
  return reader.once('epoch').uint(0, GROUP_EPOCH_MAX)
}

/** Of its own bytes: it outlives the frame. */
function readKey(reader: Reader): Uint8Array {
  return Uint8Array.from(reader.once('key').bytes(GROUP_KEY_BYTES, GROUP_KEY_BYTES))
}

export function writeGroups({ groups }: GroupsFrame): Writer {
  const writer = new Writer(64 + 128 * groups.length)
  for (const { conversation, name, topic, members } of groups) {
    const group = new Writer(128).bytes(1, idToBytes(conversation)).string(2, name)
    writer.message(1, group.string(3, topic).uint(4, members))
  }
  return writer
}

export function readGroups(reader: Reader): GroupsFrame {
  const groups: OpenGroup[] = []
  while (reader.next()) {
    if (reader.field === 1) {
      reader.each('groups')
      if (groups.length === GROUPS_PER_FRAME_MAX) {
        reader.fail(`are more than ${GROUPS_PER_FRAME_MAX}`)
      }
      groups.push(readGroup(reader.message('group')))
    } else reader.skip()
  }
  return { type: 'groups', groups }
}

function readGroup(reader: Reader): OpenGroup {
  let conversation: ConversationId | undefined
  let name: string | undefined
  let topic = ''
  let members = 0
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else if (reader.field === 2) name = readName(reader)
    else if (reader.field === 3) {
      topic = reader.once('topic').text(0, TOPIC_BYTES_MAX)
      if (!isTopic(topic)) reader.fail('has characters that no topic may have')
    } else if (reader.field === 4) members = reader.once('members').uint(0, NUMBER_MAX)
    else reader.skip()
  }
  return {
    conversation: reader.required(conversation, 'conversation'),
    name: reader.required(name, 'name'),
    topic,
    members,
  }
}

export function readJoin(reader: Reader): GroupJoinFrame {
  let conversation: ConversationId | undefined
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else reader.skip()
  }
  return { type: 'group_join', conversation: reader.required(conversation, 'conversation') }
}

function readName(reader: Reader): string {
  const name = reader.once('name').text(1, NAME_BYTES_MAX)
  if (!isDisplayName(name)) reader.fail('has characters that no name may have')
  return name
}
