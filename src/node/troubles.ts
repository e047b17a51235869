// What does not work at the moment, each told once, and once more when it works again. It outlives
// the lives of a node (lives.ts): what the one told must not stay a trouble for ever because the
// next one never had it.
import type { EventBus } from './event-bus.ts'

export interface Trouble {
  readonly where: string
  readonly message: string
}

export class Troubles {
  private readonly bus: EventBus
  /** By where they are: the words. */
  private readonly known = new Map<string, string>()
  /** Told in a life before this one, and not in this one yet. */
  private readonly former = new Set<string>()

  constructor(bus: EventBus) {
    this.bus = bus
  }

  all(): Trouble[] {
    return [...this.known].map(([where, message]) => ({ where, message }))
  }

  /** Something does not work, or works again (no message). */
  tell(where: string, message: string): void {
    this.former.delete(where)
    if ((this.known.get(where) ?? '') === message) return
    if (message === '') this.known.delete(where)
    else this.known.set(where, message)
    this.bus.emit({ type: 'trouble', where, message })
  }

  /** Another life begins: what still does not work is told again. */
  begin(): void {
    for (const where of this.known.keys()) this.former.add(where)
  }

  /** The new life works: what was not told again is over. */
  settle(): void {
    for (const where of this.former) this.tell(where, '')
  }
}
