// Opens a profile's database: checks that it is one that this version and this key can read before
// anything is written, looks at its health, and records the opening.
import { isTidingsError } from '../core/errors.ts'
import { RUN_CACHE_BYTES } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { LogKey } from '../core/sync/state.ts'
import { indexRecord, isWhole } from './change-index.ts'
import { Codec } from './codec.ts'
import { PRIVATE_UMASK } from './durable-files.ts'
import { Epochs, openingsFrom } from './epochs.ts'
import { checkFormat, formatRecords, readMeta } from './format.ts'
import { HeadPages } from './head-pages.ts'
import { metaKey, type MetaName, placeOfEventKey, tagRange } from './keys.ts'
import { Database, type Operation } from './level.ts'
import type { Lock } from './lock.ts'
import { Aside } from './repair/aside.ts'
import { Damage } from './repair/damage.ts'
import { checkHealth } from './repair/health.ts'
import { forgetMending, lastMending, mend, mendIfDamaged } from './repair/mend.ts'
import { Rescue } from './repair/rescue.ts'
import type { Inspection } from './repair/survey.ts'
import { readTally } from './repair/tally.ts'
import { RunCache } from './run-cache.ts'
import { type RandomBytes, Sealer } from './seal.ts'
import { LevelDbStore, type LevelStore } from './store-level.ts'
import type { StoreParts } from './store-parts.ts'

export interface OpenStoreInit {
  /** The folder of the database's files. */
  readonly directory: string
  /** 32 bytes: what `Profiles.unlock` gives. */
  readonly key: Uint8Array
  /** A new database is made, and must not exist; otherwise it must. */
  readonly create: boolean
  readonly random: RandomBytes
  readonly log: Logger
  /**
   * Of the folder in which the database lies. The store gives it back when it is closed, a failed
   * opening does not; without one here the caller keeps it beyond that.
   */
  readonly lock?: Lock
}

/**
 * @throws TidingsError `database_damaged`, `database_busy`, `database_newer`, `disk_full`,
 *   `home_unusable`
 */
export async function openStore(init: OpenStoreInit): Promise<LevelStore> {
  // LevelDB makes its files readable for all, now and later, from threads of its own.
  process.umask(PRIVATE_UMASK)
  const codec = new Codec(new Sealer(init.key, init.random))
  const files = await openFiles({ ...init, codec })
  const { database, rescue } = files
  try {
    const store = new LevelDbStore({ ...(await checked(files, codec, init)), lock: init.lock })
    await store.load()
    return store
  } catch (error) {
    // To open it has changed it: tables may be gone that a later repair could use.
    if (isTidingsError(error, 'database_damaged')) await rescue?.keep()
    await database.close()
    throw error
  } finally {
    await rescue?.drop()
  }
}

interface Files {
  readonly database: Database
  /** None where there is nothing to save, or where the damaged original is kept already. */
  readonly rescue: Rescue | undefined
  /** What they were found to be, where nothing had to be mended. */
  readonly found?: Inspection | undefined
}

/** Files that are in order, or were put in order. */
async function openFiles(init: OpenStoreInit & { readonly codec: Codec }): Promise<Files> {
  const { directory, create, random, log } = init
  if (create) return { database: await Database.open(init), rescue: undefined }
  const found = await mendIfDamaged(init)
  const isMended = (await lastMending(directory)).length > 0
  const rescue = isMended ? undefined : await Rescue.copy(directory, random, log)
  try {
    return { database: await Database.open(init), rescue, found }
  } catch (error) {
    await rescue?.drop()
    if (isMended || !isTidingsError(error, 'database_damaged')) throw error
    await mend(init, error.message)
    return { database: await Database.open(init), rescue: undefined }
  }
}

/** Everything of the store, once it is known what state the database is in. */
async function checked(
  { database, rescue, found }: Files,
  codec: Codec,
  { create, random, log }: OpenStoreInit,
): Promise<Omit<StoreParts, 'lock'>> {
  if (!create) checkFormat(database, codec)
  const suspects = readMeta(database, codec, 'suspects')
  const listed = Array.isArray(suspects) ? suspects.filter((hex) => typeof hex === 'string') : []
  const damage = new Set(await lastMending(database.directory))
  const beforeRepair = async (): Promise<void> => rescue?.keep()
  const doubts = {
    suspects: new Set(listed),
    damage,
    beforeRepair,
    isClosed: found?.wasClosed === true,
  }
  const health = await withReserve(database, () => checkHealth(database, codec, doubts))
  const { heads, named, arePaged } = health
  const tally = readTally(database.directory, codec, log)
  for (const words of tally.missing(database, heads.values())) damage.add(words)

  let position = await lastEventPosition(database)
  const lasts = new Map<LogKey, number>()
  for (const [name, { head, changedAt }] of heads) {
    position = Math.max(position, changedAt)
    lasts.set(name, head.seq)
  }
  const before = openingsFrom(readMeta(database, codec, 'epochs'))
  const epochs = new Epochs(before, position, damage.size > 0, random)
  // What is derived from logs that were damaged may be wrong, or gone.
  const isIndexed = create || (damage.size === 0 && isWhole(readMeta(database, codec, 'changes')))
  const records = [...openingRecords(codec, epochs, create), indexRecord(codec, isIndexed)]
  if (!arePaged) records.push(HeadPages.takenBack())
  await withReserve(database, () => database.write(records))
  await database.keepReserve()
  await rescue?.finish(damage.size === 0)
  await forgetMending(database.directory)
  await found?.note(log)
  tally.start(database, heads.values())

  return {
    database,
    codec,
    epochs,
    runs: new RunCache(RUN_CACHE_BYTES),
    position: epochs.position,
    damage: new Damage([...damage], log),
    isIndexed,
    isSettled: health.isTrusted && damage.size === 0 && tally.isSettled(database),
    heads: [...heads.values()],
    pages: new HeadPages({ database, codec }, arePaged),
    lasts,
    named,
    tally,
    aside: await Aside.load(database, codec),
    log,
  }
}

/** On a full disk a database can still be opened, to be read. */
async function withReserve<T>(database: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isTidingsError(error, 'disk_full')) throw error
    await database.releaseReserve()
    return work()
  }
}

function openingRecords(codec: Codec, epochs: Epochs, create: boolean): Operation[] {
  const sealed = (name: MetaName, value: unknown): Operation => {
    const key = metaKey(name)
    return { key, value: codec.sealJson(key, value) }
  }
  const opening = [sealed('epochs', epochs.openings), { key: metaKey('suspects') }]
  return create ? [...formatRecords(codec), ...opening] : opening
}

function lastEventPosition(database: Database): Promise<number> {
  return database.read(async (level) => {
    const range = { ...tagRange('event'), reverse: true, limit: 1 }
    const [key] = await level.keys(range).all()
    return key ? placeOfEventKey(key).position : 0
  })
}
