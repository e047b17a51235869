// What a commit adds to the index of changes: the changes among the entries that it shows, joined
// with what the same devices did to the same messages before.
import {
  type Change,
  type ChangesBy,
  type DeviceChanges,
  NO_CHANGES,
  pinOf,
  type Spot,
  withChange,
} from '../../core/changes.ts'
import type { EntryRef, Place } from '../../core/entry.ts'
import { isTidingsError } from '../../core/errors.ts'
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
    const pinned = new Map<string, { target: EntryRef; by: ChangesBy[] }>()
    for (const [device, deeds] of this.deeds) {
      const list = [...deeds.values()]
      const targets = list.map(({ target }) => target)
      const stored = await this.store.changes.by(this.id, device, targets)
      for (const [i, { target, found, base }] of list.entries()) {
        const before = base?.changes ?? stored[i] ?? NO_CHANGES
        // It is made anew at the next opening, with this in it.
        if (before === 'damaged') continue
        const now = found.reduce(
          (all, { change, ...spot }) => withChange(all, change, spot),
          before,
        )
        const isNothing = isEmpty(now)
        puts.push((batch) => batch.putChanges(this.id, target, device, isNothing ? undefined : now))
        if (!base && !found.some(({ change }) => change.kind === 'pin')) continue
        const key = keyOf(target)
        const pin = pinned.get(key) ?? { target, by: [] }
        pin.by.push({ ...now, device })
        pinned.set(key, pin)
      }
    }
    for (const { target, by } of pinned.values()) puts.push(await this.pinning(target, by))
    return (batch) => {
      for (const put of puts) put(batch)
    }
  }

  /** Of all pins of a message the one that decides stands in the list of pins. */
  private async pinning(target: EntryRef, by: readonly ChangesBy[]): Promise<Put> {
    const stored = await this.store.changes
      .inRange(this.id, target.device, target.seq, target.seq)
      .catch(ifDamaged)
    if (!stored) return () => {}
    const others = stored.filter(({ device }) => !by.some((each) => each.device === device))
    const before = pinOf(stored)
    const now = pinOf([...others, ...by])
    return (batch) => {
      if (before && !isSame(before, now)) batch.putPin(this.id, before, undefined)
      if (now && !isSame(now, before)) batch.putPin(this.id, now, target)
    }
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

function isEmpty({ edits, isDeleted, reactions, pin }: DeviceChanges): boolean {
  return edits.length === 0 && !isDeleted && reactions.length === 0 && !pin
}

function isSame(one: Place, other: Place | undefined): boolean {
  return one.device === other?.device && one.seq === other.seq && one.logical === other.logical
}

function ifDamaged(error: unknown): undefined {
  if (!isTidingsError(error, 'database_damaged')) throw error
}
