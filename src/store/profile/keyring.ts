// The data key of a profile, wrapped by its password: Argon2id makes a key of the password, slowly
// and with much memory, and that key seals the data key. Backups keep their key in the same way.
import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'

import * as v from 'valibot'

import { TidingsError } from '../../core/errors.ts'
import { KDF_MEMORY_KIB_MAX, PASSWORD_BYTES_MAX } from '../../core/limits.ts'
import { DATA_KEY_BYTES, type RandomBytes, Sealer } from '../seal.ts'

/** What making a key of a password costs, and so what each guess at it costs. */
export interface KeyCost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

const SALT_BYTES = 16
const KEY_NAME = Buffer.from('tidings/data key/1')
// RFC 9106, second recommended option: 64 MiB, three passes, four lanes; 0.15 s on two cores.
const COST: KeyCost = { memoryKib: 64 * 1024, passes: 3, lanes: 4 }

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max))
const base64 = v.pipe(v.string(), v.base64())

/** A data key as it is kept in `profile.json`. The bounds keep a damaged file from costing much. */
export const wrappedKeySchema = v.object({
  kdf: v.literal('argon2id'),
  memoryKib: count(KDF_MEMORY_KIB_MAX),
  passes: count(64),
  lanes: count(64),
  salt: base64,
  sealed: base64,
})

export type WrappedKey = v.InferOutput<typeof wrappedKeySchema>

const derive = promisify(argon2)

/** @throws TidingsError `bad_input` for a password that cannot be one */
export async function wrapKey(
  key: Uint8Array,
  password: string,
  random: RandomBytes,
  cost = COST,
): Promise<WrappedKey> {
  const bytes = Buffer.byteLength(password)
  if (bytes === 0) throw new TidingsError('bad_input', 'a password cannot be empty')
  if (bytes > PASSWORD_BYTES_MAX) {
    throw new TidingsError('bad_input', `a password has at most ${PASSWORD_BYTES_MAX} bytes`)
  }
  const salt = random(SALT_BYTES)
  const wrapping = await passwordKey(password, salt, cost)
  const sealed = new Sealer(wrapping, random).seal(KEY_NAME, key)
  return {
    kdf: 'argon2id',
    ...cost,
    salt: Buffer.from(salt).toString('base64'),
    sealed: sealed.toString('base64'),
  }
}

/** @throws TidingsError `wrong_password` */
export async function unwrapKey(wrapped: WrappedKey, password: string): Promise<Uint8Array> {
  const salt = Buffer.from(wrapped.salt, 'base64')
  const wrapping = await passwordKey(password, salt, wrapped)
  try {
    const sealed = Buffer.from(wrapped.sealed, 'base64')
    return new Sealer(wrapping, sealsNothing).open(KEY_NAME, sealed)
  } catch (cause) {
    throw new TidingsError('wrong_password', 'the password is wrong', { cause })
  }
}

function passwordKey(
  password: string,
  salt: Uint8Array,
  { memoryKib, passes, lanes }: KeyCost,
): Promise<Uint8Array> {
  return derive('argon2id', {
    // One password however the keyboard composes its letters.
    message: password.normalize('NFC'),
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism: lanes,
    tagLength: DATA_KEY_BYTES,
  })
}

function sealsNothing(): never {
  throw new TypeError('this key only opens')
}
