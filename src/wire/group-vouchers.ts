// Vouchers: signed entries by which members show those who do not know them that they are members
// (docs/PROTOCOL.md, "What is shared").
import type { DeviceList, GroupVoucher } from '../core/frames.ts'
import type { Voucher } from '../core/group/rules.ts'
import { GROUP_VOUCHERS_MAX } from '../core/limits.ts'
import { type Run, vouchedEnd } from '../core/run.ts'
import { readDeviceList, verifyDeviceList, writeDeviceList } from './devices.ts'
import { groupEntryBody } from './group-entry.ts'
import { Reader } from './reader.ts'
import { readRun, writeRun } from './session-parts.ts'
import { Writer } from './writer.ts'

/** Key and length of a field. */
const FIELD_BYTES = 8

export function writeVoucher({ devices, run }: GroupVoucher): Writer {
  const message = writeRun(run)
  return new Writer(message.byteLength + 256)
    .message(1, writeDeviceList(devices))
    .message(2, message)
}

/** As it is kept by who was added. */
export function encodeVoucher(voucher: GroupVoucher): Uint8Array {
  return writeVoucher(voucher).finish()
}

/** @throws TidingsError `database_damaged` */
export function decodeVoucher(bytes: Uint8Array): GroupVoucher {
  return readVoucher(new Reader(bytes, 'voucher', 'database_damaged'))
}

export function addVoucher(reader: Reader, vouchers: GroupVoucher[]): void {
  if (vouchers.length === GROUP_VOUCHERS_MAX) reader.fail(`are more than ${GROUP_VOUCHERS_MAX}`)
  vouchers.push(readVoucher(reader.message('voucher')))
}

function readVoucher(reader: Reader): GroupVoucher {
  let devices: DeviceList | undefined
  let run: Run | undefined
  while (reader.next()) {
    if (reader.field === 1) devices = readDeviceList(reader.once('devices').message('device list'))
    else if (reader.field === 2) run = readRun(reader.once('run').message('run'))
    else reader.skip()
  }
  return { devices: reader.required(devices, 'devices'), run: reader.required(run, 'run') }
}

/** What a voucher says; undefined where it shows nothing, or is not signed by whom it names. */
export function readVouched({ devices, run }: GroupVoucher): Voucher | undefined {
  const { conversation, device, first: seq } = run
  const [entry] = run.entries
  if (!entry || !devices.devices.includes(device) || !verifyDeviceList(devices)) return undefined
  const body = groupEntryBody(conversation, { seq }, entry)
  if (body?.kind !== 'group_add' || !vouchedEnd(run)) return undefined
  return { account: body.devices.account, by: devices.account, entry: { device, seq } }
}

/** As many as fit into each frame; what fits into none is left out. */
export function* framed(vouchers: readonly GroupVoucher[], room: number): Iterable<GroupVoucher[]> {
  let part: GroupVoucher[] = []
  let bytes = 0
  for (const voucher of vouchers) {
    const size = voucherBytes(voucher)
    if (size > room) continue
    if (bytes + size > room) {
      yield part
      part = []
      bytes = 0
    }
    part.push(voucher)
    bytes += size
  }
  if (part.length > 0) yield part
}

/** At least what it takes in a frame. */
function voucherBytes(voucher: GroupVoucher): number {
  return writeVoucher(voucher).byteLength + FIELD_BYTES
}
