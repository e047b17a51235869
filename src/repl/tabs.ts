// The conversations by number, for keys and the row that shows them. A number stays with its
// conversation for as long as the screen is open, unless one before it goes.
import type { Conversation } from '../api/shapes.ts'
import { truncate } from '../cli/width.ts'
import type { Attention } from './attention.ts'
import type { Directory } from './directory.ts'
import { sign } from './look.ts'
import type { Partner } from './partner.ts'
import type { Screen } from './screen.ts'
import type { Tab } from './view/status-row.ts'

const PROMPT_NAME_COLUMNS = 20
const NO_PROMPT_NAME = 'tidings'

export interface TabsComponents {
  readonly directory: Directory
  readonly attention: Attention
  readonly screen: Screen
}

export class Tabs {
  readonly #with: TabsComponents
  readonly #order = new Set<string>()
  #isDue = false

  constructor(components: TabsComponents) {
    this.#with = components
  }

  /** Those talked in last get the low numbers, then who else is there. */
  take(conversations: readonly Conversation[]): void {
    for (const { conversation } of conversations) this.#order.add(conversation)
    const { directory } = this.#with
    for (const contact of directory.contacts) {
      if (contact.state === 'friend') this.#order.add(contact.conversation)
    }
    for (const group of directory.groups.list) {
      if (group.state === 'joined') this.#order.add(group.conversation)
    }
  }

  /** Something happens in a conversation. */
  note(conversation: string): void {
    this.#order.add(conversation)
  }

  /** Shows them, and in front of the line the one that is open. */
  show(open: Partner | undefined): void {
    const { attention, screen } = this.#with
    const name = truncate(open?.label ?? NO_PROMPT_NAME, PROMPT_NAME_COLUMNS, '~')
    const prompt = `${name}${attention.unread > 0 ? ` (${attention.unread})` : ''}> `
    const spoken = open ? `To ${open.label}: ` : 'Command: '
    screen.setPrompt(sign(screen.look, prompt, prompt, spoken))
    screen.showTabs(this.list(open?.conversation))
  }

  /** Once for all that happens together. */
  showSoon(open: () => Partner | undefined): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.show(open())
    })
  }

  /** In the order of their numbers. @param open the conversation that is open */
  list(open: string | undefined): Tab[] {
    const { directory, attention } = this.#with
    return [...this.#order].flatMap((conversation) => {
      const partner = directory.partner(conversation)
      if (!partner || partner.contact?.state === 'removed') return []
      const { label, online } = partner
      const isOpen = conversation === open
      const { unread, mentions } = attention.newsOf(conversation)
      const { state } = directory.groups.get(conversation) ?? {}
      const isOver = state === 'left' || (state === 'removed' && unread === 0)
      if (isOver && !isOpen) return []
      return [{ conversation, label, online, isOpen, unread, mentions }]
    })
  }
}
