// Reading while the end of an own log may be taken off: what looks damaged then was taken back.
import { isTidingsError } from '../../core/errors.ts'
import type { ConversationId } from '../../core/id.ts'
import type { Ledger } from '../ledger/ledger.ts'

/**
 * Reads, and once more where a log ends earlier than before: as it is now.
 *
 * @throws what reading throws
 */
export async function beyondCuts<T>(
  ledger: Pick<Ledger, 'orderLogs' | 'turn'>,
  id: ConversationId,
  read: () => Promise<T>,
): Promise<T> {
  const before = ledger.orderLogs(id)
  try {
    return await read()
  } catch (error) {
    if (!isTidingsError(error, 'database_damaged')) throw error
    await ledger.turn().catch(() => {})
    const now = ledger.orderLogs(id)
    const isCut = [...before].some(([device, { shown }]) => (now.get(device)?.shown ?? 0) < shown)
    if (!isCut) throw error
    return read()
  }
}
