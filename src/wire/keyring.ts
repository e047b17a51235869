// The keys of this profile's groups, at hand for whoever reads entries.
import { chainOf, type GroupKey, type KeyChain } from '../core/group/keys.ts'
import type { ConversationId } from '../core/id.ts'
import { OPENED_BYTES_MAX } from '../core/limits.ts'
import type { LogName } from '../core/run.ts'
import { closedEntry, epochOf, isUnreadable, openedEntry } from './closed-entry.ts'

export class Keyring {
  private readonly keys = new Map<ConversationId, readonly KeyChain[]>()
  /** Entries that were opened a short while ago, by their bytes as they were read or came. */
  private opened = new WeakMap<Uint8Array, Uint8Array>()
  private openedBytes = 0

  /** From here on the group has these keys. */
  keep(id: ConversationId, keys: readonly GroupKey[]): void {
    if (keys.length > 0) this.keys.set(id, keys.map(chainOf))
    else this.keys.delete(id)
    this.forget()
  }

  /** What reads entries of the group; nothing where it has no keys, or none are here. */
  chains(id: ConversationId): readonly KeyChain[] {
    return this.keys.get(id) ?? []
  }

  /** The bytes of an entry as it reads, as `openedEntry`: the very same for most. */
  open(log: LogName, entry: Uint8Array): Uint8Array {
    const chains = this.keys.get(log.conversation)
    if (!chains) return entry
    const known = this.opened.get(entry)
    if (known) return known
    const opened = openedEntry(entry, log, chains)
    if (opened !== entry) this.remember(entry, opened)
    return opened
  }

  /**
   * An entry written again in another log, where it reads the same but for what `rewrite` does to
   * it. In a box that cannot be opened here nothing can be done.
   *
   * @param nonce gives 12 bytes that were never used
   */
  moved(
    entry: Uint8Array,
    from: LogName,
    to: LogName,
    rewrite: (entry: Uint8Array) => Uint8Array,
    nonce: () => Uint8Array,
  ): Uint8Array {
    const epoch = epochOf(entry)
    if (epoch === undefined) return rewrite(entry)
    for (const chain of this.chains(from.conversation)) {
      const key = chain.boxKey(epoch)
      const opened = openedEntry(entry, from, [chain])
      if (!key || isUnreadable(opened)) continue
      return closedEntry(rewrite(opened), epoch, { log: to, key }, nonce())
    }
    return rewrite(entry)
  }

  private remember(entry: Uint8Array, opened: Uint8Array): void {
    if (this.openedBytes > OPENED_BYTES_MAX) this.forget()
    this.openedBytes += opened.byteLength
    this.opened.set(entry, opened)
  }

  private forget(): void {
    this.opened = new WeakMap()
    this.openedBytes = 0
  }
}
