// Search over all history, newest first. The logs go back in time side by side, each as far as the
// others: a result is told once no log can have a newer one, so that the first come at once,
// however much there is to search. What is held is a page of one log and where was found what.
import { isTidingsError, TidingsError } from '../../core/errors.ts'
import type { AccountId, ConversationId } from '../../core/id.ts'
import { SEARCHES_MAX } from '../../core/limits.ts'
import { lastSeq, type LogName } from '../../core/run.ts'
import { FilterProbe } from '../../core/search/filter.ts'
import { isFound, parseQuery } from '../../core/search/query.ts'
import type { Store } from '../../store/store.ts'
import type { Conversations } from '../conversations.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ReadEntry } from '../messages/entry-reader.ts'
import type { History } from '../messages/history.ts'
import type { NodeParts } from '../parts.ts'
import { findAuthor } from './author.ts'
import { findable } from './findable.ts'
import { compareHits, type Hit, Hits } from './hits.ts'
import { LogSearch, type Span } from './log-search.ts'
import { Pace } from './pace.ts'
import { SearchIndex } from './search-index.ts'
import type { FoundView, SearchOptions, SearchResults } from './search-types.ts'

export interface SearchInit {
  readonly store: Pick<Store, 'readRuns' | 'filters' | 'keyring'>
  readonly ledger: Pick<Ledger, 'conversation' | 'conversationIds'>
  readonly history: Pick<History, 'find' | 'message' | 'spoken' | 'words'>
  readonly conversations: Pick<Conversations, 'authorOf' | 'titleOf'>
  readonly index: SearchIndex
  /** The conversation that is meant, and the author. @throws TidingsError */
  readonly resolve: (name: string) => ConversationId
  readonly authorNamed: (name: string, only: ConversationId | undefined) => AccountId
}

/** What is searched, and for what. */
interface Plan {
  readonly words: readonly string[]
  readonly logs: readonly LogSearch[]
  readonly fromMs: number
  /** Only results that come after this one. */
  readonly start: Hit | undefined
  readonly limit: number
  readonly pace: Pace
}

export class Search {
  readonly index: SearchIndex
  private readonly init: SearchInit
  private running = 0

  constructor(init: SearchInit) {
    this.init = init
    this.index = init.index
  }

  /**
   * @throws TidingsError `query_empty`, `query_too_long`, `unknown_name`, `ambiguous_name`,
   *   `unknown_conversation`, `unknown_message`, `bad_input`, `too_busy`
   */
  async find(options: SearchOptions): Promise<SearchResults> {
    const words = parseQuery(options.query)
    const { sinceMs: fromMs = -Infinity, limit } = options
    const only = options.in === undefined ? undefined : this.init.resolve(options.in)
    const author =
      options.from === undefined ? undefined : this.init.authorNamed(options.from, only)
    const start = options.before === undefined ? undefined : await this.hitAt(options.before)
    if (this.running >= SEARCHES_MAX) {
      throw new TidingsError('too_busy', `${SEARCHES_MAX} searches are under way; try again`)
    }
    const { store, ledger, index, conversations } = this.init
    const { filters } = store
    const times = { fromMs, toMs: start?.wallTimeMs ?? Infinity }
    const asking = { ...times, filters, probe: new FilterProbe(words) }
    const logs: LogSearch[] = []
    for (const conversation of only === undefined ? ledger.conversationIds() : [only]) {
      for (const [device, { order }] of ledger.conversation(conversation)) {
        if (author !== undefined && conversations.authorOf(conversation, device) !== author)
          continue
        const log = { conversation, device }
        const missing = (chunk: number): void => index.redo(log, chunk)
        logs.push(new LogSearch({ ...asking, log, shown: order.shown, missing }))
      }
    }
    const pace = new Pace(() => this.running)
    const plan = { words, logs, fromMs, start, limit, pace }
    return { words, results: (signal) => this.results(plan, signal) }
  }

  private async *results(plan: Plan, signal: AbortSignal): AsyncIterable<FoundView> {
    this.running += 1
    try {
      yield* this.merged(plan, signal)
    } finally {
      this.running -= 1
    }
  }

  private async *merged(plan: Plan, signal: AbortSignal): AsyncIterable<FoundView> {
    const hits = new Hits(plan.limit)
    /** The one that may have the newest is last. */
    const logs = plan.logs.filter((log) => !log.isDone)
    const faults: TidingsError[] = []
    const noticing = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work()
      } catch (error) {
        // What can be read is found all the same.
        if (!isTidingsError(error, 'database_damaged')) throw error
        faults.push(error)
      }
    }
    for (let log = logs.pop(); !signal.aborted; log = logs.pop()) {
      const boundMs = log?.newestMs ?? -Infinity
      for (let hit = hits.takeAfter(boundMs); hit; hit = hits.takeAfter(boundMs)) {
        const taken = hit
        const views: FoundView[] = []
        await noticing(async () => void views.push(...(await this.view(taken))))
        if (signal.aborted) return
        yield* views
        await plan.pace.keep()
      }
      if (!log || hits.isFull) break
      const current = log
      await noticing(async () => {
        const span = await current.step()
        if (span) await this.search(plan, current, span, hits, signal)
      })
      await plan.pace.keep()
      if (!current.isDone) insert(logs, current)
    }
    if (faults[0] && !signal.aborted) throw faults[0]
  }

  /** Compares every entry of a span. */
  private async search(
    { words, fromMs, start, pace }: Plan,
    { log }: LogSearch,
    { first, last }: Span,
    hits: Hits,
    signal: AbortSignal,
  ): Promise<void> {
    const { conversation, device } = log
    const { keyring } = this.init.store
    for (let next = first; next <= last && !signal.aborted;) {
      const runs = await this.init.store.readRuns(conversation, device, next, last)
      // The end of an own log may have been cut off meanwhile.
      const end = runs.at(-1)
      if (!end) return
      const found: ReadEntry[] = []
      for (const run of runs) {
        const upTo = Math.min(last, lastSeq(run))
        for (let seq = Math.max(next, run.first); seq <= upTo; seq++) {
          const bytes = run.entries[seq - run.first] as Uint8Array
          const { entry, text } = findable(keyring.open(log, bytes))
          const { wallTimeMs } = entry
          const hit = { conversation, device, seq, wallTimeMs }
          const isWanted = wallTimeMs >= fromMs && (!start || compareHits(hit, start) < 0)
          if (isWanted && isFound(words, text)) found.push({ seq, entry })
          if (pace.isOver) await pace.keep()
        }
      }
      await this.take(log, found, hits)
      next = lastSeq(end) + 1
    }
  }

  /** Takes those that a message says as it is now. */
  private async take(
    { conversation, device }: LogName,
    found: readonly ReadEntry[],
    hits: Hits,
  ): Promise<void> {
    if (found.length === 0) return
    const times = new Map(found.map(({ seq, entry }) => [seq, entry.wallTimeMs] as const))
    for (const { seq, target } of await this.init.history.spoken(conversation, device, found)) {
      hits.add({ conversation, device, seq, target, wallTimeMs: times.get(seq) ?? 0 })
    }
  }

  /** None for a message that was cut off its log, edited or deleted meanwhile. */
  private async view({ conversation, target }: Hit): Promise<FoundView[]> {
    const { history, conversations } = this.init
    const message = await history.message(conversation, target).catch(ifUnknown)
    if (!message || message.deleted) return []
    return [{ ...message, conversationName: conversations.titleOf(conversation) }]
  }

  /** A message anywhere, where it has its words. @throws TidingsError `unknown_message` */
  private async hitAt(message: string): Promise<Hit> {
    const { history } = this.init
    const { id: conversation, place } = history.find(message)
    const target = { device: place.device, seq: place.seq }
    const { at, sentAtMs } = await history.words(conversation, target)
    return { conversation, ...at, target, wallTimeMs: sentAtMs }
  }
}

export function makeSearch(parts: NodeParts): Search {
  const { ledger, history, conversations, messages, quota, init } = parts
  const { store, log } = init
  const hasRoom = (): boolean => !quota.isDiskFull
  return new Search({
    store,
    ledger,
    history,
    conversations,
    index: new SearchIndex({ store, ledger, hasRoom, log }),
    resolve: (name) => messages.resolve(name),
    authorNamed: (name, only) => findAuthor(name, only, parts),
  })
}

function ifUnknown(error: unknown): undefined {
  if (!isTidingsError(error, 'unknown_message')) throw error
}

/** Keeps the logs in the order of what they may still have. */
function insert(logs: LogSearch[], log: LogSearch): void {
  let low = 0
  let high = logs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((logs[middle] as LogSearch).newestMs < log.newestMs) low = middle + 1
    else high = middle
  }
  logs.splice(low, 0, log)
}
