// profile.json: what a profile is, which folder its database lies in, and the data key of that
// database, wrapped by the password or bare if there is none. All in one file, so that a change of
// password, which changes all three, is one rename.
import path from 'node:path'

import * as v from 'valibot'

import { TidingsError } from '../../core/errors.ts'
import { readIfThere, writeDurably } from '../durable-files.ts'
import type { RandomBytes } from '../seal.ts'
import { unwrapKey, wrapKey, wrappedKeySchema } from './keyring.ts'

/** 2 named the database's folder; before, it was always `db`. */
const FORMAT = 2
export const PROFILE_FILE = 'profile.json'
export const FIRST_DATABASE = 'db'
/** Folders that are a database, the one of now or one that a change of password left behind. */
export const DATABASE_FOLDER = /^db(-[0-9a-f]{16})?$/

const formatSchema = v.object({ format: v.pipe(v.number(), v.integer(), v.minValue(1)) })
const profileSchema = v.object({
  format: v.picklist([1, FORMAT]),
  name: v.string(),
  /** As others on the network see it anyway; the exact one is in the database. */
  displayName: v.optional(v.string()),
  database: v.optional(v.pipe(v.string(), v.regex(DATABASE_FOLDER)), FIRST_DATABASE),
  key: v.union([
    wrappedKeySchema,
    v.object({ kdf: v.literal('none'), bare: v.pipe(v.string(), v.hexadecimal(), v.length(64)) }),
  ]),
})

export type ProfileFile = v.InferOutput<typeof profileSchema>
export type KeptKey = ProfileFile['key']

/** @throws TidingsError `database_newer`, `database_damaged`, `home_unusable` */
export async function readProfile(folder: string): Promise<ProfileFile> {
  const file = path.join(folder, PROFILE_FILE)
  return parseProfile(await readIfThere(file), file)
}

/** @throws TidingsError `database_newer`, `database_damaged` */
export function parseProfile(text: string | undefined, file: string): ProfileFile {
  try {
    const json: unknown = JSON.parse(text ?? '')
    if (v.parse(formatSchema, json).format > FORMAT) {
      throw new TidingsError('database_newer', `${file} was written by a newer version of Tidings`)
    }
    return v.parse(profileSchema, json)
  } catch (cause) {
    if (cause instanceof TidingsError) throw cause
    throw new TidingsError('database_damaged', `${file} is missing or damaged`, { cause })
  }
}

export function writeProfile(folder: string, profile: Omit<ProfileFile, 'format'>): Promise<void> {
  const text = JSON.stringify({ ...profile, format: FORMAT }, null, 2)
  return writeDurably(path.join(folder, PROFILE_FILE), `${text}\n`)
}

/** A data key in the form in which it is kept. @throws TidingsError `bad_input` */
export function keepKey(
  key: Uint8Array,
  password: string | undefined,
  random: RandomBytes,
): Promise<KeptKey> {
  if (password !== undefined) return wrapKey(key, password, random)
  return Promise.resolve({ kdf: 'none', bare: Buffer.from(key).toString('hex') })
}

/** @throws TidingsError `profile_locked`, `wrong_password` */
export async function takeKey(
  { name, key }: Pick<ProfileFile, 'name' | 'key'>,
  password: string | undefined,
): Promise<Uint8Array> {
  if (key.kdf === 'none') return Buffer.from(key.bare, 'hex')
  if (password === undefined) {
    throw new TidingsError('profile_locked', `profile "${name}" needs its password`)
  }
  return unwrapKey(key, password)
}
