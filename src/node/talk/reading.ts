// How far the user has read: a clock for each conversation that only rises, kept on disk. Contacts
// are told, where the user wants it. And what a contact was told by one device of an account it
// tells the others of that account, which have no other way to know.
import { beyond, type Clock, covers, EMPTY_CLOCK, mergeClocks } from '../../core/clock.ts'
import type { ReadFrame } from '../../core/frames.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { READ_WHOLE_INTERVAL_MS } from '../../core/limits.ts'
import { pieces } from '../../core/sync/clock-frames.ts'
import { knownPart } from '../../core/sync/held.ts'
import type { Session } from '../../net/net.ts'
import type { NodeParts } from '../parts.ts'
import type { Habits } from './habits.ts'

export interface ReadingInit {
  readonly parts: NodeParts
  readonly habits: Habits
  /** What is unread in a conversation is something else now. */
  readonly changed: (id: ConversationId) => void
}

/** What a session was told of a conversation. */
interface Told {
  readonly own: Clock
  readonly yours: Clock
  readonly wholeAtMs: number
}

export class Reading {
  private readonly init: ReadingInit
  private readonly toldTo = new WeakMap<Session, Map<ConversationId, Told>>()
  /** How far the user has read elsewhere, as told; some of it may not be here yet. */
  private readonly carried = new Map<ConversationId, Clock>()

  constructor(init: ReadingInit) {
    this.init = init
  }

  /** @throws TidingsError `unknown_message`, `bad_input` */
  async mark(id: ConversationId, upTo?: string): Promise<void> {
    const { history, ledger } = this.init.parts
    const logs = [...ledger.conversation(id)]
    const clock: Clock =
      upTo === undefined
        ? new Map(logs.map(([device, { order }]) => [device, order.shown]))
        : history.clockAt(id, history.place(id, upTo))
    if (await this.rise(id, clock)) this.tell(id)
  }

  /** Of which conversations a peer may not know how far was read. */
  untold({ account }: Session, knows: number | undefined): Set<ConversationId> {
    const { receipts, self } = this.init.parts
    const { reads } = receipts
    return new Set([...reads.untold(self.account, knows), ...reads.untold(account, knows)])
  }

  /** A peer may know now how far was read of a conversation. */
  meet(session: Session, id: ConversationId): void {
    const { receipts, self } = this.init.parts
    const { reads } = receipts
    this.toldTo.get(session)?.delete(id)
    if (reads.has(self.account, id) || reads.has(session.account, id)) this.say([session], id)
  }

  /** What was told may not have been heard. @param conversations all where it is undefined */
  again(session: Session, conversations: readonly ConversationId[] | undefined): void {
    const { sharing } = this.init.parts
    for (const id of conversations ? new Set(conversations) : this.untold(session, undefined)) {
      if (sharing.shares(session, id)) this.meet(session, id)
    }
  }

  /** What may be told of a conversation, to everybody in it who is there. */
  tell(id: ConversationId): void {
    const { receipts, self, sharing } = this.init.parts
    this.say(sharing.sessionsOf(id), id)
    if (this.init.habits.tells('read', id)) receipts.reads.told(self.account, id)
  }

  async heard(session: Session, { clock, yours }: ReadFrame): Promise<void> {
    const { replicator, sharing } = this.init.parts
    const { conversation } = clock
    const known = replicator.current.conversations.get(conversation)
    if (!known || !sharing.shares(session, conversation)) return
    if (yours) {
      const before = this.carried.get(conversation) ?? EMPTY_CLOCK
      this.carried.set(conversation, mergeClocks(before, knownPart(known, yours)))
    }
    // Both are written before anything that comes behind them: a token says that they were heard.
    const carrying = yours ? this.take(conversation) : Promise.resolve()
    // Of others than those who write there nothing is kept: a peer could name them without end.
    await Promise.all([this.note(session, conversation, knownPart(known, clock.seqs)), carrying])
  }

  /** Somebody has read so far; other devices of theirs are told. */
  private async note(session: Session, id: ConversationId, seqs: Clock): Promise<void> {
    const { announcer, receipts, sharing } = this.init.parts
    const { account } = session
    if (covers(receipts.reads.of(account, id), seqs)) return
    await announcer.read(account, { conversation: id, seqs })
    const others = sharing.sessionsOf(id)
    this.say(
      others.filter((other) => other.account === account && other !== session),
      id,
    )
    receipts.reads.told(account, id)
  }

  /** More of a conversation is shown: what was read of it elsewhere is read. */
  async take(id: ConversationId): Promise<void> {
    const claimed = this.carried.get(id)
    if (!claimed) return
    const logs = this.init.parts.ledger.conversation(id)
    // Nobody has read what is not here: a contact could say so of all that it will ever write.
    const held = [...claimed].map(([device, seq]): [DeviceId, number] => [
      device,
      Math.min(seq, logs.get(device)?.order.shown ?? 0),
    ])
    if (await this.rise(id, new Map(held))) this.tell(id)
  }

  /** What a contact told counts for as long as it is there. */
  forget(id: ConversationId): void {
    this.carried.delete(id)
  }

  /** @returns whether it is further than before; on disk by then */
  private async rise(id: ConversationId, clock: Clock): Promise<boolean> {
    const { receipts, self } = this.init.parts
    if (covers(receipts.reads.of(self.account, id), clock)) return false
    await receipts.reads.rise(self.account, id, clock)
    this.init.changed(id)
    return true
  }

  private say(sessions: Iterable<Session>, id: ConversationId): void {
    const { conversations, init, receipts, self } = this.init.parts
    const own = this.init.habits.tells('read', id)
      ? receipts.reads.of(self.account, id)
      : EMPTY_CLOCK
    const rises = new Map<Clock, Clock>()
    for (const session of sessions) {
      const { account } = session
      const hasOthers = conversations.devicesOf(id, account).length > 1
      const yours = hasOthers ? receipts.reads.of(account, id) : EMPTY_CLOCK
      const told = this.told(session, id, init.uptimeMs())
      // Most were told the same the last time.
      const risen = rises.get(told.own) ?? beyond(own, told.own)
      rises.set(told.own, risen)
      this.toldTo.get(session)?.set(id, { ...told, own, yours })
      const news = yours === told.yours ? EMPTY_CLOCK : yours
      for (const frame of framesOf(id, risen, news)) session.send(frame)
    }
  }

  /**
   * What need not be said again: what was told and has not risen since. But all of it, where that
   * was not said for long: what somebody wrote of whom a peer had not heard counted for nothing.
   */
  private told(session: Session, id: ConversationId, nowMs: number): Told {
    const ofSession = this.toldTo.get(session) ?? new Map<ConversationId, Told>()
    this.toldTo.set(session, ofSession)
    const told = ofSession.get(id)
    if (told && nowMs - told.wholeAtMs < READ_WHOLE_INTERVAL_MS) return told
    return { own: EMPTY_CLOCK, yours: EMPTY_CLOCK, wholeAtMs: nowMs }
  }
}

/** None where there is nothing to say; several where a group has more devices than one takes. */
function* framesOf(conversation: ConversationId, seqs: Clock, yours: Clock): Iterable<ReadFrame> {
  const own = [...pieces({ conversation, seqs })]
  const carried = [...pieces({ conversation, seqs: yours })]
  for (let i = 0; i < Math.max(own.length, carried.length); i++) {
    const clock = own[i] ?? { conversation, seqs: EMPTY_CLOCK }
    const more = carried[i]
    yield { type: 'read', clock, ...(more && { yours: more.seqs }) }
  }
}
