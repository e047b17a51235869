// What the order index on disk says of single entries.
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { type ChunkAt, chunkOf, placeIn } from '../../core/order-chunk.ts'
import type { Store } from '../../store/store.ts'

/**
 * The logical time of an ordered entry, from the order index. A guess would put it in another place
 * than on every other node.
 *
 * @throws TidingsError `database_damaged` when the index does not have it
 */
export function logicalOf(
  store: Pick<Store, 'logicals'>,
  id: ConversationId,
  device: DeviceId,
  seq: number,
): number {
  const within = placeIn(seq)
  return store.logicals(id, device, chunkOf(seq), within + 1)[within] ?? 0
}

/** Which entries of a log are changes, as the order index tells it. */
export function chunksOf(
  store: Pick<Store, 'chunk'>,
  id: ConversationId,
  device: DeviceId,
): ChunkAt {
  return (chunk, least) => store.chunk(id, device, chunk, least)
}
