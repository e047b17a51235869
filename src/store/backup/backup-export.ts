// Writes a backup of an open database, page by page, while its node may be running. The file
// appears under its name only when it is whole and synced.
import type { FileHandle } from 'node:fs/promises'

import { isTidingsError, TidingsError } from '../../core/errors.ts'
import type { DeviceId } from '../../core/id.ts'
import { lastSeq, type Run } from '../../core/run.ts'
import { encodeRun } from '../../wire/records.ts'
import { ownDevices } from '../own-devices.ts'
import type { LevelStore } from '../store-level.ts'
import type { HeadRecord } from '../store.ts'
import { writeWhole } from '../whole-file.ts'
import { type BackupComponents, BackupWriter } from './backup-file.ts'
import { encodeJson, KEPT_KINDS, keptRecord, KIND } from './backup-records.ts'

export interface BackupToWrite {
  /** The profile's name, which a backup suggests where it is imported. */
  readonly profile: string
  readonly file: string
  readonly password: string
  /** Take the place of a file that is there. */
  readonly force: boolean
}

export interface WrittenBackup {
  readonly bytes: number
  readonly contacts: number
  readonly entries: number
  /** What could not be read and is not in the backup, in plain words. */
  readonly damage: readonly string[]
}

/**
 * @throws TidingsError `file_exists`, `file_unusable`, `disk_full`, `bad_input`, `interrupted`;
 *   then there is no file, or still the old one
 */
export async function writeBackup(
  store: LevelStore,
  { profile, file, password, force }: BackupToWrite,
  components: BackupComponents,
  signal?: AbortSignal,
): Promise<WrittenBackup> {
  return store.copies.making(() =>
    writeWhole({ file, force }, (handle) => {
      return writeContent(store, profile, { handle, password, components, signal })
    }),
  )
}

interface Target {
  readonly handle: FileHandle
  readonly password: string
  readonly components: BackupComponents
  readonly signal: AbortSignal | undefined
}

async function writeContent(
  store: LevelStore,
  profile: string,
  { handle, password, components, signal }: Target,
): Promise<WrittenBackup> {
  const identity = store.get('identity', 'self')
  if (!identity) throw new TidingsError('database_damaged', 'the database has lost its identity')
  const before = new Set(store.damage)
  const damage: string[] = []
  const writer = await BackupWriter.begin(handle, password, components)
  const { accountSeed, name, devices } = identity
  const start = { profile, accountSeed, name, devices }
  await writer.write({ kind: KIND.start, body: encodeJson(start) })
  let contacts = 0
  for (const kind of KEPT_KINDS) {
    for (const [key, value] of await store.all(kind)) {
      const kept = keptRecord({ kind, key, value })
      if (!kept) continue
      await writer.write({ kind: KIND.record, body: encodeJson(kept) })
      if (kind === 'contact') contacts += 1
    }
  }
  let entries = 0
  const mine = ownDevices(identity)
  for (const { forked, ...record } of await store.heads()) {
    const head = { ...record, forked: forked && !isOnlyCut(store, record, mine) }
    const seq = await writeLog(store, head, writer, signal)
    entries += seq
    if (seq < head.head.seq) {
      const missing = head.head.seq - seq
      damage.push(`${missing} entries of ${head.device} in ${head.conversation} cannot be read`)
    }
  }
  await writer.finish()
  damage.push(...store.damage.filter((words) => !before.has(words)))
  return { bytes: writer.bytes, contacts, entries, damage }
}

/**
 * An own log that was cut back is marked as forked, so that this database does not do it again; but
 * another copy may still write to it, and the restored profile takes that like anybody's entries.
 */
function isOnlyCut(
  store: LevelStore,
  { conversation, device }: Pick<HeadRecord, 'conversation' | 'device'>,
  mine: ReadonlyMap<DeviceId, unknown>,
): boolean {
  return mine.has(device) && !store.has('fork', `${conversation}/${device}`)
}

/** Up to the head, or to the first entry that cannot be read; how far it came. */
async function writeLog(
  store: LevelStore,
  { conversation, device, forked, head }: HeadRecord,
  writer: BackupWriter,
  signal: AbortSignal | undefined,
): Promise<number> {
  await writer.write({ kind: KIND.log, body: encodeJson({ conversation, device, forked }) })
  let seq = 0
  while (seq < head.seq) {
    if (signal?.aborted) throw new TidingsError('interrupted', 'interrupted')
    const page = await readPage(() => store.readPage(conversation, device, seq + 1, head.seq))
    if (!page) break
    await writer.write({ kind: KIND.run, body: encodeRun(page) })
    seq = lastSeq(page)
  }
  // A log that ends earlier than it should says so by itself: only a whole one has its head.
  const end = seq === head.seq ? { seq, hash: head.hash } : { seq, hash: new Uint8Array(0) }
  await writer.write({ kind: KIND.head, body: encodeJson(end) })
  return seq
}

async function readPage(read: () => Promise<Run | undefined>): Promise<Run | undefined> {
  try {
    return await read()
  } catch (error) {
    // What can still be saved is, and what cannot is told.
    if (isTidingsError(error, 'database_damaged')) return undefined
    throw error
  }
}
