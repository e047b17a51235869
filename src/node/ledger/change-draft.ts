// What a commit adds to the index of changes: the changes among the entries that it shows, joined
// with what the same devices did to the same messages before.
import {
  type Change,
  type DeviceChanges,
  NO_CHANGES,
  type Spot,
  withChange,
} from '../../core/changes.ts'
import type { EntryRef } from '../../core/entry.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import type { OrderedEntries } from '../../core/order.ts'
import type { Batch, Store } from '../../store/store.ts'

interface Found extends Spot {
  readonly change: Change
}

/** What one device does to one message, and what that has to be joined with. */
interface Deed {
  readonly target: EntryRef
  readonly found: Found[]
  /** Takes the place of what is on disk. */
  base?: { readonly changes: DeviceChanges }
}

export type Put = (batch: Batch) => void

export class ChangeDraft {
  private readonly store: Pick<Store, 'changes'>
  private readonly id: ConversationId
  private readonly deeds = new Map<DeviceId, Map<string, Deed>>()

  constructor(store: Pick<Store, 'changes'>, id: ConversationId) {
    this.store = store
    this.id = id
  }

  /** @param found the changes among entries that were ordered, by number; passes over others */
  add(
    { device, first, logicals }: OrderedEntries,
    found: ReadonlyMap<number, Change | undefined>,
  ): void {
    for (const [seq, change] of found) {
      if (change) this.addOne(device, { seq, logical: logicals[seq - first] ?? 0, change })
    }
  }

  addOne(device: DeviceId, found: Found): void {
    this.deed(device, found.change.target).found.push(found)
  }

  /** What a device did to a message is this, and not what is on disk. */
  restart(device: DeviceId, target: EntryRef, changes: DeviceChanges): void {
    this.deed(device, target).base = { changes }
  }

  /** Reads what is there, and gives back what puts all of it into a batch. */
  async compose(): Promise<Put> {
    const puts: Put[] = []
    for (const [device, deeds] of this.deeds) {
      const list = [...deeds.values()]
      const targets = list.map(({ target }) => target)
      const stored = await this.store.changes.by(this.id, device, targets)
      for (const [i, { target, found, base }] of list.entries()) {
        const known = stored[i] ?? NO_CHANGES
        // It is made anew at the next opening, with this in it.
        if (known === 'damaged') continue
        const now = found.reduce(
          (all, { change, ...spot }) => withChange(all, change, spot),
          base?.changes ?? known,
        )
        const isNothing = isEmpty(now)
        puts.push((batch) => {
          batch.putChanges(this.id, target, device, isNothing ? undefined : now)
          this.putPins(batch, device, target, known, now)
        })
      }
    }
    return (batch) => {
      for (const put of puts) put(batch)
    }
  }

  /** Each pin that may decide stands in the list of pins: which one does shows when it is read. */
  private putPins(
    batch: Batch,
    device: DeviceId,
    target: EntryRef,
    before: DeviceChanges,
    now: DeviceChanges,
  ): void {
    const [old, set] = [before, now].map(({ pins }) => pins.filter(({ removed }) => !removed))
    const isIn = (pins: readonly Spot[] = [], { seq, logical }: Spot): boolean =>
      pins.some((pin) => pin.seq === seq && pin.logical === logical)
    for (const pin of old ?? [])
      if (!isIn(set, pin)) batch.putPin(this.id, { device, ...pin }, undefined)
    for (const pin of set ?? [])
      if (!isIn(old, pin)) batch.putPin(this.id, { device, ...pin }, target)
  }

  private deed(device: DeviceId, target: EntryRef): Deed {
    const deeds = this.deeds.get(device) ?? new Map<string, Deed>()
    this.deeds.set(device, deeds)
    const key = keyOf(target)
    const deed = deeds.get(key) ?? { target, found: [] }
    deeds.set(key, deed)
    return deed
  }
}

export function keyOf({ device, seq }: EntryRef): string {
  return `${device}/${seq}`
}

function isEmpty({ edits, deletions, reactions, pins }: DeviceChanges): boolean {
  return [edits, deletions, reactions, pins].every((spots) => spots.length === 0)
}
