// Where the deadlines of disappearing messages lie (docs/STORAGE.md, "Records").
import type { DeadlineChanges, ReadDeadlines } from '../core/deadlines.ts'
import type { LogName } from '../core/run.ts'
import type { Batch, Store } from './store.ts'

const NONE: readonly number[] = []

export function readDeadlines(
  store: Pick<Store, 'get'>,
  { conversation, device }: LogName,
): ReadDeadlines {
  const log = `${conversation}/${device}`
  return (level, record) => store.get('deadline', `${log}/${level}/${record}`)?.at ?? NONE
}

/** @param log `conversation/device` */
export function putDeadlines(batch: Batch, log: string, { changed }: DeadlineChanges): void {
  for (const { level, record, deadlines } of changed) {
    batch.put('deadline', `${log}/${level}/${record}`, { at: deadlines })
  }
}
