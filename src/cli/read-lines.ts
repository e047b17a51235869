// The lines of what is piped in, of any length in all: of what was read, no more is kept than one
// line. Messages come this way, and what is typed where no terminal is.
import { TidingsError } from '../core/errors.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * The lines of a stream, without their ends (LF or CR LF), each decoded by itself: one that is not
 * UTF-8, or longer than `lineBytesMax`, is an error in place of the line that names its number, and
 * the next one is read all the same. A byte order mark before the first line is none of its text.
 */
export async function* readLines(
  input: AsyncIterable<Buffer | string>,
  { lineBytesMax }: { readonly lineBytesMax: number },
): AsyncGenerator<string | TidingsError> {
  const take = lineDecoder(lineBytesMax)
  let begun: Buffer[] = []
  let begunBytes = 0
  for await (const chunk of input) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield take([...begun, rest.subarray(0, end)], begunBytes + end)
      begun = []
      begunBytes = 0
      rest = rest.subarray(end + 1)
    }
    begunBytes += rest.length
    // With one more for a CR.
    if (begunBytes > lineBytesMax + 1) begun = []
    else if (rest.length > 0) begun.push(rest)
  }
  if (begunBytes > 0) yield take(begun, begunBytes)
}

type TakeLine = (parts: readonly Buffer[], lengthBytes: number) => string | TidingsError

function lineDecoder(lineBytesMax: number): TakeLine {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let line = 0
  const tooLong = (): TidingsError => {
    const most = lineBytesMax.toLocaleString('en')
    return new TidingsError('text_too_long', `line ${line} is longer than ${most} bytes`)
  }
  return (parts, lengthBytes) => {
    line += 1
    if (lengthBytes > lineBytesMax + 1) return tooLong()
    const whole = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    const bytes = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole
    if (bytes.length > lineBytesMax) return tooLong()
    try {
      const text = utf8.decode(bytes)
      return line === 1 ? text.replace(/^\ufeff/, '') : text
    } catch (error) {
      return new TidingsError('text_not_utf8', `line ${line} is not UTF-8`, { cause: error })
    }
  }
}
