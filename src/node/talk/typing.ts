// Who is typing. A signal and nothing else: it is told to those who are there, never written down,
// bounded in both directions, and forgotten by itself when its end gets lost.
import type { AccountId, ConversationId } from '../../core/id.ts'
import { TYPING_EXPIRY_MS, TYPING_HEARD_MAX, TYPING_TELL_MS } from '../../core/limits.ts'
import type { Session } from '../../net/net.ts'

export interface TypingInit {
  /** Never goes back. */
  readonly uptimeMs: () => number
  /** The others in a conversation that are there. */
  readonly sessionsOf: (id: ConversationId) => Iterable<Session>
  readonly mayTell: (id: ConversationId) => boolean
  readonly changed: (id: ConversationId, account: AccountId, typing: boolean) => void
}

interface Told {
  readonly atMs: number
  readonly typing: boolean
}

export class Typing {
  private readonly init: TypingInit
  /** What others were told last. */
  private readonly told = new Map<ConversationId, Told>()
  /** Those who are typing, and the end of that if nothing more is heard. */
  private readonly heard = new Map<`${ConversationId}/${AccountId}`, NodeJS.Timeout>()
  private readonly rates = new WeakMap<Session, { sinceMs: number; count: number }>()

  constructor(init: TypingInit) {
    this.init = init
  }

  /** The user types there, or stopped. */
  tell(id: ConversationId, typing: boolean): void {
    const { mayTell, uptimeMs } = this.init
    const before = this.told.get(id)
    const nowMs = uptimeMs()
    const isSoon = before !== undefined && nowMs - before.atMs < TYPING_TELL_MS
    // What was begun is ended, also where it was switched off meanwhile.
    if (typing ? isSoon || !mayTell(id) : before?.typing !== true) return
    // The end does not put off the next beginning.
    this.told.set(id, { atMs: typing ? nowMs : (before?.atMs ?? nowMs), typing })
    for (const session of this.init.sessionsOf(id)) {
      session.send({ type: 'typing', conversation: id, stopped: !typing })
    }
  }

  /** A message went there: for whoever gets it that is the end. */
  sent(id: ConversationId): void {
    const told = this.told.get(id)
    if (told) this.told.set(id, { ...told, typing: false })
  }

  /** Somebody else types, or stopped. More than an honest node sends is dropped. */
  hear(session: Session, id: ConversationId, typing: boolean): void {
    if (this.isTooMuch(session)) return
    if (!typing) return this.over(id, session.account)
    const key = `${id}/${session.account}` as const
    const before = this.heard.get(key)
    clearTimeout(before)
    const end = setTimeout(() => this.over(id, session.account), TYPING_EXPIRY_MS)
    this.heard.set(key, end.unref())
    if (!before) this.init.changed(id, session.account, true)
  }

  /** What was typed arrived, or whoever typed is gone. */
  over(id: ConversationId, account: AccountId): void {
    const key = `${id}/${account}` as const
    const end = this.heard.get(key)
    if (!end) return
    clearTimeout(end)
    this.heard.delete(key)
    this.init.changed(id, account, false)
  }

  /** Ends without a word. */
  stop(): void {
    for (const end of this.heard.values()) clearTimeout(end)
    this.heard.clear()
  }

  private isTooMuch(session: Session): boolean {
    const nowMs = this.init.uptimeMs()
    const rate = this.rates.get(session)
    if (!rate || nowMs - rate.sinceMs >= TYPING_TELL_MS) {
      this.rates.set(session, { sinceMs: nowMs, count: 1 })
      return false
    }
    rate.count += 1
    return rate.count > TYPING_HEARD_MAX
  }
}
