// The commands about what goes with conversations beside their messages: /conversations, /read,
// /mute, /unmute, /tell.
import type { Params } from '../api/methods.ts'
import { RENDER } from '../cli/render.ts'
import type { Happenings } from './happenings.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'

const METHODS = ['conversations', 'read', 'mute', 'unmute', 'tell'] as const
type TalkMethod = (typeof METHODS)[number]

export function isTalkMethod(method: string): method is TalkMethod {
  return METHODS.some((each) => each === method)
}

export interface TalkCommandsComponents {
  readonly screen: Screen
  readonly happenings: Happenings
  readonly client: () => ReplClient
  /** Shows what the command line would print. */
  readonly show: (text: string) => void
}

export class TalkCommands {
  readonly #with: TalkCommandsComponents

  constructor(components: TalkCommandsComponents) {
    this.#with = components
  }

  /** @param given what the method's schema names; the node checks it */
  async run(method: TalkMethod, given: unknown): Promise<void> {
    const { client, screen, happenings, show } = this.#with
    switch (method) {
      case 'conversations':
        return show(RENDER[method](await client().call(method)))
      case 'read':
        await client().call(method, given as Params<'read'>)
        return screen.say('Read.')
      case 'mute':
      case 'unmute': {
        const standing = await client().call(method, given as Params<'mute'>)
        happenings.standingIs(standing)
        return show(RENDER[method](standing))
      }
      case 'tell':
        return show(RENDER[method](await client().call(method, given as Params<'tell'>)))
    }
  }
}
