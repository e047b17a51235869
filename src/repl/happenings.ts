// Takes the node's events, in order: keeps the directory current and says on the screen what a
// person wants to know.
import type { Contact, Event } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import type { Chat } from './chat.ts'
import { type Directory, nameOf, nearbyHandle } from './directory.ts'
import * as notices from './notices.ts'
import type { Screen } from './screen.ts'

/** Nodes pointed out to somebody who has no contact yet; a large network is left to /nearby. */
const NEARBY_NOTICES_MAX = 5

export interface HappeningsComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly chat: Chat
}

export class Happenings {
  readonly #screen: Screen
  readonly #directory: Directory
  readonly #chat: Chat
  #nearbyNotices = 0
  /** Changes of contacts said so far, so that a command knows whether its own was. */
  readonly #saidOf = new Map<string, number>()

  constructor({ screen, directory, chat }: HappeningsComponents) {
    this.#screen = screen
    this.#directory = directory
    this.#chat = chat
  }

  handle(event: Event): void {
    switch (event.type) {
      case 'message':
        return this.#chat.arrived(event.message)
      case 'changed':
        return this.#chat.changes.happened(event)
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
    const isGone = contact.state === 'blocked' || contact.state === 'removed'
    if (isGone && this.#chat.open?.account === contact.account) this.#chat.close()
    const notice = notices.contactNotice(before, contact, this.#directory)
    if (notice === undefined) return false
    this.#saidOf.set(contact.account, this.saidOf(contact.account) + 1)
    this.#screen.say(notice)
    return true
  }

  saidOf(account: string): number {
    return this.#saidOf.get(account) ?? 0
  }

  #presence({ account, online }: notices.EventOf<'presence'>): void {
    const contact = this.#directory.get(account)
    if (!contact || contact.online === online) return
    this.#directory.update({ ...contact, online })
    if (contact.state !== 'friend') return
    const label = this.#directory.label(contact)
    this.#screen.say(notices.presenceNotice(label, online, this.#screen.look))
  }

  #renamed(event: notices.EventOf<'renamed'>): void {
    const contact = this.#directory.get(event.account)
    // By an alias the contact is told apart as before.
    const imitates = contact?.alias ? contact.imitates : event.imitates
    if (contact) this.#directory.update({ ...contact, name: event.to, imitates })
    this.#screen.say(notices.renamedNotice(event, contact))
  }

  #device(event: notices.EventOf<'device'>): void {
    const contact = this.#directory.get(event.account)
    const label = contact ? this.#directory.label(contact) : printable(event.name)
    this.#screen.say(notices.deviceNotice(label, event, contact?.verified === true))
  }

  #nearby({ node, present }: notices.EventOf<'nearby'>): void {
    const isNew = this.#directory.updateNearby(node, present)
    const isStranger = node.contact === null && node.name !== ''
    const hasContacts = this.#directory.contacts.length > 0
    if (!isNew || !isStranger || hasContacts || this.#nearbyNotices >= NEARBY_NOTICES_MAX) return
    this.#nearbyNotices++
    const name = printable(node.name)
    const handle = nearbyHandle(node)
    const notice = `${name} is nearby. /add ${handle} asks them to become your contact.`
    this.#screen.say(notice + notices.caution(node))
  }

  #fork({ account, name, own }: notices.EventOf<'fork'>): void {
    if (own) return this.#screen.say(notices.ownForkNotice(this.#screen.look))
    const contact = this.#directory.get(account)
    const label = contact ? nameOf(contact) : printable(name)
    this.#screen.say(notices.forkNotice(label, this.#screen.look))
  }
}
