// Folders and files that the daemon needs: where one cannot be used, its name is the best advice.
import { TidingsError } from '../core/errors.ts'

/** @throws `home_unusable` naming the place, for whatever `use` throws */
export function usable<T>(place: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    if (error instanceof TidingsError) throw error
    const { code } = error as NodeJS.ErrnoException
    const message = `${place} cannot be used (${code})`
    throw new TidingsError('home_unusable', message, { cause: error })
  }
}
