// Writes a log the way its device would, and the ways it never would: every run has a right
// signature over whatever it is told to hold.
import type { Dep } from '../../src/core/entry.ts'
import type { ConversationId, DeviceId } from '../../src/core/id.ts'
import { closeRun, emptyHead, type Head, type Run } from '../../src/core/run.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import type { Keys } from '../net/peers.ts'

export class Pen {
  head: Head
  private readonly log: { conversation: ConversationId; device: DeviceId }
  private readonly keys: Keys<DeviceId>

  constructor(conversation: ConversationId, keys: Keys<DeviceId>) {
    this.keys = keys
    this.log = { conversation, device: keys.id }
    this.head = emptyHead(conversation, keys.id)
  }

  /** The next entries of the log. */
  write(texts: readonly string[], deps: readonly Dep[] = []): Run {
    const { run, head } = this.at(this.head, texts, deps)
    this.head = head
    return run
  }

  /** Entries at any place; the log stays where it is. */
  at(head: Head, texts: readonly string[], deps: readonly Dep[] = []): { run: Run; head: Head } {
    const entries = texts.map((text, i) =>
      encodeEntry({
        wallTimeMs: 1_700_000_000_000,
        deps: i === 0 ? deps : [],
        body: { kind: 'text', text },
      }),
    )
    return closeRun(this.log, head, entries, this.keys.sign)
  }
}
