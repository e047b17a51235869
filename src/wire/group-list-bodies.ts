// The bodies of a group's entries that carry a device list: GroupCreate, GroupAdd, GroupDevices.
import type { DeviceList } from '../core/frames.ts'
import type { GroupAddBody, GroupCreateBody, GroupDevicesBody } from '../core/group/bodies.ts'
import { GROUP_KEY_BYTES, type KeyCheck } from '../core/group/keys.ts'
import { GROUP_EPOCH_MAX, NAME_BYTES_MAX, TOPIC_BYTES_MAX } from '../core/limits.ts'
import { isDisplayName, isTopic } from '../core/text.ts'
import { readDeviceList, writeDeviceList } from './devices.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const NONCE_BYTES = 16

export function writeCreate(body: GroupCreateBody): Uint8Array {
  const writer = new Writer(320)
    .bytes(1, body.nonce)
    .string(2, body.name)
    .string(3, body.topic)
    .bool(4, body.open)
    .message(5, writeDeviceList(body.devices))
    .string(6, body.displayName)
  if (body.keyCheck) writer.bytes(7, body.keyCheck)
  return writer.finish()
}

export function readCreate(reader: Reader): GroupCreateBody {
  let nonce: Uint8Array | undefined
  let name: string | undefined
  let topic = ''
  let open = false
  let devices: DeviceList | undefined
  let displayName: string | undefined
  let keyCheck: Uint8Array | undefined
  while (reader.next()) {
    const { field } = reader
    if (field === 1) nonce = reader.once('nonce').bytes(NONCE_BYTES, NONCE_BYTES)
    else if (field === 2) name = readName(reader, 'name')
    else if (field === 3) topic = readTopic(reader)
    else if (field === 4) open = reader.once('open').bool()
    else if (field === 5) devices = readDeviceList(reader.once('devices').message('device list'))
    else if (field === 6) displayName = readName(reader, 'display_name')
    else if (field === 7) keyCheck = readCheck(reader)
    else reader.skip()
  }
  return {
    kind: 'group_create',
    nonce: reader.required(nonce, 'nonce'),
    name: reader.required(name, 'name'),
    topic,
    open,
    devices: reader.required(devices, 'devices'),
    displayName: reader.required(displayName, 'display_name'),
    ...(keyCheck && { keyCheck }),
  }
}

export function writeNamedList({ devices, displayName }: GroupAddBody | GroupDevicesBody): Writer {
  return new Writer(240).message(1, writeDeviceList(devices)).string(2, displayName)
}

export function writeAdd(body: GroupAddBody): Uint8Array {
  const writer = writeNamedList(body)
  if (body.key) writer.uint(3, body.key.epoch).bytes(4, body.key.check)
  return writer.finish()
}

export function readAdd(reader: Reader): GroupAddBody {
  let epoch: number | undefined
  let check: Uint8Array | undefined
  const list = readNamedList(reader, () => {
    if (reader.field === 3) epoch = reader.once('epoch').uint(1, GROUP_EPOCH_MAX)
    else if (reader.field === 4) check = readCheck(reader)
    else reader.skip()
  })
  if (!epoch !== !check) reader.each('epoch and key_check').fail('do not go without each other')
  const key: KeyCheck | undefined = check && { epoch: epoch ?? 0, check }
  return { kind: 'group_add', ...list, ...(key && { key }) }
}

/** @param more takes the fields that are in one of the two only */
export function readNamedList(
  reader: Reader,
  more: () => void = () => reader.skip(),
): { devices: DeviceList; displayName: string } {
  let devices: DeviceList | undefined
  let displayName: string | undefined
  while (reader.next()) {
    if (reader.field === 1) {
      devices = readDeviceList(reader.once('devices').message('device list'))
    } else if (reader.field === 2) displayName = readName(reader, 'display_name')
    else more()
  }
  return {
    devices: reader.required(devices, 'devices'),
    displayName: reader.required(displayName, 'display_name'),
  }
}

function readCheck(reader: Reader): Uint8Array {
  return reader.once('key_check').bytes(GROUP_KEY_BYTES, GROUP_KEY_BYTES)
}

export function readName(reader: Reader, name: string): string {
  const text = reader.once(name).text(1, NAME_BYTES_MAX)
  if (!isDisplayName(text)) reader.fail('has characters that no name may have')
  return text
}

export function readTopic(reader: Reader): string {
  const topic = reader.once('topic').text(0, TOPIC_BYTES_MAX)
  if (!isTopic(topic)) reader.fail('has characters that no topic may have')
  return topic
}
