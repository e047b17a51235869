// For how long the messages of a conversation are shown: of each log the newest timer is kept
// beside it, and the greatest of these in the conversation's order holds (docs/PROTOCOL.md,
// "Disappearing messages"). So the answer costs a read for each device, and never the history.
import type { Place } from '../../core/entry.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../../core/limits.ts'
import { comparePlaces } from '../../core/order.ts'
import type { LogName } from '../../core/run.ts'
import type { LevelStore } from '../../store/store-level.ts'
import type { Batch, Store } from '../../store/store.ts'
import { orderedPart } from '../../wire/entry.ts'
import type { LedgerConversation } from '../ledger/ledger-log.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { TimerAt } from '../ledger/order-pages.ts'

export interface TimersInit {
  readonly store: LevelStore
  readonly ledger: Pick<Ledger, 'conversation' | 'conversationIds'>
  /** Whether what stands there counts: in a group not all does. */
  readonly counts?: (id: ConversationId, place: Place) => boolean
}

/** What holds in a conversation, and which entry says so. */
export interface Setting {
  readonly seconds: number
  readonly place: Place
}

export class Timers {
  private readonly init: TimersInit
  /** The ledger makes a new map with every change of a conversation. */
  private readonly known = new WeakMap<LedgerConversation, { readonly setting?: Setting }>()

  constructor(init: TimersInit) {
    this.init = init
  }

  /** Undefined where nobody ever set a timer. */
  setting(id: ConversationId): Setting | undefined {
    const logs = this.init.ledger.conversation(id)
    let known = this.known.get(logs)
    if (!known) {
      const setting = this.read(id, logs.keys())
      known = setting ? { setting } : {}
      this.known.set(logs, known)
    }
    return known.setting
  }

  private read(id: ConversationId, devices: Iterable<DeviceId>): Setting | undefined {
    const { counts = () => true, store } = this.init
    let greatest: Setting | undefined
    for (const device of devices) {
      const timer = store.get('timer', `${id}/${device}`)
      if (!timer) continue
      const { seq, seconds } = timer
      const within = (seq - 1) % ORDER_CHUNK_ENTRIES
      const chunk = (seq - 1 - within) / ORDER_CHUNK_ENTRIES
      // Written with the record, and so without it only where damage took it.
      const logical = store.logicals(id, device, chunk)[within]
      if (logical === undefined) continue
      const place = { device, seq, logical }
      if (!counts(id, place)) continue
      if (!greatest || comparePlaces(place, greatest.place) > 0) greatest = { seconds, place }
    }
    return greatest
  }

  /** Looks again for what damage took: a record, or the entries that one names. */
  async load(): Promise<void> {
    const { store, ledger } = this.init
    if (store.isSettled) return
    const isDamaged = store.damage.length > 0
    const batch = store.batch()
    for (const id of ledger.conversationIds()) {
      for (const [device, { order }] of ledger.conversation(id)) {
        const key = `${id}/${device}`
        const known = store.get('timer', key)
        const isLost = known !== undefined && known.seq > order.shown
        // One that is there and was not found cannot be read.
        const mayBeLost = known === undefined && (isDamaged || store.has('timer', key))
        if (!isLost && !mayBeLost) continue
        await putLast(store, batch, { conversation: id, device }, order.shown)
      }
    }
    if (batch.bytes > 0) await store.commit(batch)
  }
}

/** Takes back, in the batch that cuts a log, a timer that was cut off. */
export async function cutTimer(
  store: Store,
  batch: Batch,
  log: LogName,
  last: number,
): Promise<void> {
  const known = store.get('timer', `${log.conversation}/${log.device}`)
  if (known && known.seq > last) await putLast(store, batch, log, last)
}

async function putLast(store: Store, batch: Batch, log: LogName, last: number): Promise<void> {
  const key = `${log.conversation}/${log.device}`
  const timer = await lastTimer(store, log, last)
  if (timer) batch.put('timer', key, timer)
  else if (store.has('timer', key)) batch.delete('timer', key)
}

/** Reads the log: only for what happens once in the life of a database, if at all. */
async function lastTimer(
  store: Store,
  { conversation, device }: LogName,
  last: number,
): Promise<TimerAt | undefined> {
  let newest: TimerAt | undefined
  for (let seq = 1; seq <= last;) {
    const page = await readPage(store, conversation, device, seq, last)
    if (!page) break
    for (const entry of page) {
      const { other } = orderedPart(entry)
      if (other?.kind === 'timer' && seq <= last) newest = { seq, seconds: other.seconds }
      seq += 1
    }
  }
  return newest
}

/** What cannot be read is found, told and mended by others. */
async function readPage(
  store: Store,
  conversation: ConversationId,
  device: DeviceId,
  first: number,
  last: number,
): Promise<readonly Uint8Array[] | undefined> {
  const run = await store.readPage(conversation, device, first, last).catch(() => undefined)
  return run?.entries
}
