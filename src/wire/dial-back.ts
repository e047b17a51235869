// The frames by which a contact tells whether it can open a connection. The numbers are the fields
// of tidings.proto.
import type { DialBackFrame, DialedBackFrame } from '../core/dial-back.ts'
import { WALL_TIME_MS_MAX } from '../core/limits.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const PORT_MAX = 65_535
/** Values of `heard`; absent where the sender does not discover. */
const HEARD = 1
const UNHEARD = 2

export function writeDialBack({ port }: DialBackFrame): Writer {
  return new Writer(8).uint(1, port)
}

export function readDialBack(reader: Reader): DialBackFrame {
  let port: number | undefined
  while (reader.next()) {
    if (reader.field === 1) port = reader.once('port').uint(1, PORT_MAX)
    else reader.skip()
  }
  return { type: 'dial_back', port: reader.required(port, 'port') }
}

export function writeDialedBack({ reached, heard, wallTimeMs }: DialedBackFrame): Writer {
  const writer = new Writer(24).bool(1, reached)
  if (heard !== undefined) writer.uint(2, heard ? HEARD : UNHEARD)
  return writer.uint(3, wallTimeMs)
}

export function readDialedBack(reader: Reader): DialedBackFrame {
  let reached = false
  let heard: boolean | undefined
  let wallTimeMs = 0
  while (reader.next()) {
    if (reader.field === 1) reached = reader.once('reached').bool()
    else if (reader.field === 2) heard = reader.once('heard').uint(HEARD, UNHEARD) === HEARD
    else if (reader.field === 3) wallTimeMs = reader.once('wall time').uint(0, WALL_TIME_MS_MAX)
    else reader.skip()
  }
  return { type: 'dialed_back', reached, wallTimeMs, ...(heard !== undefined && { heard }) }
}
