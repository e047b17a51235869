// Notices a connection that comes about and breaks, again and again. Neither end can see why, and
// people see a contact who comes and goes, and a message that stays queued: packets are lost on the
// way. Where these are the large ones (a tunnel that takes smaller ones than it says), short
// messages arrive and a long one never does, nor what stands behind it.
import type { DeviceId } from '../core/id.ts'
import { BREAKS_SPAN_MS, BREAKS_TOLD } from '../core/limits.ts'
import { OUTAGES, type Session } from '../net/net.ts'

export interface BreaksInit {
  readonly nameOf: (account: Session['account']) => string
  /** Without a message it is over. */
  readonly trouble: (where: string, message?: string) => void
}

interface Breaking {
  readonly count: number
  readonly where: string
  readonly over: NodeJS.Timeout
}

const MESSAGE =
  'it breaks again and again, seconds after it came about: packets are lost on the way, perhaps ' +
  'only large ones, so that long messages do not arrive'

export class Breaks {
  private readonly init: BreaksInit
  private readonly breaking = new Map<DeviceId, Breaking>()

  constructor(init: BreaksInit) {
    this.init = init
  }

  ended({ account, device, standing }: Session, code: string): void {
    if (standing !== 'contact' || !OUTAGES.has(code)) return
    const before = this.breaking.get(device)
    clearTimeout(before?.over)
    const count = (before?.count ?? 0) + 1
    const where = before?.where ?? `connection to ${this.init.nameOf(account)}`
    const over = setTimeout(() => {
      this.breaking.delete(device)
      if (count >= BREAKS_TOLD) this.init.trouble(where)
    }, BREAKS_SPAN_MS).unref()
    this.breaking.set(device, { count, where, over })
    if (count === BREAKS_TOLD) this.init.trouble(where, MESSAGE)
  }
}
