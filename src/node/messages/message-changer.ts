// What the user does to messages that are there: edit, delete, react, pin. Each is an entry of its
// own log, written and delivered like any other, and refused before it is written when it could not
// count.
import { isEmoji } from '../../core/emoji.ts'
import type { Body, ChangeBody, EntryRef } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import type { ConversationId } from '../../core/id.ts'
import { REACTION_EMOJI_MAX, REACTIONS_PER_ACCOUNT_MAX } from '../../core/limits.ts'
import { findMentions } from '../../core/mentions.ts'
import { isBlank } from '../../core/text.ts'
import { checkText } from '../../wire/entry.ts'
import type { Conversations } from '../conversations.ts'
import type { Appender } from '../ledger/appender.ts'
import type { Lives } from '../lives.ts'
import type { History } from './history.ts'
import type { EditView, MessageChanges, MessageView } from './message-types.ts'
import type { Messages } from './messages.ts'

export interface MessageChangerInit {
  readonly appender: Pick<Appender, 'append'>
  readonly conversations: Conversations
  readonly history: History
  readonly messages: Pick<Messages, 'resolve' | 'writable'>
}

interface Found {
  readonly id: ConversationId
  readonly target: EntryRef
  readonly message: MessageView
}

export class MessageChanger implements Omit<MessageChanges, 'undo'> {
  private readonly init: MessageChangerInit
  /** Of each message the last change that is under way. */
  private readonly turns = new Map<string, Promise<void>>()

  constructor(init: MessageChangerInit) {
    this.init = init
  }

  async edit(message: string, text: string): Promise<MessageView> {
    checkText(text)
    if (isBlank(text)) throw new TidingsError('text_empty', 'there is nothing to see in this text')
    return this.inTurn(message, () => this.editNow(message, text))
  }

  private async editNow(message: string, text: string): Promise<MessageView> {
    const found = await this.findOwn(message, 'edit')
    if (found.message.kind !== 'text') {
      throw new TidingsError('bad_input', 'only a message of text can be edited')
    }
    if (found.message.text === text) return found.message
    const mentions = findMentions(text, this.init.conversations.namesIn(found.id))
    const body = { kind: 'edit', target: found.target, text } as const
    return this.append(found, mentions.length > 0 ? { ...body, mentions } : body)
  }

  /** @param isAgain it may be done already */
  delete(message: string, isAgain = false): Promise<MessageView> {
    return this.inTurn(message, () => this.deleteNow(message, isAgain))
  }

  private async deleteNow(message: string, isAgain: boolean): Promise<MessageView> {
    if (isAgain) {
      const { message: now } = await this.look(message)
      if (now.own && now.deleted) return now
    }
    const found = await this.findOwn(message, 'delete')
    if (found.message.kind === 'group' || found.message.kind === 'timer') {
      throw new TidingsError('bad_input', 'only messages can be deleted, not what happened')
    }
    return this.append(found, { kind: 'delete', target: found.target })
  }

  async react(
    message: string,
    emoji: string,
    { remove = false }: { readonly remove?: boolean } = {},
  ): Promise<MessageView> {
    if (!isEmoji(emoji)) {
      const words = `"${emoji.slice(0, 80)}" is not one emoji or other character`
      throw new TidingsError('bad_emoji', words)
    }
    return this.inTurn(message, () => this.reactNow(message, emoji, remove))
  }

  private async reactNow(message: string, emoji: string, remove: boolean): Promise<MessageView> {
    const found = await this.find(message)
    const { reactions } = found.message
    const there = reactions.find((each) => each.emoji === emoji)
    if ((there?.mine ?? false) !== remove) return found.message
    if (!remove) assertRoom(reactions, there !== undefined)
    return this.append(found, { kind: 'reaction', target: found.target, emoji, removed: remove })
  }

  pin(message: string): Promise<MessageView> {
    return this.inTurn(message, () => this.setPin(message, true))
  }

  unpin(message: string): Promise<MessageView> {
    return this.inTurn(message, () => this.setPin(message, false))
  }

  async pins(conversation: string): Promise<MessageView[]> {
    return this.init.history.pins(this.init.messages.resolve(conversation))
  }

  async edits(message: string): Promise<EditView[]> {
    const { id, target } = await this.find(message)
    return this.init.history.edits(id, target)
  }

  private async setPin(message: string, pinned: boolean): Promise<MessageView> {
    const found = await this.find(message)
    if (found.message.pinned === pinned) return found.message
    return this.append(found, { kind: 'pin', target: found.target, removed: !pinned })
  }

  /** @throws TidingsError `unknown_message`, `bad_input`, `message_deleted` */
  private async find(message: string): Promise<Found> {
    const found = await this.look(message)
    if (!found.message.deleted) return found
    throw new TidingsError('message_deleted', 'this message was deleted by its author')
  }

  /** @throws TidingsError `unknown_message`, `bad_input` */
  private async look(message: string): Promise<Found> {
    const { history } = this.init
    const { id, place } = history.find(message)
    const target = { device: place.device, seq: place.seq }
    return { id, target, message: await history.message(id, target) }
  }

  /** @throws TidingsError as `find`, and `not_yours` */
  private async findOwn(message: string, word: string): Promise<Found> {
    const found = await this.find(message)
    if (found.message.own) return found
    throw new TidingsError('not_yours', `only its author can ${word} a message`)
  }

  /** Changes of a message that are asked for at once: each sees what the one before made of it. */
  private inTurn<T>(message: string, change: () => Promise<T>): Promise<T> {
    const changed = (this.turns.get(message) ?? Promise.resolve()).then(change)
    const over = changed.then(
      () => {},
      () => {},
    )
    this.turns.set(message, over)
    void over.then(() => {
      if (this.turns.get(message) === over) this.turns.delete(message)
    })
    return changed
  }

  /** Writes the change; the message as it is then. @throws TidingsError */
  private async append({ id, target }: Found, body: ChangeBody & Body): Promise<MessageView> {
    const { appender, history, messages } = this.init
    messages.writable(id)
    await appender.append(id, body)
    return history.message(id, target)
  }
}

/** @throws TidingsError `too_many_reactions` */
function assertRoom(reactions: MessageView['reactions'], isThere: boolean): void {
  if (reactions.filter(({ mine }) => mine).length >= REACTIONS_PER_ACCOUNT_MAX) {
    const words = `you have ${REACTIONS_PER_ACCOUNT_MAX} reactions on this message already`
    throw new TidingsError('too_many_reactions', words)
  }
  if (!isThere && reactions.length >= REACTION_EMOJI_MAX) {
    const words = `there are ${REACTION_EMOJI_MAX} different reactions on this message already`
    throw new TidingsError('too_many_reactions', words)
  }
}

/** The same for a node, whatever life it is in: what was asked for in one is done in the next. */
export function changesIn(lives: Pick<Lives, 'once' | 'current' | 'moves'>): MessageChanges {
  type Change = (changer: MessageChanger, id: string, isAgain: boolean) => Promise<MessageView>
  const { moves } = lives
  const change = (id: string, make: Change): Promise<MessageView> => {
    const since = moves.count
    let tries = 0
    return lives.once(({ changer }) => make(changer, moves.idNow(id, since), tries++ > 0))
  }
  const changeForGood = async (id: string, make: Change): Promise<MessageView> => {
    if (moves.isAmbiguous(id)) throw new TidingsError('unknown_message', AMBIGUOUS)
    return change(id, make)
  }
  return {
    edit: (id, text) => changeForGood(id, (changer, now) => changer.edit(now, text)),
    delete: (id) => changeForGood(id, (changer, now, isAgain) => changer.delete(now, isAgain)),
    undo: (options) => lives.once(({ undo }) => undo.undo(options)),
    react: (id, emoji, options) => change(id, (changer, now) => changer.react(now, emoji, options)),
    pin: (id) => change(id, (changer, now) => changer.pin(now)),
    unpin: (id) => change(id, (changer, now) => changer.unpin(now)),
    pins: (conversation) => lives.current.changer.pins(conversation),
    edits: (id) => lives.current.changer.edits(id),
  }
}

const AMBIGUOUS =
  'this was the id of a message that has another one since this node went on as another device, ' +
  'and another copy of this profile wrote one with it too; look the message up again'
