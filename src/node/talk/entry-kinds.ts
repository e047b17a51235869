// What entries are to who counts them (core/counting).
import type { EntryKind } from '../../core/counting.ts'
import type { LogName, Run } from '../../core/run.ts'
import { messageMentions } from '../../wire/entry.ts'
import type { Keyring } from '../../wire/keyring.ts'
import { arePlain } from '../../wire/plain-text.ts'

/** A message that addresses nobody. */
const MESSAGE: EntryKind = 'm'

/**
 * An EntryKind for each entry from one place of a run to another.
 *
 * @param me the account of the user
 */
export function kindsOf(
  run: Run,
  { first, last }: { readonly first: number; readonly last: number },
  keyring: Keyring,
  me: Uint8Array,
): string {
  if (arePlain(run.entries)) return MESSAGE.repeat(last + 1 - first)
  let kinds = ''
  for (let seq = first; seq <= last; seq++) {
    kinds += kindOf(run, run.entries[seq - run.first], keyring, me)
  }
  return kinds
}

function kindOf(
  log: LogName,
  entry: Uint8Array | undefined,
  keyring: Keyring,
  me: Uint8Array,
): EntryKind {
  const mentions = entry && messageMentions(keyring.open(log, entry))
  if (!mentions) return '.'
  return mentions.some((one) => Buffer.compare(one, me) === 0) ? '@' : MESSAGE
}
