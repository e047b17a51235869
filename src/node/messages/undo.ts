// Taking back a message that has not left this device, as if it had never been written
// (docs/ARCHITECTURE.md, "Undo"). Certain is only what this process has seen itself: that it
// accepted the message, that nobody was told of it since, and that no copy was made.
import { TidingsError } from '../../core/errors.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { SEARCH_CHUNK_ENTRIES, UNDO_MAX_MS, UNDO_MESSAGES_MAX } from '../../core/limits.ts'
import type { Batch } from '../../store/store.ts'
import { formatCursor } from '../cursor.ts'
import type { CutBack } from '../ledger/ledger-group.ts'
import { cutOrder, type OwnEnd, ownEnd } from '../own-cut.ts'
import type { NodeParts } from '../parts.ts'
import type { MessageView, UndoOptions } from './message-types.ts'

/** Events that are looked at together: a commit has few. */
const EVENTS_AT_ONCE = 64

/** A message that this process accepted. */
interface Sent {
  readonly id: string
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly seq: number
  /** That of the commit which wrote it. */
  readonly position: number
  readonly atMs: number
  /** Copies of the database are younger than it from this on. */
  readonly mark: number | undefined
}

export class Undo {
  private readonly parts: NodeParts
  /** Oldest first. */
  private sent: Sent[] = []
  private work: Promise<unknown> = Promise.resolve()

  constructor(parts: NodeParts) {
    this.parts = parts
  }

  /** A message was accepted just now. */
  note({ id, conversation, seq }: Pick<Sent, 'id' | 'conversation' | 'seq'>): void {
    const { init, ledger, self } = this.parts
    const { device } = self
    const mark = init.store.copies.mark
    const atMs = init.uptimeMs()
    const position = ledger.conversation(conversation).get(device)?.changedAt ?? 0
    this.sent.push({ id, conversation, device, seq, position, atMs, mark })
    if (this.sent.length > UNDO_MESSAGES_MAX) this.sent.shift()
  }

  /**
   * Takes one back, by default the newest; it as it was.
   *
   * @throws TidingsError `undo_too_late`, `unknown_message`, `not_yours`, and as naming a
   *   conversation and writing do
   */
  undo(options: UndoOptions): Promise<MessageView> {
    const undone = this.work.then(() => this.undoNow(options))
    this.work = undone.catch(() => {})
    return undone
  }

  private async undoNow({ id, conversation: name }: UndoOptions): Promise<MessageView> {
    const { announcer, appender, history, init, messages } = this.parts
    const only = name === undefined ? undefined : messages.resolve(name)
    const sent = id === undefined ? this.newest(only) : await this.named(id)
    const { conversation, device, seq, mark } = sent
    const view = await history.message(conversation, { device, seq })
    // Followers hear of it before they hear that it is gone.
    await announcer.idle()
    const isDone = await init.store.copies.without(mark, () =>
      appender.alone(conversation, () => this.cut(sent)),
    )
    if (isDone !== true) throw tooLate(LEFT)
    return view
  }

  private newest(only: ConversationId | undefined): Sent {
    const isMeant = (one: Sent): boolean => only === undefined || one.conversation === only
    const sent = this.sent.findLast(isMeant)
    if (sent && this.isRecent(sent)) return sent
    throw tooLate(`you sent nothing ${only === undefined ? '' : 'there '}in the last ${SECONDS}`)
  }

  private async named(id: string): Promise<Sent> {
    const sent = this.sent.find((one) => one.id === id)
    if (sent && this.isRecent(sent)) return sent
    const { history } = this.parts
    const { id: conversation, place } = history.find(id)
    const { own } = await history.message(conversation, place)
    if (!own) throw new TidingsError('not_yours', 'only its author can undo a message')
    throw tooLate(`only what this node sent in the last ${SECONDS} can be undone`)
  }

  private isRecent({ atMs }: Sent): boolean {
    return this.parts.init.uptimeMs() - atMs <= UNDO_MAX_MS
  }

  /** Nothing is being written to the log, and no copy made. @returns whether it is gone */
  private async cut(sent: Sent): Promise<boolean> {
    const { init, ledger, ownLog, replicator, self } = this.parts
    const { conversation, device, seq } = sent
    const run = await init.store.readRun(conversation, device, seq)
    const end = await ownEnd(init.store, sent, seq - 1, self.signer)
    const head = ledger.conversation(conversation).get(device)?.head
    const isNewest = run !== undefined && head?.seq === seq
    // No wait from here on: the engine is asked last, and tells nobody of it from then on.
    if (!isNewest || !this.isRecent(sent) || ownLog.state(conversation) !== 'ready') return false
    if (!replicator.withdraw(sent, end.head)) return false
    const at = await ledger
      .cutBack(() => this.withoutIt(sent, end))
      .catch((error: unknown) => {
        // Whoever came meanwhile is told of it now.
        replicator.stored([{ run, head, from: undefined }], init.store.position)
        throw error
      })
    replicator.note({ type: 'withdrawn', conversation, device, position: at.position })
    this.gone(sent, formatCursor(at))
    return true
  }

  private async withoutIt(sent: Sent, { head, rest }: OwnEnd): Promise<CutBack> {
    const { deadlines, init, ledger } = this.parts
    const { conversation, device, seq } = sent
    const known = ledger.conversation(conversation).get(device)
    if (known?.head.seq !== seq) throw new TidingsError('internal', 'another end of the log')
    const order = cutOrder(init.store, sent, known, head.seq)
    const forget = await this.eventsOf(sent)
    const fill = (batch: Batch): void => {
      deadlines.forget(batch, sent, seq)
      forget(batch)
    }
    const event = { type: 'undone', conversation, device, seq } as const
    const log = { ...known, head, order }
    return { conversation, device, log, rest, again: [], fill, event }
  }

  /** What tells followers that it was shown goes: another message may stand in its place. */
  private async eventsOf(sent: Sent): Promise<(batch: Batch) => void> {
    const { conversation, device, seq, position } = sent
    const puts: ((batch: Batch) => void)[] = []
    for (let index = 0; ;) {
      const page = await this.parts.init.store.events({ position, index }, EVENTS_AT_ONCE)
      for (const at of page.filter((each) => each.position === position)) {
        const { event } = at
        if (event.type !== 'shown' || event.conversation !== conversation) continue
        if (event.device !== device || event.last !== seq) continue
        const left = event.first < seq ? { ...event, last: seq - 1 } : undefined
        puts.push((batch) => batch.putEvent(position, at.index, left))
      }
      const last = page.at(-1)
      if (last?.position !== position || page.length < EVENTS_AT_ONCE) break
      index = last.index + 1
    }
    return (batch: Batch): void => {
      for (const put of puts) put(batch)
    }
  }

  private gone(sent: Sent, cursor: string): void {
    const { announcer, search } = this.parts
    const { conversation, device, seq, id } = sent
    this.sent = this.sent.filter((one) => one !== sent)
    search.index.redo({ conversation, device }, Math.floor((seq - 1) / SEARCH_CHUNK_ENTRIES))
    announcer.tell({ type: 'undone', conversation, id }, cursor)
  }
}

const SECONDS = `${UNDO_MAX_MS / 1000} s`
const LEFT =
  'somebody may have it by now, or something else was written after it, or a backup was made'

function tooLate(why: string): TidingsError {
  const instead = '/delete (tidings delete ID) takes back what has left'
  return new TidingsError('undo_too_late', `this cannot be undone: ${why}. ${instead}`)
}
