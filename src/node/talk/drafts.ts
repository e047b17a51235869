// What was typed in a conversation and not sent, kept sealed until it is.
import type { ConversationId } from '../../core/id.ts'
import type { Logger } from '../../core/logger.ts'
import type { Store } from '../../store/store.ts'
import { checkText } from '../../wire/entry.ts'
import { ifReadableNow } from '../if-readable.ts'

export class Drafts {
  private readonly store: Store
  private readonly log: Logger
  /** Changes follow one another. */
  private work: Promise<unknown> = Promise.resolve()
  private pending = 0

  constructor(store: Store, log: Logger) {
    this.store = store
    this.log = log
  }

  /** Empty for none, and for one that cannot be read. */
  of(id: ConversationId): string {
    return this.kept(id) ?? ''
  }

  /** @throws TidingsError `text_too_long`, `text_not_utf8`, `disk_full` */
  set(id: ConversationId, text: string): Promise<void> {
    if (text !== '') checkText(text)
    const done = this.work.then(async () => {
      if (this.kept(id) === text) return
      const batch = this.store.batch()
      if (text === '') batch.delete('draft', id)
      else batch.put('draft', id, { text })
      await this.store.commit(batch)
    })
    this.pending += 1
    this.work = done
      .catch(() => {})
      .finally(() => {
        this.pending -= 1
      })
    return done
  }

  /** Something was sent there; undefined where there is no draft. Never rejects: it stays sent. */
  sent(id: ConversationId): Promise<void> | undefined {
    return this.pending > 0 || this.kept(id) !== '' ? this.remove(id) : undefined
  }

  /** Undefined for one that cannot be read. */
  private kept(id: ConversationId): string | undefined {
    return ifReadableNow(() => this.store.get('draft', id)?.text ?? '')
  }

  private async remove(id: ConversationId): Promise<void> {
    try {
      await this.set(id, '')
    } catch (error) {
      this.log.warn({ err: error }, 'a draft could not be removed')
    }
  }
}
