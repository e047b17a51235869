// Pages of a conversation: the newest messages, those before or after one, those around it. Costs
// the page and never the history.
import type { Place } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { messageAtOrAfter, messageAtOrBefore } from '../../core/order-chunk.ts'
import { lastPlaces, placesAfter } from '../../core/places.ts'
import { chunksOf, logicalOf } from '../ledger/order-reader.ts'
import { beyondCuts } from './beyond-cuts.ts'
import { readEntries } from './entry-reader.ts'
import type { MessageReader, MessageReaderInit } from './message-reader.ts'
import type { MessageView } from './message-types.ts'

/** Messages that are looked at together for a page of fewer. */
const PLACES_MAX = 1024

/** Which messages of a conversation: the newest, or from one of them on. */
export interface HistoryOptions {
  readonly limit: number
  /** Those before the message with this id; */
  readonly before?: string
  /** those after it; */
  readonly after?: string
  /** or the message itself in the midst of those around it. */
  readonly around?: string
}

type PagesInit = Pick<MessageReaderInit, 'store' | 'ledger' | 'deadlines' | 'conversations'>
type PlaceOf = (id: ConversationId, message: string) => Place

export class Pages {
  private readonly init: PagesInit
  private readonly reader: Pick<MessageReader, 'messages'>
  private readonly place: PlaceOf

  constructor(init: PagesInit, reader: Pick<MessageReader, 'messages'>, place: PlaceOf) {
    this.init = init
    this.reader = reader
    this.place = place
  }

  /** Messages that follow each other, oldest first. @throws TidingsError as History.page */
  async page(id: ConversationId, options: HistoryOptions): Promise<MessageView[]> {
    const from = [options.before, options.after, options.around]
    if (from.filter((place) => place !== undefined).length > 1) {
      throw new TidingsError('bad_input', '"before", "after" and "around" exclude each other')
    }
    return beyondCuts(this.init.ledger, id, () => this.read(id, options))
  }

  private async read(id: ConversationId, options: HistoryOptions): Promise<MessageView[]> {
    const { limit, before, after, around } = options
    if (after !== undefined) return this.later(id, limit, this.place(id, after))
    if (around !== undefined) return this.around(id, limit, this.place(id, around))
    return this.earlier(id, limit, before === undefined ? undefined : this.place(id, before))
  }

  private async around(id: ConversationId, limit: number, place: Place): Promise<MessageView[]> {
    const middle = await this.at(id, [place])
    const others = limit - middle.length
    const later = await this.later(id, others, place)
    // Where there are too few on one side there are more on the other.
    const earlier = await this.earlier(id, others, place)
    const earlierCount = Math.max(Math.ceil(others / 2), others - later.length)
    const kept = earlierCount > 0 ? earlier.slice(-earlierCount) : []
    return [...kept, ...middle, ...later.slice(0, others - kept.length)]
  }

  private async earlier(
    id: ConversationId,
    limit: number,
    end: Place | undefined,
  ): Promise<MessageView[]> {
    const upTo = (device: DeviceId, seq: number): number => this.lastKept(id, device, seq)
    const messages: MessageView[] = []
    for (let before = end, count = limit; ; count = more(count)) {
      const places = lastPlaces(this.logs(id), this.logical(id), count, { before, upTo })
      const found = await this.at(id, places)
      messages.unshift(...found.slice(Math.max(0, found.length + messages.length - limit)))
      before = places[0]
      if (!before || places.length < count || messages.length >= limit) return messages
    }
  }

  private async later(id: ConversationId, limit: number, start: Place): Promise<MessageView[]> {
    const logs = this.logs(id)
    const from = (device: DeviceId, seq: number): number =>
      this.firstKept(id, device, seq, logs.get(device)?.shown ?? 0)
    const messages: MessageView[] = []
    for (let after = start, count = limit; ; count = more(count)) {
      const places = placesAfter(logs, this.logical(id), count, after, from)
      messages.push(...(await this.at(id, places)).slice(0, limit - messages.length))
      const last = places.at(-1)
      if (!last || places.length < count || messages.length >= limit) return messages
      after = last
    }
  }

  /** The messages in these places, but for those that are not shown; all logs are read at once. */
  private async at(id: ConversationId, places: readonly Place[]): Promise<MessageView[]> {
    const messages = new Map<string, MessageView>()
    const read = async (device: DeviceId, own: readonly Place[]): Promise<void> => {
      const seqs = own.map(({ seq }) => seq)
      const entries = await readEntries(this.init.store, id, device, seqs)
      for (const message of await this.reader.messages(id, device, entries)) {
        messages.set(`${device}/${message.seq}`, message)
      }
    }
    const byDevice = Map.groupBy(places, ({ device }) => device)
    await Promise.all([...byDevice].map(([device, own]) => read(device, own)))
    return places.flatMap(({ device, seq }) => messages.get(`${device}/${seq}`) ?? [])
  }

  /** The last message of a log up to an entry that is not noted as gone; 0 for none. */
  private lastKept(id: ConversationId, device: DeviceId, upTo: number): number {
    const { deadlines, store } = this.init
    for (let seq = upTo; ;) {
      const message = messageAtOrBefore(seq, chunksOf(store, id, device))
      const kept = deadlines.lastKept(id, device, message)
      if (kept === message) return message
      seq = kept
    }
  }

  /** The first message of a log from an entry on that is not noted as gone; past `last`: none. */
  private firstKept(id: ConversationId, device: DeviceId, from: number, last: number): number {
    const { deadlines, store } = this.init
    for (let seq = from; ;) {
      const message = messageAtOrAfter(seq, last, chunksOf(store, id, device))
      const kept = deadlines.firstKept(id, device, message, last)
      if (kept === message || kept > last) return kept
      seq = kept
    }
  }

  private logs(id: ConversationId): ReturnType<MessageReaderInit['ledger']['orderLogs']> {
    const { conversations, ledger } = this.init
    const logs = ledger.orderLogs(id)
    for (const device of logs.keys()) if (conversations.isHidden(id, device)) logs.delete(device)
    return logs
  }

  private logical(id: ConversationId): (device: DeviceId, seq: number) => number {
    return (device, seq) => logicalOf(this.init.store, id, device, seq)
  }
}

/**
 * Of some it shows only when they are read that they have disappeared: thousands may stand between
 * two that are shown. How many are looked at next, after so many.
 */
function more(count: number): number {
  return Math.max(count, Math.min(2 * count, PLACES_MAX))
}
