// What talk-types.ts says of a node, over the parts of its present life.
import { TidingsError } from '../../core/errors.ts'
import type { ConversationId } from '../../core/id.ts'
import { MUTE_MAX_MS } from '../../core/limits.ts'
import type { Lives } from '../lives.ts'
import type { NodeParts } from '../parts.ts'
import type { Standing, TalkNode, Telling, Tellings } from './talk-types.ts'

type DraftView = ReturnType<TalkNode['draft']>

export class LocalTalk implements TalkNode {
  private readonly lives: Lives

  constructor(lives: Lives) {
    this.lives = lives
  }

  private get parts(): NodeParts {
    return this.lives.current
  }

  unread(): ReturnType<TalkNode['unread']> {
    const { talk } = this.parts
    let [messages, mentions] = [0, 0]
    for (const id of talk.begun()) {
      const counts = talk.unread.of(id)
      messages += counts.messages
      mentions += counts.mentions
    }
    return { messages, mentions }
  }

  async mute(
    conversation: string,
    { forMs, all = false }: { forMs?: number; all?: boolean },
  ): Promise<Standing> {
    if (forMs !== undefined && !(forMs > 0 && forMs <= MUTE_MAX_MS)) {
      throw new TidingsError('bad_input', 'a conversation cannot be muted for this long')
    }
    const untilMs = forMs === undefined ? null : this.parts.init.now() + forMs
    return this.setMuted(conversation, { untilMs, all })
  }

  unmute(conversation: string): Promise<Standing> {
    return this.setMuted(conversation, undefined)
  }

  draft(conversation: string): DraftView {
    const { messages, talk } = this.parts
    const id = messages.resolve(conversation)
    return { conversation: id, text: talk.drafts.of(id) }
  }

  setDraft(conversation: string, text: string): Promise<DraftView> {
    return this.lives.once(async ({ messages, talk }) => {
      const id = messages.resolve(conversation)
      await talk.drafts.set(id, text)
      return { conversation: id, text }
    })
  }

  tellings(conversation?: string): Tellings {
    const { messages, talk } = this.parts
    const all = talk.tellings()
    if (conversation === undefined) return all
    const id = messages.resolve(conversation)
    return { ...all, conversations: all.conversations.filter((one) => one.conversation === id) }
  }

  setTelling(what: Telling, value: boolean | undefined, conversation?: string): Promise<Tellings> {
    return this.lives.once(async ({ messages, talk }) => {
      const id = conversation === undefined ? undefined : messages.resolve(conversation)
      await talk.habits.setTells(what, value, id)
      if (what === 'read') talk.tellReadAgain()
      return talk.tellings()
    })
  }

  typing(conversation: string, isTyping: boolean): void {
    const { messages, talk } = this.parts
    talk.typing.tell(messages.resolve(conversation), isTyping)
  }

  private setMuted(
    conversation: string,
    muted: Parameters<NodeParts['talk']['habits']['setMuted']>[1],
  ): Promise<Standing> {
    return this.lives.once(async ({ messages, talk }) => {
      const id: ConversationId = messages.resolve(conversation)
      await talk.habits.setMuted(id, muted)
      talk.announce(id)
      return talk.standing(id)
    })
  }
}
