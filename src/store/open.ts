// Opens a profile's database: checks that it is one that this version and this key can read before
// anything is written, looks at its health, and records the opening.
import { TidingsError } from '../core/errors.ts'
import { RUN_CACHE_BYTES } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { Codec } from './codec.ts'
import { Damage } from './damage.ts'
import { Epochs, openingsFrom } from './epochs.ts'
import { checkHealth } from './health.ts'
import { metaKey, type MetaName, placeOfEventKey, tagRange } from './keys.ts'
import { Database, type Operation } from './level.ts'
import { readable } from './lost.ts'
import { RunCache } from './run-cache.ts'
import { type RandomBytes, Sealer } from './seal.ts'
import { LevelDbStore, type LevelStore } from './store-level.ts'

/** Of keys and values. A number in one plain byte, readable whatever later versions change. */
const FORMAT = 1
const CHECK = Buffer.from('tidings')

export interface OpenStoreInit {
  /** The folder of the database's files. */
  readonly directory: string
  /** 32 bytes: what `Profiles.unlock` gives. */
  readonly key: Uint8Array
  /** A new database is made, and must not exist; otherwise it must. */
  readonly create: boolean
  readonly random: RandomBytes
  readonly log: Logger
}

/**
 * @throws TidingsError `database_damaged`, `database_busy`, `database_newer`, `disk_full`,
 *   `home_unusable`
 */
export async function openStore(init: OpenStoreInit): Promise<LevelStore> {
  // LevelDB makes its files readable for all, now and later, from threads of its own.
  process.umask(0o077)
  const { directory, create, random, log } = init
  const database = await Database.open({ directory, create, random, log })
  try {
    return await openChecked(database, init)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openChecked(database: Database, init: OpenStoreInit): Promise<LevelStore> {
  const { random, log } = init
  const codec = new Codec(new Sealer(init.key, random))
  if (!init.create) checkFormat(database)
  if (!init.create) checkKey(database, codec)
  const suspects = readMeta(database, codec, 'suspects')
  const listed = Array.isArray(suspects) ? suspects.filter((hex) => typeof hex === 'string') : []
  const { heads, named, damage } = await withReserve(database, () =>
    checkHealth(database, codec, new Set(listed)),
  )

  let position = await lastEventPosition(database)
  for (const { changedAt } of heads.values()) position = Math.max(position, changedAt)
  // After damage peers must hear everything anew: no token of an earlier opening counts.
  const before = damage.length > 0 ? [] : openingsFrom(readMeta(database, codec, 'epochs'))
  const epochs = new Epochs(before, position, random)
  await withReserve(database, () => database.write(openingRecords(codec, epochs, init.create)))
  await database.keepReserve()

  return new LevelDbStore({
    database,
    codec,
    epochs,
    runs: new RunCache(RUN_CACHE_BYTES),
    position,
    damage: new Damage(damage, log),
    lasts: new Map([...heads].map(([name, { head }]) => [name, head.seq])),
    named: new Set(named),
    log,
  })
}

/** On a full disk a database can still be opened, to be read. */
async function withReserve<T>(database: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TidingsError) || error.code !== 'disk_full') throw error
    await database.releaseReserve()
    return work()
  }
}

function checkFormat(database: Database): void {
  const format = database.get(metaKey('format'))?.[0]
  if (format === undefined) throw new TidingsError('database_damaged', NO_FORMAT)
  if (format > FORMAT) {
    throw new TidingsError('database_newer', 'the database was written by a newer Tidings')
  }
}

const NO_FORMAT = 'the database has lost the record of its format'

function checkKey(database: Database, codec: Codec): void {
  if (readMeta(database, codec, 'check') === CHECK.toString()) return
  throw new TidingsError('database_damaged', 'the key of the profile does not fit its database')
}

function readMeta(database: Database, codec: Codec, name: MetaName): unknown {
  const key = metaKey(name)
  const value = database.get(key)
  return value && readable(() => codec.openJson(key, value))
}

function openingRecords(codec: Codec, epochs: Epochs, create: boolean): Operation[] {
  const sealed = (name: MetaName, value: unknown): Operation => {
    const key = metaKey(name)
    return { key, value: codec.sealJson(key, value) }
  }
  const opening = [sealed('epochs', epochs.openings), { key: metaKey('suspects') }]
  if (!create) return opening
  const format = { key: metaKey('format'), value: Buffer.of(FORMAT) }
  return [format, sealed('check', CHECK.toString()), ...opening]
}

function lastEventPosition(database: Database): Promise<number> {
  return database.read(async (level) => {
    const range = { ...tagRange('event'), reverse: true, limit: 1 }
    const [key] = await level.keys(range).all()
    return key ? placeOfEventKey(key).position : 0
  })
}
