// Ordering what waited, where it is more than belongs into one commit: piece by piece, and between
// two pieces everything else has its turn. A contact chooses how much waits for a single entry.
import type { ConversationId } from '../../core/id.ts'
import type { LedgerConversation } from './ledger-log.ts'

/**
 * Orders some of what waits in a conversation, in its turn.
 *
 * @returns conversations of which there is more; undefined where it could not be written
 */
type Step = (id: ConversationId, indexed: boolean) => Promise<readonly ConversationId[] | undefined>

export class Backlog {
  private readonly step: Step
  private readonly left = new Set<ConversationId>()
  private isRunning = false

  constructor(step: Step) {
    this.step = step
  }

  /** Orders what was stored but still waited when the node stopped. */
  async settle(
    conversations: ReadonlyMap<ConversationId, LedgerConversation>,
    indexed: boolean,
  ): Promise<void> {
    for (const [id, logs] of conversations) {
      const waits = [...logs.values()].some((log) => log.order.shown < log.head.seq)
      if (waits) await this.order(id, indexed)
    }
  }

  /**
   * Orders all that can be ordered.
   *
   * @returns whether that is done
   * @throws TidingsError `shutting_down`; the next start goes on
   */
  async order(id: ConversationId, indexed = true): Promise<boolean> {
    for (;;) {
      const more = await this.step(id, indexed)
      if (more === undefined || more.length === 0) return more !== undefined
    }
  }

  /** Goes on with these, and with what could not be written before. */
  later(ids: readonly ConversationId[]): void {
    for (const id of ids) this.left.add(id)
    if (this.left.size > 0 && !this.isRunning) void this.run()
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    this.isRunning = true
    try {
      for (const id of this.left) {
        if (!(await this.order(id))) break
        this.left.delete(id)
      }
    } catch {
      // The node stops: the next start goes on.
    } finally {
      this.isRunning = false
    }
  }
}
