// All of a conversation, oldest first, a page at a time: each page costs what it holds, and none of
// it stays in memory. What is not there is told where it should be: entries that the disk does not
// give, that wait for others, or that only somebody else has.
import { isTidingsError } from '../../core/errors.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { EXPORT_PAGE_ENTRIES } from '../../core/limits.ts'
import { placesFrom } from '../../core/places.ts'
import type { Store } from '../../store/store.ts'
import type { Conversations } from '../conversations.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { logicalOf } from '../ledger/order-reader.ts'
import { formatExportCursor, type LogCursor, parseExportCursor } from './export-cursor.ts'
import type { History } from './history.ts'
import type { MessageView } from './message-types.ts'
import type { Messages } from './messages.ts'

/** Entries of one log, in a row, that an export does not have. */
export interface Gap {
  /** Damaged on this disk, here but not in order yet, or not received. */
  readonly reason: 'unreadable' | 'waiting' | 'missing'
  readonly author: AccountId
  readonly authorName: string
  /** Sequence numbers of its log. */
  readonly first: number
  readonly last: number
}

export type ExportItem =
  | { readonly type: 'message'; readonly message: MessageView }
  | ({ readonly type: 'gap' } & Gap)

export interface ExportOptions {
  /** Of the page before. */
  readonly cursor?: string
  /** Only messages that were sent from then on, by the clocks of their authors, */
  readonly sinceMs?: number
  /** and before then. */
  readonly untilMs?: number
}

export interface ExportPage {
  readonly conversation: ConversationId
  readonly name: string
  readonly members: readonly { account: AccountId; name: string; own: boolean }[]
  readonly items: readonly ExportItem[]
  /** Undefined at the end. */
  readonly next: string | undefined
}

export interface ExporterInit {
  readonly store: Store
  readonly me: AccountId
  readonly ledger: Pick<Ledger, 'conversation' | 'turn'>
  readonly conversations: Pick<Conversations, 'authorOf' | 'nameOf' | 'others' | 'titleOf'>
  readonly history: Pick<History, 'messages'>
  readonly messages: Pick<Messages, 'resolve' | 'sync'>
}

export class Exporter {
  private readonly init: ExporterInit

  constructor(init: ExporterInit) {
    this.init = init
  }

  /** @throws TidingsError `bad_input`, `database_damaged` when the order itself cannot be read */
  async page(name: string, options: ExportOptions): Promise<ExportPage> {
    const { conversations, me, messages } = this.init
    const id = messages.resolve(name)
    const { cursor } = options
    const logs = cursor === undefined ? this.begin(id) : parseExportCursor(cursor)
    const { items, next } = await this.items(id, logs, options)
    const members = [me, ...conversations.others(id)].map((account) => {
      return { account, name: conversations.nameOf(account), own: account === me }
    })
    return { conversation: id, name: conversations.titleOf(id), members, items, next }
  }

  private begin(id: ConversationId): LogCursor[] {
    const logs = this.init.messages.sync(id)[0]?.devices ?? []
    return logs.map(({ device, have, shown, known }) => {
      return { device, next: 1, last: shown, have, known, isDone: false }
    })
  }

  private async items(
    id: ConversationId,
    given: readonly LogCursor[],
    { sinceMs = -Infinity, untilMs = Infinity }: ExportOptions,
  ): Promise<{ items: ExportItem[]; next: string | undefined }> {
    const { ledger, store } = this.init
    // A log may have been cut back since: what was cut off was written again elsewhere.
    const logs = new Map<DeviceId, LogCursor>()
    for (const log of given) {
      const shown = ledger.conversation(id).get(log.device)?.order.shown ?? 0
      logs.set(log.device, { ...log, last: Math.min(log.last, shown) })
    }
    const logical = (device: DeviceId, seq: number): number => logicalOf(store, id, device, seq)
    const places = placesFrom(logs, logical, EXPORT_PAGE_ENTRIES)
    const read = await this.read(id, places)
    const items = new Items()
    for (const log of logs.values()) if (log.next > log.last) this.end(id, logs, log, items)
    for (const { device, seq } of places) {
      const found = read.get(device)?.get(seq)
      if (found === 'unreadable') items.add(this.gap(id, device, found, seq, seq))
      else if (found && found.sentAtMs >= sinceMs && found.sentAtMs < untilMs) {
        items.add({ type: 'message', message: found })
      }
      const log = logs.get(device)
      if (!log) continue
      const after = { ...log, next: seq + 1 }
      logs.set(device, after)
      if (after.next > after.last) this.end(id, logs, after, items)
    }
    const left = [...logs.values()]
    const isOver = left.every(({ isDone }) => isDone)
    return { items: items.all, next: isOver ? undefined : formatExportCursor(left) }
  }

  /** Behind the last entry of a log: what is known to follow. */
  private end(
    id: ConversationId,
    logs: Map<DeviceId, LogCursor>,
    log: LogCursor,
    items: Items,
  ): void {
    if (log.isDone) return
    const { device, last, have, known } = log
    if (have > last) items.add(this.gap(id, device, 'waiting', last + 1, have))
    const first = Math.max(last, have) + 1
    if (known >= first) items.add(this.gap(id, device, 'missing', first, known))
    logs.set(device, { ...log, isDone: true })
  }

  private gap(
    id: ConversationId,
    device: DeviceId,
    reason: Gap['reason'],
    first: number,
    last: number,
  ): ExportItem {
    const { conversations } = this.init
    const author = conversations.authorOf(id, device)
    const authorName = conversations.nameOf(author)
    return { type: 'gap', reason, author, authorName, first, last }
  }

  /** Of each log a page takes consecutive entries. One that has disappeared is not among them. */
  private async read(
    id: ConversationId,
    places: readonly { readonly device: DeviceId; readonly seq: number }[],
  ): Promise<Map<DeviceId, Map<number, MessageView | 'unreadable'>>> {
    const read = new Map<DeviceId, Map<number, MessageView | 'unreadable'>>()
    for (const [device, seqs] of Map.groupBy(places, (place) => place.device)) {
      const first = seqs[0]?.seq ?? 1
      read.set(device, await this.stretch(id, device, first, seqs.at(-1)?.seq ?? 0))
    }
    return read
  }

  private async stretch(
    id: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<Map<number, MessageView | 'unreadable'>> {
    const found = new Map<number, MessageView | 'unreadable'>()
    try {
      for (const message of await this.init.history.messages(id, device, first, last)) {
        found.set(message.seq, message)
      }
      return found
    } catch (error) {
      if (!isTidingsError(error, 'database_damaged')) throw error
    }
    await this.init.ledger.turn().catch(() => {})
    const { shown = 0 } = this.init.ledger.conversation(id).get(device)?.order ?? {}
    // What was taken back meanwhile was never there.
    if (first > shown) return found
    if (first === last) return found.set(first, 'unreadable')
    // What can be read beside it is.
    const middle = Math.floor((first + last) / 2)
    const older = await this.stretch(id, device, first, middle)
    return new Map([...older, ...(await this.stretch(id, device, middle + 1, last))])
  }
}

/** What a page tells; gaps of one log that follow each other become one. */
class Items {
  readonly all: ExportItem[] = []

  add(item: ExportItem): void {
    const before = this.all.at(-1)
    if (before?.type === 'gap' && item.type === 'gap') {
      const { reason, author, last } = before
      const goesOn = item.reason === reason && item.author === author && item.first === last + 1
      if (goesOn) this.all[this.all.length - 1] = { ...before, last: item.last }
      if (goesOn) return
    }
    this.all.push(item)
  }
}
