// The messages that are on the screen, by id, so that none is shown twice and the state of an own
// one can be changed; and those on their way to the node, whose ids are not known yet.
import type { Message, MessageState } from '../api/shapes.ts'
import type { Reach, ShownMessage } from './messages.ts'

/** More than fits any screen, and than a node delivers between an answer and its event. */
const SHOWN_MAX = 2048

const RANK = { received: 0, queued: 0, delivered: 1, read: 2 } as const

/** How far a message has come. */
export type Progress = { readonly state: MessageState; readonly reach?: Reach }

export interface Shown {
  readonly message: ShownMessage
  readonly conversation: string
  /** Nobody was there to take it when it was sent. */
  readonly waits: boolean
}

/** A message on its way to the node. */
export interface Expected {
  readonly conversation: string
  readonly text: string
  /** What the node told of meanwhile: this message, or another one of the same words. */
  came?: Message
}

export class ShownMessages {
  readonly #shown = new Map<string, Shown>()
  readonly #expected = new Set<Expected>()
  /** States of messages whose ids the node has not answered yet. */
  readonly #early = new Map<string, Progress>()

  has(id: string): boolean {
    return this.#shown.has(id)
  }

  get(id: string): Shown | undefined {
    return this.#shown.get(id)
  }

  /** Conversations with own messages that not everybody is known to have read. */
  get unread(): Set<string> {
    const unread = [...this.#shown.values()].filter(({ message }) => {
      const { readBy = 0, of = 1 } = message.reach ?? {}
      return message.own && (message.state !== 'read' || readBy < of)
    })
    return new Set(unread.map(({ conversation }) => conversation))
  }

  add(id: string, shown: Shown): void {
    this.#shown.delete(id)
    this.#shown.set(id, shown)
    const oldest = this.#shown.size > SHOWN_MAX ? this.#shown.keys().next().value : undefined
    if (oldest !== undefined) this.#shown.delete(oldest)
  }

  /** It was taken back: another message may get its id. */
  forget(id: string): void {
    this.#shown.delete(id)
  }

  /** A message that is on the screen looks otherwise now; where it stands is known as before. */
  change(id: string, message: ShownMessage): void {
    const shown = this.#shown.get(id)
    if (!shown) return
    const { state = message.state, reach = message.reach } = shown.message
    const progress = { ...(state && { state }), ...(reach && { reach }) }
    this.#shown.set(id, { ...shown, message: { ...message, ...progress } })
  }

  /** Until when an own message is shown, its sending did not tell. @returns it, if it is news */
  disappears({ id, disappearsAt }: Message): ShownMessage | undefined {
    const shown = this.#shown.get(id)
    if (!shown || disappearsAt === null) return undefined
    if (shown.message.disappearsAtMs !== undefined) return undefined
    const message = { ...shown.message, disappearsAtMs: Date.parse(disappearsAt) }
    this.#shown.set(id, { ...shown, message })
    return message
  }

  /** Those that answer a message, and so quote it. */
  answersTo(id: string): [id: string, message: ShownMessage][] {
    return [...this.#shown].flatMap(([answer, { message }]) => {
      return message.answers === id ? [[answer, message]] : []
    })
  }

  expect(conversation: string, text: string): Expected {
    const expected = { conversation, text }
    this.#expected.add(expected)
    return expected
  }

  /** Whether this may be one whose sending the node has not answered yet, which knows it then. */
  isExpected(message: Message): boolean {
    const { conversation, text } = message
    const isMeant = (e: Expected): boolean => e.conversation === conversation && e.text === text
    const expected = [...this.#expected].find((e) => !e.came && isMeant(e))
    if (expected) expected.came = message
    return expected !== undefined
  }

  /** Whether an answer is awaited for anything in a conversation. */
  expectsIn(conversation: string): boolean {
    return [...this.#expected].some((expected) => expected.conversation === conversation)
  }

  /** Ends waiting, answered or not. */
  settle(expected: Expected): void {
    this.#expected.delete(expected)
  }

  /** Notes how far one came; it never goes back. @returns the furthest known, and what is new */
  advance(id: string, { state, reach }: Progress): { now: Progress; news?: 'state' | 'reach' } {
    const shown = this.#shown.get(id)
    const known: Partial<Progress> = shown?.message ?? this.#early.get(id) ?? {}
    const { state: before = 'queued' } = known
    const furthest = RANK[state] > RANK[before] ? state : before
    const most = furthestReach(known.reach, reach)
    const now = { state: furthest, ...(most && { reach: most }) }
    if (shown) this.#shown.set(id, { ...shown, message: { ...shown.message, ...now } })
    else if (this.#expected.size > 0) this.#early.set(id, now)
    if (furthest !== shown?.message.state) return { now, news: 'state' }
    return isSameReach(most, known.reach) ? { now } : { now, news: 'reach' }
  }

  /** Notes how far some came of which nothing was told. @returns those that look otherwise now */
  advanceAll(messages: readonly Message[]): [id: string, message: ShownMessage][] {
    return messages.flatMap(({ id, own, state, deliveredTo, readBy, of }) => {
      const shown = this.#shown.get(id)
      if (!shown || !own) return []
      const { now, news } = this.advance(id, { state, reach: { deliveredTo, readBy, of } })
      return news ? [[id, { ...shown.message, ...now }]] : []
    })
  }

  /**
   * Whoever has a message has those before it in its log. `id` may be one that was never shown.
   *
   * @returns those before it that look otherwise now
   */
  advanceUpTo(
    id: string,
    conversation: string,
    progress: Progress,
  ): [id: string, message: ShownMessage][] {
    const changed: [id: string, message: ShownMessage][] = []
    for (const [earlier, shown] of this.#shown) {
      if (!shown.message.own || shown.conversation !== conversation) continue
      // In which order they were shown says nothing: one may have gone back to older ones.
      if (!isBefore(earlier, id)) continue
      const { now, news } = this.advance(earlier, progress)
      if (news) changed.push([earlier, { ...shown.message, ...now }])
    }
    return changed
  }

  /** What was heard of a message before its sending was answered. */
  takeEarly(id: string): Progress | undefined {
    const progress = this.#early.get(id)
    this.#early.delete(id)
    if (this.#expected.size === 0) this.#early.clear()
    return progress
  }
}

/** Whether both are of one log, and the other one is newer: their ids tell. */
function isBefore(id: string, other: string): boolean {
  const [[log, seq], [otherLog, otherSeq]] = [id.split('-'), other.split('-')]
  return log === otherLog && Number(seq) < Number(otherSeq)
}

/** Whoever has it keeps it; those who are in the conversation may become more or fewer. */
function furthestReach(before: Reach | undefined, now: Reach | undefined): Reach | undefined {
  if (!before || !now) return now ?? before
  return {
    deliveredTo: Math.min(now.of, Math.max(before.deliveredTo, now.deliveredTo)),
    readBy: Math.min(now.of, Math.max(before.readBy, now.readBy)),
    of: now.of,
  }
}

function isSameReach(one: Reach | undefined, other: Reach | undefined): boolean {
  return one?.deliveredTo === other?.deliveredTo && one?.readBy === other?.readBy
}
