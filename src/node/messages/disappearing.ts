// Agreeing for how long the messages of a conversation are shown: either side may set it, both see
// who did (docs/PROTOCOL.md, "Disappearing messages").
import { TidingsError } from '../../core/errors.ts'
import type { AccountId, ConversationId } from '../../core/id.ts'
import { EXPIRES_SECONDS_MAX } from '../../core/limits.ts'
import { formatTimeSpan } from '../../core/time-span.ts'
import type { Conversations } from '../conversations.ts'
import type { Appender } from '../ledger/appender.ts'
import type { Messages } from './messages.ts'
import type { Timers } from './timers.ts'

export interface DisappearingInit {
  readonly messages: Pick<Messages, 'resolve' | 'writable'>
  readonly conversations: Pick<Conversations, 'authorOf' | 'nameOf'>
  readonly appender: Pick<Appender, 'append'>
  readonly timers: Timers
}

/** What holds in a conversation now. */
export interface DisappearView {
  readonly conversation: ConversationId
  /** 0: messages stay. */
  readonly seconds: number
  /** Who set it last; undefined where nobody did. */
  readonly setBy: AccountId | undefined
  readonly setByName: string
}

export class Disappearing {
  private readonly init: DisappearingInit

  constructor(init: DisappearingInit) {
    this.init = init
  }

  view(name: string): DisappearView {
    return this.viewOf(this.init.messages.resolve(name))
  }

  /**
   * Resolves once it is on disk. What holds already is not said again.
   *
   * @param seconds 0 to let messages stay
   */
  async set(name: string, seconds: number): Promise<DisappearView> {
    if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > EXPIRES_SECONDS_MAX) {
      const most = formatTimeSpan(EXPIRES_SECONDS_MAX)
      throw new TidingsError('bad_input', `messages disappear after 1 second to ${most}`)
    }
    const { messages, appender, timers } = this.init
    const id = messages.writable(name)
    if ((timers.setting(id)?.seconds ?? 0) !== seconds) {
      await appender.append(id, { kind: 'timer', seconds })
    }
    return this.viewOf(id)
  }

  private viewOf(conversation: ConversationId): DisappearView {
    const { conversations, timers } = this.init
    const setting = timers.setting(conversation)
    const setBy = setting && conversations.authorOf(conversation, setting.place.device)
    const setByName = setBy ? conversations.nameOf(setBy) : ''
    return { conversation, seconds: setting?.seconds ?? 0, setBy, setByName }
  }
}
