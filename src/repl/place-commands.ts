// The commands that go from one conversation to another, and to an editor: what keys do on a
// terminal (`terminal/keys.ts`), for where there are none.
import { TidingsError } from '../core/errors.ts'
import type { ParamValue } from './arguments.ts'
import type { Chat } from './chat.ts'
import type { Directory } from './directory.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'
import type { Tabs } from './tabs.ts'
import { NUMBERED_TABS, type Tab, tabBeside, unreadTab } from './view/status-row.ts'

export interface PlaceCommandsComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly chat: Chat
  readonly tabs: Tabs
  readonly client: () => ReplClient
  /** Opens a conversation. */
  readonly enter: (partner: Partner) => Promise<void>
  /** Sends to the open conversation. */
  readonly say: (text: string) => Promise<void>
  /**
   * Has a text edited by a program of one's choice; undefined where there is no terminal.
   *
   * @returns what it became, or undefined where that stands in the line now
   */
  readonly editor?: ((text: string) => Promise<string | undefined>) | undefined
}

export class PlaceCommands {
  readonly #with: PlaceCommandsComponents

  constructor(components: PlaceCommandsComponents) {
    this.#with = components
  }

  /** The next conversation with something that is not read, mentions first. */
  async next(): Promise<void> {
    const tab = unreadTab(this.#tabs)
    if (tab) await this.#enter(tab)
    else this.#with.screen.say('Nothing is unread.')
  }

  /** By its number, or the one beside; without either all are listed. @throws `bad_input` */
  async switch(which: ParamValue | undefined): Promise<void> {
    const { screen } = this.#with
    const tabs = this.#tabs
    if (which === undefined) {
      const none = 'There are no conversations yet.'
      return screen.print(tabs.length > 0 ? tabs.map(tabLine).join('\n') : none)
    }
    const tab = tabMeant(tabs, String(which))
    if (tab) return this.#enter(tab)
    throw new TidingsError(
      'bad_input',
      `There is no conversation "${which}" to switch to: a number, "next" or "previous". ` +
        '/switch lists the numbers.',
    )
  }

  /** A text for the open conversation, which is sent unless it stands in the line then. */
  async edit(): Promise<void> {
    const { chat, client, editor, say, screen } = this.#with
    const { open } = chat
    if (!editor) {
      throw new TidingsError('bad_input', 'There is no terminal here for an editor.')
    }
    if (!open) {
      throw new TidingsError('bad_input', 'No conversation is open; @name or #name opens one.')
    }
    const { text: draft } = await client().call('draft', { conversation: open.conversation })
    const text = await editor(draft)
    if (text === undefined) return
    if (text.trim() === '' || text === draft) {
      return screen.say('Nothing was written, so nothing is sent.')
    }
    await say(text)
  }

  get #tabs(): Tab[] {
    const { chat, tabs } = this.#with
    return tabs.list(chat.open?.conversation)
  }

  async #enter({ conversation }: Tab): Promise<void> {
    const partner = this.#with.directory.partner(conversation)
    if (partner) await this.#with.enter(partner)
  }
}

function tabMeant(tabs: readonly Tab[], which: string): Tab | undefined {
  switch (which.toLowerCase()) {
    case 'next':
      return tabBeside(tabs, 1)
    case 'previous':
      return tabBeside(tabs, -1)
    default:
      // The tenth has the number of its key, too.
      return /^\d+$/.test(which) ? tabs[(Number(which) || NUMBERED_TABS) - 1] : undefined
  }
}

/** `2 bob, online, 3 not read, 1 of them for you` */
function tabLine({ label, online, isOpen, unread, mentions }: Tab, index: number): string {
  const news = unread > 0 ? [`${unread} not read`] : []
  const called = mentions > 0 ? [`${mentions} of them for you`] : []
  const about = [...(online ? ['online'] : []), ...news, ...called, ...(isOpen ? ['open'] : [])]
  return [`${index + 1} ${label}`, ...about].join(', ')
}
