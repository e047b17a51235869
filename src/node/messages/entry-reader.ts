// Single entries read from their logs: those that follow each other closely in as few reads as
// there are pages.
import type { Entry } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { lastSeq, type Run } from '../../core/run.ts'
import type { Store } from '../../store/store.ts'
import { isChangeBody } from '../../wire/change-bodies.ts'
import { decodeEntry } from '../../wire/entry.ts'

/** Entries of a log that lie no further apart are read together. */
const GAP_ENTRIES_MAX = 64
/** So many at most: what is known of them is held in memory. */
const SPAN_ENTRIES_MAX = 1024

/** An entry of a log with what it says. */
export interface ReadEntry {
  readonly seq: number
  readonly entry: Entry
}

/**
 * Some entries of one log, ascending; `runs` may hold them already.
 *
 * @throws TidingsError `database_damaged` when one is not on disk any more
 */
export async function readEntries(
  store: Pick<Store, 'readRun' | 'readRuns' | 'keyring'>,
  id: ConversationId,
  device: DeviceId,
  seqs: readonly number[],
  runs: readonly Run[] = [],
): Promise<ReadEntry[]> {
  const found: ReadEntry[] = []
  let held = runs
  let run: Run | undefined
  for (const [first, last] of stretches(seqs)) {
    for (const seq of seqs.filter((each) => first <= each && each <= last)) {
      if (!run || !holds(run, seq)) {
        const isIt = (each: Run): boolean => each.device === device && holds(each, seq)
        run = held.find(isIt)
        if (!run && seq === last) run = await store.readRun(id, device, seq)
        if (!run) {
          held = await store.readRuns(id, device, seq, last)
          run = held.find(isIt)
        }
      }
      const bytes = run?.entries[seq - run.first]
      if (!run || !bytes) throw damaged()
      found.push({ seq, entry: decodeEntry(store.keyring.open(run, bytes)) })
    }
  }
  return found
}

/**
 * What is shown as a message, of whatever kind: all but what changes one, and what this profile has
 * no key for.
 */
export function isMessage({ body }: Entry): boolean {
  return body.kind !== 'closed' && !isChangeBody(body)
}

/** Numbers in ascending order as ranges that have no large gap within. */
export function stretches(seqs: readonly number[]): (readonly [first: number, last: number])[] {
  const found: [first: number, last: number][] = []
  for (const seq of seqs) {
    const current = found.at(-1)
    const isNear = current && seq - current[1] <= GAP_ENTRIES_MAX
    if (isNear && seq - current[0] < SPAN_ENTRIES_MAX) current[1] = seq
    else found.push([seq, seq])
  }
  return found
}

export function damaged(): TidingsError {
  const words =
    'a part of this conversation cannot be read from disk; restart the node to repair it'
  return new TidingsError('database_damaged', words)
}

function holds(run: Run, seq: number): boolean {
  return run.first <= seq && seq <= lastSeq(run)
}
