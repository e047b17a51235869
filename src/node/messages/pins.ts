// Which messages of a conversation are pinned: of the newest pins those that decide and count.
import type { Place } from '../../core/entry.ts'
import type { ConversationId } from '../../core/id.ts'
import { PINS_LOOKED_AT_MAX, PINS_MAX } from '../../core/limits.ts'
import { comparePlaces } from '../../core/order.ts'
import type { Store, StoredPin } from '../../store/store.ts'
import type { MessageStates } from './message-states.ts'

/** Of one moment: read only where something is pinned, and once. */
export class Pins {
  private readonly store: Pick<Store, 'changes'>
  private readonly states: MessageStates
  private readonly id: ConversationId
  private found: Promise<readonly StoredPin[]> | undefined

  constructor(store: Pick<Store, 'changes'>, states: MessageStates, id: ConversationId) {
    this.store = store
    this.states = states
    this.id = id
  }

  /** Whether the pin at the place, which decides, is among those that count. */
  async count(place: Place): Promise<boolean> {
    this.found ??= this.newest()
    const pins = await this.found
    const oldest = pins.length < PINS_MAX ? undefined : pins.at(-1)
    return !oldest || comparePlaces(place, oldest.place) >= 0
  }

  /**
   * Those that count, newest first; without a look at each where so few are there.
   *
   * @throws TidingsError `database_damaged`
   */
  private async newest(): Promise<readonly StoredPin[]> {
    const few = await this.store.changes.pins(this.id, PINS_MAX)
    return few.length < PINS_MAX ? few : this.all()
  }

  /**
   * Those that count, newest first.
   *
   * @throws TidingsError `database_damaged`
   */
  async all(): Promise<readonly StoredPin[]> {
    const { id, states } = this
    const all: StoredPin[] = []
    for (const pin of await this.store.changes.pins(id, PINS_LOOKED_AT_MAX)) {
      if (all.length === PINS_MAX) break
      const { place, target } = pin
      if (!states.isShown(id, place) || !states.countsInGroup(id, place)) continue
      const { pin: deciding } = await states.state(id, target)
      if (deciding && comparePlaces(deciding, place) === 0) all.push(pin)
    }
    return all
  }
}
