// What goes into the next commit, of all that waits for the disk: some of each conversation in
// turn, so that whoever floods one holds up nobody in another. Within a conversation the order of
// arrival stays, since runs build on those before them.
import { COMMIT_ENTRIES_MAX, COMMIT_RUNS_MAX, GROUP_BYTES_MAX } from '../../core/limits.ts'
import { runBytes } from '../../core/run.ts'
import type { StoredRun } from '../../core/sync/state.ts'

/** Takes a group out of the queue; at least one run if there is any. */
export function takeFairGroup(queue: readonly StoredRun[]): {
  readonly group: readonly StoredRun[]
  readonly rest: StoredRun[]
} {
  const lines = [...Map.groupBy(queue, ({ run }) => run.conversation).values()]
  const taken = new Set<StoredRun>()
  let bytes = 0
  let entries = 0
  for (let round = 0; taken.size < queue.length; round++) {
    for (const line of lines) {
      const next = line[round]
      if (!next) continue
      bytes += runBytes(next.run)
      entries += next.run.entries.length
      const isFull =
        bytes > GROUP_BYTES_MAX || entries > COMMIT_ENTRIES_MAX || taken.size >= COMMIT_RUNS_MAX
      if (isFull && taken.size > 0) return split(queue, taken)
      taken.add(next)
    }
  }
  return { group: queue, rest: [] }
}

function split(
  queue: readonly StoredRun[],
  taken: ReadonlySet<StoredRun>,
): { readonly group: StoredRun[]; readonly rest: StoredRun[] } {
  const group: StoredRun[] = []
  const rest: StoredRun[] = []
  for (const stored of queue) (taken.has(stored) ? group : rest).push(stored)
  return { group, rest }
}
