// The commands that change messages, or show what became of them: /edit, /delete, /undo, /react,
// /pin, /unpin, /pins, /edits. Which message is meant is found out here.
import type { Params } from '../api/methods.ts'
import type { Message } from '../api/shapes.ts'
import { RENDER } from '../cli/render.ts'
import { TidingsError } from '../core/errors.ts'
import { printable } from '../core/text.ts'
import type { ParamValue, ParamValues } from './arguments.ts'
import type { Chat } from './chat.ts'
import { type ReplCommand, usage } from './commands.ts'
import { paint } from './look.ts'
import type { Change } from './message-changes.ts'
import { moment } from './messages.ts'
import { lineOf } from './parse.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'
import { idOf, WHICH } from './which-message.ts'

const METHODS = ['delete', 'undo', 'react', 'pin', 'unpin', 'pins', 'edits'] as const
type ChangeMethod = (typeof METHODS)[number]

/** `edit` is no command of this kind: see `ChangeCommands.edit`. */
export function isChangeMethod(method: string): method is ChangeMethod {
  return METHODS.some((each) => each === method)
}

export interface ChangeCommandsComponents {
  readonly screen: Screen
  readonly chat: Chat
  readonly client: () => ReplClient
}

export class ChangeCommands {
  readonly #with: ChangeCommandsComponents

  constructor(components: ChangeCommandsComponents) {
    this.#with = components
  }

  /** Of words that are sent nothing is taken apart. @throws TidingsError */
  async edit(command: ReplCommand, rest: string): Promise<void> {
    const [, which, text = ''] = WHICH.exec(rest) ?? []
    if (text === '') throw new TidingsError('bad_input', `Usage: ${usage(command)}`)
    const id = await this.#id('edit', which)
    await this.#say('edited', () => this.#with.client().call('edit', { id, text }))
  }

  /** All but /edit, whose words are not taken apart. @throws TidingsError */
  async run(method: ChangeMethod, values: ParamValues): Promise<void> {
    const { client } = this.#with
    if (method === 'pins') return this.#pins(String(values['conversation']))
    if (method === 'undo') return this.#undo(values)
    const id = await this.#id(method, values['id'])
    switch (method) {
      case 'edits':
        return this.#edits(id)
      case 'delete':
        return this.#say('deleted', () => client().call(method, { id }))
      case 'pin':
        return this.#say('pinned', () => client().call(method, { id }))
      case 'unpin':
        return this.#say('unpinned', () => client().call(method, { id }))
      case 'react': {
        const given = { ...values, id } as unknown as Params<'react'>
        const change = given.remove ? 'unreacted' : 'reacted'
        return this.#say(change, () => client().call(method, given), given.emoji)
      }
    }
  }

  /** Without anything named, what was sent last in the open conversation. */
  async #undo({ id, conversation }: ParamValues): Promise<void> {
    const { client, chat, screen } = this.#with
    const where = conversation ?? chat.open?.conversation
    const params: Params<'undo'> = {
      ...(id !== undefined && { id: await this.#id('delete', id) }),
      ...(id === undefined && where !== undefined && { conversation: String(where) }),
    }
    const undone = await client().call('undo', params)
    screen.say(RENDER.undo(undone))
    // To say it better, or to throw it away.
    if (undone.kind === 'text' && undone.conversation === chat.open?.conversation) {
      screen.offer(lineOf(undone.text))
    }
  }

  async #pins(conversation: string): Promise<void> {
    const { client, chat, screen } = this.#with
    const pinned = await client().call('pins', { conversation })
    if (pinned.length === 0) return screen.say('Nothing is pinned here.')
    return chat.pages.show(pinned.toReversed(), false)
  }

  async #edits(id: string): Promise<void> {
    const { client, screen } = this.#with
    const lines = (await client().call('edits', { id })).map(({ sentAt, text }) => {
      const words = printable(text, { lines: true }).replaceAll('\n', '\n  ')
      return `${paint(screen.look, 'faint', moment(sentAt, screen.look))}\n  ${words}`
    })
    screen.print(lines.join('\n'))
  }

  #id(command: string, which: ParamValue | undefined): Promise<string> {
    const { client, chat } = this.#with
    return idOf(client(), chat.open, command, which === undefined ? undefined : String(which))
  }

  /** Says what changed, unless the event of the change came first and said it. */
  async #say(
    change: Change['change'],
    call: () => Promise<Message>,
    emoji: string | null = null,
  ): Promise<void> {
    const { screen, chat } = this.#with
    const before = chat.changes.said
    const message = await call()
    if (chat.changes.did({ change, emoji, message }) || chat.changes.said > before) return
    screen.say('Nothing has changed by that.')
  }
}
