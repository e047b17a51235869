// Takes the node's events, in order: keeps the directory current and says on the screen what a
// person wants to know.
import type { Group } from '../api/shapes-group.ts'
import type { Contact, Event, Message, Standing } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import type { Alerts } from './alerts.ts'
import type { Attention } from './attention.ts'
import { CatchUp } from './catch-up.ts'
import type { Chat } from './chat.ts'
import { type Directory, nameOf } from './directory.ts'
import { GroupWatch } from './group-watch.ts'
import * as notices from './notices.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'
import type { Tabs } from './tabs.ts'

/** Nodes pointed out to somebody who has no contact yet; a large network is left to /nearby. */
const NEARBY_NOTICES_MAX = 5
/** So many messages within a second are one event; sooner where each would be read aloud. */
const BURST_MESSAGES = 100
const BURST_MESSAGES_ALOUD = 10
/** Of those the newest are told after all. */
const HELD_MAX = 10

export interface HappeningsComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly chat: Chat
  readonly attention: Attention
  readonly tabs: Tabs
  readonly client: () => ReplClient
  readonly alerts?: Alerts | undefined
}

export class Happenings {
  readonly #screen: Screen
  readonly #directory: Directory
  readonly #chat: Chat
  readonly #attention: Attention
  readonly #tabs: Tabs
  readonly #alerts: Alerts | undefined
  readonly #catchUp: CatchUp
  readonly #groups: GroupWatch
  readonly #interactive: boolean
  /** Messages of the open conversation that come among many, where each would be read aloud. */
  #held: Message[] = []
  #nearbyNotices = 0
  /** Changes of contacts said so far, so that a command knows whether its own was. */
  readonly #saidOf = new Map<string, number>()
  readonly #namesSaid = new Map<string, string>()

  constructor(components: HappeningsComponents, { interactive }: { interactive: boolean }) {
    const { screen, directory, chat, attention, tabs, alerts, client } = components
    this.#screen = screen
    this.#directory = directory
    this.#chat = chat
    this.#attention = attention
    this.#tabs = tabs
    this.#alerts = alerts
    this.#interactive = interactive
    const began = (words: string): void => {
      if (this.#isAloud) screen.say(words)
    }
    const over = (words: string): void => this.#caughtUp(words)
    const changed = (): void => this.#showPassing()
    const burstMessages = this.#isAloud ? BURST_MESSAGES_ALOUD : BURST_MESSAGES
    this.#catchUp = new CatchUp({ client, directory, began, over, changed }, { burstMessages })
    const showTabs = (): void => tabs.showSoon(() => chat.open)
    this.#groups = new GroupWatch({ client, directory, changed: showTabs })
  }

  stop(): void {
    this.#catchUp.stop()
    this.#groups.stop()
  }

  handle(event: Event): void {
    switch (event.type) {
      case 'message':
        return this.#message(event.message)
      case 'changed':
        return this.#changed(event)
      case 'undone':
        return this.#chat.changes.undone(event.id)
      case 'conversation':
        return this.standingIs(event)
      case 'typing':
        return this.#typing(event)
      case 'group':
        return this.groupIs(event.group, this.#directory.groups.update(event.group))
      case 'state':
        return this.#chat.stateChanged(event)
      case 'presence':
        return this.#presence(event)
      case 'request':
      case 'contact':
        this.contactIs(event.contact)
        return
      case 'renamed':
        return this.#renamed(event)
      case 'device':
        return this.#device(event)
      case 'nearby':
        return this.#nearby(event)
      case 'trouble':
        return this.#screen.say(notices.troubleNotice(event, this.#screen.look))
      case 'fork':
        return this.#fork(event)
    }
  }

  /** Takes over how a contact is now, and says what changed. @returns whether anything did */
  contactIs(contact: Contact): boolean {
    const before = this.#directory.update(contact)
    if (contact.state === 'friend') this.#tabs.note(contact.conversation)
    const isGone = contact.state === 'blocked' || contact.state === 'removed'
    if (isGone && this.#chat.open?.contact?.account === contact.account) this.#chat.close()
    const notice = notices.contactNotice(before, contact, this.#directory)
    if (notice === undefined) return false
    this.#saidOf.set(contact.account, this.saidOf(contact.account) + 1)
    this.#screen.say(notice)
    return true
  }

  /** A new name was said, though its event may still come. */
  nameIsSaid(account: string, name: string): void {
    this.#namesSaid.set(account, name)
  }

  /** Something was read or muted. */
  standingIs(standing: Standing): void {
    this.#attention.standingIs(standing)
    if (standing.unread === 0) this.#chat.pages.seen(standing.conversation)
    this.#attention.look()
  }

  saidOf(account: string): number {
    return this.#saidOf.get(account) ?? 0
  }

  #message(message: Message): void {
    const isOpen = this.#chat.open?.conversation === message.conversation
    const isMuted = this.#attention.isQuiet(message)
    if (!message.own && message.kind === 'text') this.#catchUp.arrived(message)
    if (!message.own && !isOpen) this.#attention.arrived(message)
    else if (!message.own) this.#attention.look()
    this.#tabs.note(message.conversation)
    if (message.kind === 'group') this.#groups.look()
    // Piped, every message is wanted.
    const isOneOfMany = this.#interactive && this.#catchUp.isOn
    if (isOneOfMany && isOpen && this.#isAloud) this.#hold(message)
    else this.#chat.arrived(message, isMuted || isOneOfMany)
    this.#alerts?.arrived(message, { isOpen, isMuted })
  }

  /** Somebody hears what is printed, line by line. */
  get #isAloud(): boolean {
    return this.#interactive && this.#screen.look.words === true
  }

  #hold(message: Message): void {
    this.#held.push(message)
    if (this.#held.length > HELD_MAX) this.#held.shift()
  }

  #caughtUp(words: string): void {
    if (!this.#interactive) return
    const held = this.#held
    this.#held = []
    this.#screen.say(held.length > 0 ? `${words} The newest:` : words)
    for (const message of held) this.#chat.arrived(message, false)
  }

  /** What the user did elsewhere is told in muted conversations too. */
  #changed(event: notices.EventOf<'changed'>): void {
    const { conversation } = event.message
    const isOpen = this.#chat.open?.conversation === conversation
    const isQuiet = !event.own && !isOpen && this.#attention.isMuted(conversation)
    this.#chat.changes.happened(event, isQuiet)
  }

  #typing(event: notices.EventOf<'typing'>): void {
    const isOpen = event.conversation === this.#chat.open?.conversation
    if (!isOpen && event.typing && this.#attention.isMuted(event.conversation)) return
    this.#attention.typingIs(event, this.#directory.called(event.account, event.name))
    this.#showPassing()
  }

  #showPassing(): void {
    const { look } = this.#screen
    this.#screen.passing(this.#catchUp.line(look) || this.#attention.typingLine(look))
  }

  /** Says what a group, which the directory knows as it is now, became for the user. */
  groupIs(group: Group, before: Group | undefined): void {
    const { conversation, state } = group
    if (state === 'joined') this.#tabs.note(conversation)
    // Whoever makes a group has nothing to catch up with.
    const isNew = before !== undefined && before.state !== 'joined'
    if (state === 'joining' || (state === 'joined' && isNew)) this.#catchUp.joined(conversation)
    const notice = notices.groupNotice(before, group, this.#directory.groups.handle(group))
    if (notice !== undefined) this.#screen.say(notice)
  }

  #presence({ account, online }: notices.EventOf<'presence'>): void {
    this.#groups.look()
    const contact = this.#directory.get(account)
    if (!contact || contact.online === online) return
    this.#directory.update({ ...contact, online })
    if (contact.state !== 'friend' || this.#attention.isMuted(contact.conversation)) return
    const label = this.#directory.label(contact)
    this.#screen.say(notices.presenceNotice(label, online, this.#screen.look))
  }

  #renamed(event: notices.EventOf<'renamed'>): void {
    const said = this.#namesSaid.get(event.account)
    this.#namesSaid.delete(event.account)
    if (said === event.to) return
    const contact = this.#directory.get(event.account)
    // By an alias the contact is told apart as before.
    const imitates = contact?.alias ? contact.imitates : event.imitates
    if (contact) this.#directory.update({ ...contact, name: event.to, imitates })
    this.#screen.say(notices.renamedNotice(event, contact))
  }

  #device(event: notices.EventOf<'device'>): void {
    const contact = this.#directory.get(event.account)
    const label = this.#directory.called(event.account, event.name)
    this.#screen.say(notices.deviceNotice(label, event, contact?.verified === true))
  }

  #nearby({ node, present }: notices.EventOf<'nearby'>): void {
    const isNew = this.#directory.updateNearby(node, present)
    const isStranger = node.contact === null && node.name !== ''
    const hasContacts = this.#directory.contacts.length > 0
    if (!isNew || !isStranger || hasContacts || this.#nearbyNotices >= NEARBY_NOTICES_MAX) return
    this.#nearbyNotices++
    const name = printable(node.name)
    const handle = this.#directory.nearbyHandle(node)
    const how = handle === undefined ? '' : ` /add ${handle} asks them to become your contact.`
    this.#screen.say(`${name} is nearby.${how}${notices.caution(node)}`)
  }

  #fork({ account, name, own }: notices.EventOf<'fork'>): void {
    if (own) return this.#screen.say(notices.ownForkNotice(this.#screen.look))
    const contact = this.#directory.get(account)
    const label = contact ? nameOf(contact) : printable(name)
    this.#screen.say(notices.forkNotice(label, this.#screen.look))
  }
}
