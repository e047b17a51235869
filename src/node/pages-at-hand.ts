// The runs of one conversation that are at hand while a group of them is ordered, one or a few for
// each log; older ones are fetched from disk where they waited.
import type { Dep } from '../core/entry.ts'
import { isTidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { lastSeq, type Run } from '../core/run.ts'
import type { Store } from '../store/store.ts'
import { outlineOf } from '../wire/entry.ts'

export class PagesAtHand {
  /** Entries that were looked at and that a group consists of. */
  readonly ofGroup = new Map<DeviceId, Map<number, Uint8Array>>()
  private readonly store: Store
  private readonly id: ConversationId
  private readonly runs = new Map<DeviceId, Run[]>()

  constructor(store: Store, id: ConversationId) {
    this.store = store
    this.id = id
  }

  add(run: Run): void {
    const runs = this.runs.get(run.device)
    if (runs) runs.push(run)
    else this.runs.set(run.device, [run])
  }

  deps(device: DeviceId, seq: number): readonly Dep[] | undefined {
    const runs = this.runs.get(device) ?? []
    const run = runs.find((each) => each.first <= seq && seq <= lastSeq(each))
    const entry = run?.entries[seq - run.first]
    if (!entry) return undefined
    const { deps, isOfGroup } = outlineOf(entry)
    if (isOfGroup) {
      const known = this.ofGroup.get(device) ?? new Map<number, Uint8Array>()
      this.ofGroup.set(device, known.set(seq, entry))
    }
    return deps
  }

  /**
   * Loads the pages with these entries; the devices for which that worked. A page that the disk no
   * longer has leaves its log waiting: the next opening repairs it, and peers bring it back.
   */
  async load(needed: readonly { device: DeviceId; seq: number }[]): Promise<DeviceId[]> {
    const loaded: DeviceId[] = []
    for (const { device, seq } of needed) {
      const run = await this.readRun(device, seq)
      if (!run) continue
      // Older pages of this log were passed already: one at a time bounds the memory.
      const later = (this.runs.get(device) ?? []).filter((each) => each.first > seq)
      this.runs.set(device, [run, ...later])
      loaded.push(device)
    }
    return loaded
  }

  private async readRun(device: DeviceId, seq: number): Promise<Run | undefined> {
    try {
      return await this.store.readRun(this.id, device, seq)
    } catch (error) {
      if (isTidingsError(error, 'database_damaged')) return undefined
      throw error
    }
  }
}
