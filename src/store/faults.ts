// What a failed disk or database operation means to the user. Node, LevelDB and the system each
// have their own words for it; this is where they become our codes.
import { TidingsError } from '../core/errors.ts'

interface Fault {
  readonly code: 'database_busy' | 'disk_full' | 'home_unusable' | 'database_damaged'
  readonly signs: RegExp
  readonly words: string
}

// In order: LevelDB wraps a full disk in "IO error" too.
const FAULTS: readonly Fault[] = [
  {
    code: 'database_busy',
    signs: /LEVEL_LOCKED/,
    words: 'this profile is in use by another process',
  },
  {
    code: 'disk_full',
    signs: /ENOSPC|EDQUOT|no space left|quota exceeded/i,
    words: 'the disk is full; nothing was written. Make room and it goes on by itself',
  },
  {
    code: 'home_unusable',
    signs: /EACCES|EPERM|EROFS|ENOTDIR|ELOOP|permission denied|not permitted|read-only file/i,
    words: 'the folder of the profile cannot be used: check its owner and permissions',
  },
  {
    code: 'database_damaged',
    signs: /LEVEL_CORRUPTION|corruption|does not exist|no such file|ENOENT/i,
    words: 'the database is damaged: files are missing or not as they were written',
  },
  {
    code: 'home_unusable',
    signs: /LEVEL_IO_ERROR|IO error|\bE[A-Z]{2,}\b/,
    words: 'the disk does not work as it should',
  },
]

/** @param where the file or folder concerned, for the message */
export function storageError(error: unknown, where: string): TidingsError {
  if (error instanceof TidingsError) return error
  const text = describe(error)
  const fault = FAULTS.find(({ signs }) => signs.test(text))
  if (!fault) return new TidingsError('internal', `${where}: ${text}`, { cause: error })
  return new TidingsError(fault.code, `${fault.words} (${where})`, { cause: error })
}

/** Codes and messages of an error and its causes. */
function describe(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown }
    parts.push(typeof code === 'string' ? `${code} ${at.message}` : at.message)
  }
  return parts.length > 0 ? parts.join(': ') : String(error)
}
