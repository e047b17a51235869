// What an entry of a group says, as far as that can be seen from the entry itself: nobody but its
// account signs a device list, and a group is made by its first entry alone. Whether its author may
// say it is for the state to decide (core/group).
import type { Place } from '../core/entry.ts'
import { type GroupBody, isGroupBody } from '../core/group/bodies.ts'
import type { ConversationId } from '../core/id.ts'
import { verifyDeviceList } from './devices.ts'
import { orderedPart } from './entry.ts'
import { groupId } from './group-bodies.ts'

/**
 * Undefined where it is passed over, and for entries of other kinds.
 *
 * @throws TidingsError `protocol_error`
 */
export function groupEntryBody(
  id: ConversationId,
  { seq }: Pick<Place, 'seq'>,
  bytes: Uint8Array,
): GroupBody | undefined {
  const body = orderedPart(bytes).other
  if (!body || !isGroupBody(body)) return undefined
  if (body.kind === 'group_create' && (seq !== 1 || groupId(bytes) !== id)) return undefined
  if ('devices' in body && !verifyDeviceList(body.devices)) return undefined
  return body
}
