// What is looked at when a database is opened. After a good closing, when LevelDB noted nothing and
// no reader met damage, that are the heads: its files are as they were, and were looked at.
// Otherwise the newest run of each log, and the newest part of its order index, must end where the
// head says too, which costs a few reads for each, however long it is. A log that fails, that a
// reader found damaged, or every log when LevelDB noted something amiss, is walked in full and its
// head set to what is really there, so that the next exchange with a peer brings the rest back
// (docs/STORAGE.md, "Damage"). Everything found is reported.
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { base32Encode } from '../../core/id.ts'
import { logKey, type LogKey } from '../../core/sync/state.ts'
import type { Codec, LogRef } from '../codec.ts'
import { storageError } from '../faults.ts'
import { HeadPages } from '../head-pages.ts'
import { logOfKey, logRange, numberOfKey, tagRange } from '../keys.ts'
import type { Database } from '../level.ts'
import type { HeadRecord } from '../store.ts'
import { logsWith, readable, rejoinLost } from './lost.ts'
import { isOrdered, rebuildLog } from './rebuild.ts'

export interface Health {
  readonly heads: ReadonlyMap<LogKey, HeadRecord>
  /** Logs whose name record is there. */
  readonly named: Set<LogKey>
  /** Nothing of them had to be looked at beside their heads. */
  readonly isTrusted: boolean
  /** The heads were read from their pages. */
  readonly arePaged: boolean
}

/** What LevelDB noted about an opening. */
interface Notes {
  readonly loss?: string
  readonly unsure: boolean
}

/** One log by the name it has in keys; the head is undefined when it cannot be read. */
interface Found {
  readonly id: Buffer
  readonly record: HeadRecord | undefined
}

export interface Doubts {
  /** Logs that a reader found damaged, in hexadecimal. */
  readonly suspects: ReadonlySet<string>
  /**
   * Takes what is found wrong, in plain words, also when repairing it fails half way. If something
   * is in it already (files were damaged), every log is walked.
   */
  readonly damage: Set<string>
  /** Its files are those of a good closing, with nothing amiss. */
  readonly isClosed: boolean
  /** Called before anything is repaired. */
  readonly beforeRepair: () => Promise<void>
}

export async function checkHealth(
  database: Database,
  codec: Codec,
  doubts: Doubts,
): Promise<Health> {
  const { suspects, damage, isClosed } = doubts
  const notes = await openingNotes(database.directory)
  const isTrusted = isClosed && notes.loss === undefined && suspects.size === 0
  if (isTrusted && damage.size === 0) {
    const paged = await HeadPages.read({ database, codec })
    const heads = paged ?? (await readHeads(database, codec))
    const arePaged = paged !== undefined
    // The name of a log is written with its head.
    if (heads) return { heads, named: new Set(heads.keys()), isTrusted: true, arePaged }
  }
  const checked = await checkLogs(database, codec, doubts, notes)
  return { ...checked, isTrusted: false, arePaged: false }
}

/** All of them; undefined when one cannot be read. */
async function readHeads(
  database: Database,
  codec: Codec,
): Promise<Map<LogKey, HeadRecord> | undefined> {
  const heads = new Map<LogKey, HeadRecord>()
  for (const [key, value] of await database.entries(tagRange('head'))) {
    const record = readable(() => codec.openHead(key, value))
    if (!record) return undefined
    heads.set(logKey(record.conversation, record.device), record)
  }
  return heads
}

async function checkLogs(
  database: Database,
  codec: Codec,
  { suspects, damage, beforeRepair }: Doubts,
  { loss, unsure }: Notes,
): Promise<Pick<Health, 'heads' | 'named'>> {
  const isMended = damage.size > 0
  if (loss) damage.add(`LevelDB lost part of what was written last: ${loss}`)
  const names = await readNames(database, codec, damage)
  const heads = new Map<LogKey, HeadRecord>()
  for (const { id, record } of await findLogs(database, codec)) {
    const hex = id.toString('hex')
    // Where one log is damaged others may be, and nobody has read them yet.
    const doubtful = isMended || unsure || loss !== undefined || suspects.size > 0
    // Without its name it could not be repaired one day.
    if (record && names.has(hex) && !doubtful && (await isWhole(database, codec, id, record))) {
      heads.set(logKey(record.conversation, record.device), record)
      continue
    }
    const log = record ?? names.get(hex)
    if (!log) {
      damage.add(`the log ${base32Encode(id)} has lost its name; its entries are kept aside`)
    }
    await beforeRepair()
    const rebuilt = await rebuildLog(database, codec, { id, log, record }, damage)
    if (rebuilt) heads.set(logKey(rebuilt.conversation, rebuilt.device), rebuilt)
  }
  for (const record of await rejoinLost(database, codec, [...heads.values()])) {
    heads.set(logKey(record.conversation, record.device), record)
  }
  const named = new Set([...names.values()].map((log) => logKey(log.conversation, log.device)))
  return { heads, named }
}

/** What LevelDB noted about this opening. It opens without a word when its files are torn. */
async function openingNotes(directory: string): Promise<Notes> {
  const file = path.join(directory, 'LOG')
  try {
    const lines = (await readFile(file, 'utf8')).split('\n')
    const loss = lines.find((line) => /dropping \d+ bytes|ignoring error/i.test(line))
    // A table that it removed as unknown, before any compaction: remains of an interrupted
    // compaction, or a table of which a torn MANIFEST has forgotten. After a good closing it is
    // one that somebody was reading when a compaction was done with it.
    const compaction = lines.findIndex((line) => line.includes('Compacting'))
    const opening = compaction < 0 ? lines : lines.slice(0, compaction)
    const unsure = opening.some((line) => line.includes('Delete type=2'))
    return loss === undefined ? { unsure } : { loss, unsure }
  } catch (error) {
    throw storageError(error, file)
  }
}

async function readNames(
  database: Database,
  codec: Codec,
  damage: Set<string>,
): Promise<Map<string, LogRef>> {
  const names = new Map<string, LogRef>()
  for (const [key, value] of await database.entries(tagRange('name'))) {
    const id = logOfKey(key)
    const log = readable(() => codec.openName(key, value))
    if (log) names.set(id.toString('hex'), log)
    else damage.add(`the name of the log ${base32Encode(id)} is not readable`)
  }
  return names
}

async function findLogs(database: Database, codec: Codec): Promise<Found[]> {
  const found = new Map<string, Found>()
  for (const [key, value] of await database.entries(tagRange('head'))) {
    const id = Buffer.from(logOfKey(key))
    // What is not readable is made anew from the log's runs, and reported by that.
    const record = readable(() => codec.openHead(key, value))
    found.set(id.toString('hex'), { id, record })
  }
  for (const id of await logsWith(database, 'run')) {
    const hex = id.toString('hex')
    if (!found.has(hex)) found.set(hex, { id, record: undefined })
  }
  return [...found.values()]
}

async function isWhole(
  database: Database,
  codec: Codec,
  id: Buffer,
  record: HeadRecord,
): Promise<boolean> {
  const range = { ...logRange('run', id), reverse: true, limit: 1 }
  const [entry] = await database.entries(range)
  if (!entry) return record.head.seq === 0
  const [key, value] = entry
  if (numberOfKey(key) !== record.head.seq) return false
  if (readable(() => codec.openRun(key, value, record)) === undefined) return false
  return isOrdered(database, codec, id, record)
}
