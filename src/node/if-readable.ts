// Reading what may be damaged, where that is told in another place.
import { isTidingsError } from '../core/errors.ts'

/** Undefined for what cannot be read from disk. */
export async function ifReadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (isTidingsError(error, 'database_damaged')) return undefined
    throw error
  }
}

/** The same of what is read at once. */
export function ifReadableNow<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isTidingsError(error, 'database_damaged')) return undefined
    throw error
  }
}
