// Whether a database is one that this version and this key can read: found before anything is
// written to it.
import { TidingsError } from '../core/errors.ts'
import type { Codec } from './codec.ts'
import { metaKey, type MetaName, recordKey } from './keys.ts'
import { Database, type DatabaseInit, type Operation } from './level.ts'
import { readable } from './repair/lost.ts'

/** Of keys and values. A number in one plain byte, readable whatever later versions change. */
const FORMAT = 1
const CHECK = Buffer.from('tidings')

/** @throws TidingsError `database_damaged`, `database_newer` */
export function checkFormat(database: Database, codec: Codec): void {
  const format = formatOf(database)
  if (format === undefined) throw new TidingsError('database_damaged', NO_FORMAT)
  if (readMeta(database, codec, 'check') === CHECK.toString()) return
  throw new TidingsError('database_damaged', 'the key of the profile does not fit its database')
}

export function formatRecords(codec: Codec): Operation[] {
  const check = metaKey('check')
  return [
    { key: metaKey('format'), value: Buffer.of(FORMAT) },
    { key: check, value: codec.sealJson(check, CHECK.toString()) },
  ]
}

/**
 * Whether a mended copy of a database is of use: whose it is must be readable. What stands in it
 * anew is that this version and this key can read it, which that record proves as well.
 *
 * @throws TidingsError `database_damaged`, `database_newer`
 */
export async function checkMended(init: Omit<DatabaseInit, 'create'>, codec: Codec): Promise<void> {
  const database = await Database.open({ ...init, create: false })
  try {
    formatOf(database)
    const self = recordKey('identity', 'self')
    const sealed = database.get(self)
    const identity = sealed && readable(() => codec.openJson(self, sealed))
    if (identity === undefined) throw new TidingsError('database_damaged', NO_IDENTITY)
    await database.write(formatRecords(codec))
  } finally {
    await database.close()
  }
}

export function readMeta(database: Database, codec: Codec, name: MetaName): unknown {
  const key = metaKey(name)
  const value = database.get(key)
  return value && readable(() => codec.openJson(key, value))
}

const NO_FORMAT = 'the database has lost the record of its format'
const NO_IDENTITY =
  'the database is damaged, and whose profile it is cannot be read any more. ' +
  'Nothing was changed: restore the folder from a copy, or import a backup'

function formatOf(database: Database): number | undefined {
  const format = database.get(metaKey('format'))?.[0]
  if (format !== undefined && format > FORMAT) {
    throw new TidingsError('database_newer', 'the database was written by a newer Tidings')
  }
  return format
}
