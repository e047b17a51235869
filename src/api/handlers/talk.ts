// The methods of methods-talk.ts as calls of the node.
import { TidingsError } from '../../core/errors.ts'
import { MUTE_MAX_MS } from '../../core/limits.ts'
import { parseTimeSpan } from '../../core/time-span.ts'
import type { TidingsNode } from '../../node/node-types.ts'
import type { TALK_METHODS } from '../methods-talk.ts'
import type { Handlers } from './methods.ts'
import { conversationShape, standingShape, tellingsShape } from './views.ts'

const VALUES = { on: true, off: false, default: undefined } as const

export function aboutTalk(node: TidingsNode): Pick<Handlers, keyof typeof TALK_METHODS> {
  const { talk } = node
  return {
    conversations: async () => (await node.conversations()).map(conversationShape),
    read: async ({ conversation, upTo }) => {
      await node.markRead(conversation, upTo)
      return { done: true }
    },
    mute: async ({ conversation, for: span, all }) => {
      const forMs = span === undefined ? undefined : 1000 * parseTimeSpan(span, MUTE_MAX_MS / 1000)
      const how = { ...(forMs !== undefined && { forMs }), ...(all !== undefined && { all }) }
      return standingShape(await talk.mute(conversation, how))
    },
    unmute: async ({ conversation }) => standingShape(await talk.unmute(conversation)),
    draft: ({ conversation, text }) =>
      text === undefined ? talk.draft(conversation) : talk.setDraft(conversation, text),
    tell: async ({ what, setting, in: conversation }) => {
      if (setting === undefined) return tellingsShape(talk.tellings(conversation))
      if (what === undefined) throw new TidingsError('bad_input', '"setting" needs "what"')
      return tellingsShape(await talk.setTelling(what, VALUES[setting], conversation))
    },
    typing: ({ conversation, stopped }) => {
      talk.typing(conversation, stopped !== true)
      return { done: true }
    },
  }
}
