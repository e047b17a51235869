// Whether others can connect to this node is something that only others can find out. A contact is
// asked to try, and tries itself when it is asked (docs/PROTOCOL.md, "DialBack"): at no other
// address than the one that it sees the asker at, seldom, and saying no more than whether the
// asker itself was there. So nobody can use it to look at machines of others.
import type { DialBackFrame, DialedBackFrame } from '../../core/dial-back.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import {
  DIAL_BACK_GAP_MS,
  DIAL_BACK_MS,
  DIAL_BACK_WAIT_MS,
  DIAL_BACKS_MAX,
} from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import type { Net, Session } from '../../net/net.ts'
import type { DialedBack } from './survey-types.ts'

export interface DialBacksInit {
  readonly net: Pick<Net, 'knock'>
  /** Whether both hold each other as contacts. */
  readonly isMutual: (session: Session) => boolean
  /** Whether discovery hears the device; undefined where there is no discovery. */
  readonly hears: (device: DeviceId) => boolean | undefined
  readonly now: () => number
  /** Never goes back. */
  readonly uptimeMs: () => number
  readonly log: Logger
}

export class DialBacks {
  private readonly init: DialBacksInit
  /** When an account asked last. */
  private readonly askedAt = new Map<AccountId, number>()
  private dialing = 0
  private readonly waiting = new Map<Session, (answer: DialedBackFrame | undefined) => void>()

  constructor(init: DialBacksInit) {
    this.init = init
  }

  /** Nothing when no answer comes: the other side may be busy, or of an older version. */
  async ask(session: Session, port: number): Promise<DialedBack | undefined> {
    if (this.waiting.has(session)) return undefined
    const { promise, resolve } = Promise.withResolvers<DialedBackFrame | undefined>()
    const late = setTimeout(() => resolve(undefined), DIAL_BACK_WAIT_MS).unref()
    this.waiting.set(session, resolve)
    session.send({ type: 'dial_back', port })
    const answer = await promise
    clearTimeout(late)
    this.waiting.delete(session)
    if (!answer) return undefined
    const { reached, heard, wallTimeMs } = answer
    return { reached, hearsUs: heard, clockAheadMs: wallTimeMs - this.init.now() }
  }

  frame(session: Session, frame: DialBackFrame | DialedBackFrame): void {
    if (frame.type === 'dialed_back') return this.waiting.get(session)?.(frame)
    this.answer(session, frame).catch((error: unknown) => {
      this.init.log.warn({ err: error, peer: session.device }, 'a dial back failed')
    })
  }

  ended(session: Session): void {
    this.waiting.get(session)?.(undefined)
  }

  private async answer(session: Session, { port }: DialBackFrame): Promise<void> {
    const { hears, net, now } = this.init
    const { device } = session
    const address = addressAt(session.address, port)
    if (address === undefined || !this.mayAsk(session)) return
    this.dialing += 1
    const over = timeAfter(DIAL_BACK_MS)
    try {
      const knock = await net.knock(device, [address], AbortSignal.timeout(DIAL_BACK_MS))
      const reached = knock === 'reached'
      if (!reached) await over
      const wallTimeMs = Math.max(0, now())
      const heard = hears(device)
      const said = { reached, wallTimeMs, ...(heard !== undefined && { heard }) }
      session.send({ type: 'dialed_back', ...said })
    } finally {
      this.dialing -= 1
    }
  }

  private mayAsk(session: Session): boolean {
    const { isMutual, uptimeMs } = this.init
    if (!isMutual(session) || this.dialing >= DIAL_BACKS_MAX) return false
    const nowMs = uptimeMs()
    const before = this.askedAt.get(session.account)
    if (before !== undefined && nowMs - before < DIAL_BACK_GAP_MS) return false
    this.askedAt.set(session.account, nowMs)
    return true
  }
}

/** The same machine at another port; nothing where a name stands, which may mean another one. */
function addressAt(address: string, port: number): string | undefined {
  const [, machine] = /^(\/ip[46]\/[^/]+)\/tcp\/\d+$/.exec(address) ?? []
  return machine && `${machine}/tcp/${port}`
}

function timeAfter(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref()
  })
}
