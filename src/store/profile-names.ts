// What a profile may be called, and the name of its folder. Folder names hold lower-case letters,
// digits, `-`, `_` and %xx only, so that names differing in case, composition or a trailing dot
// stay apart on every file system.
import { TidingsError } from '../core/errors.ts'
import { NAME_BYTES_MAX } from '../core/limits.ts'

const NAME = /^[\p{L}\p{M}\p{N}_-][\p{L}\p{M}\p{N} ._-]*$/u
const PLAIN = /[a-z0-9_-]/
// Windows keeps these for devices, whatever follows after a dot.
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/

/** @throws TidingsError `bad_name` */
export function checkProfileName(name: string): void {
  if (name.length > 0 && Buffer.byteLength(name) <= NAME_BYTES_MAX && NAME.test(name)) return
  throw new TidingsError(
    'bad_name',
    `a profile's name has 1 to ${NAME_BYTES_MAX} bytes: letters, digits, spaces and ._- ` +
      'and does not begin with a dot or a space',
  )
}

/** @throws TidingsError `bad_name` */
export function folderOfProfile(name: string): string {
  checkProfileName(name)
  const folder = [...Buffer.from(name.normalize('NFC'))]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return PLAIN.test(char) ? char : percent(byte)
    })
    .join('')
  if (!RESERVED.test(folder)) return folder
  return percent(folder.charCodeAt(0)) + folder.slice(1)
}

/** The name that a folder stands for; undefined when it is not a profile's folder. */
export function profileOfFolder(folder: string): string | undefined {
  try {
    const name = decodeURIComponent(folder)
    return folderOfProfile(name) === folder ? name : undefined
  } catch {
    return undefined
  }
}

function percent(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`
}
