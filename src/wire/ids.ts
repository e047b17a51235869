// Ids as fields.
import { type AnyId, ID_BYTES, idFromBytes } from '../core/id.ts'
import type { Reader } from './reader.ts'

export function readId<T extends AnyId>(reader: Reader, name: string): T {
  return idFromBytes<T>(reader.once(name).bytes(ID_BYTES, ID_BYTES))
}
