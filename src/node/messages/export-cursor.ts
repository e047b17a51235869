// Where the export of a conversation is: of each log the next entry to tell, and where the log
// ended when the export began. A front end hands it back for the next page, so that the node keeps
// nothing in between, and what is written meanwhile is not half in it.
import { TidingsError } from '../../core/errors.ts'
import { type DeviceId, isId } from '../../core/id.ts'
import { EXPORT_CURSOR_CHARS_MAX } from '../../core/limits.ts'

export interface LogCursor {
  readonly device: DeviceId
  /** The next entry to tell; `last + 1` once all are told. */
  readonly next: number
  /** The last entry that was shown when the export began, */
  readonly last: number
  /** on disk, though it may wait to be shown, */
  readonly have: number
  /** and known to exist. */
  readonly known: number
  /** What is not shown of it was told. */
  readonly isDone: boolean
}

export function formatExportCursor(logs: readonly LogCursor[]): string {
  const rows = logs.map(({ device, next, last, have, known, isDone }) => {
    return [device, next, last, have, known, isDone ? 1 : 0].join('.')
  })
  return rows.join(',')
}

/** @throws TidingsError `bad_input` */
export function parseExportCursor(text: string): LogCursor[] {
  if (text.length > EXPORT_CURSOR_CHARS_MAX) throw bad()
  return text.split(',').map((row) => {
    const [device = '', ...rest] = row.split('.')
    const numbers = rest.map((digits) => (/^\d{1,16}$/.test(digits) ? Number(digits) : -1))
    const [next = -1, last = -1, have = -1, known = -1, done = -1] = numbers
    const areNumbers = numbers.length === 5 && numbers.every((n) => n >= 0)
    if (!isId(device) || !areNumbers || next < 1) throw bad()
    return { device: device as DeviceId, next, last, have, known, isDone: done === 1 }
  })
}

function bad(): TidingsError {
  return new TidingsError('bad_input', '"cursor" is not one that an export answered')
}
