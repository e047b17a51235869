// Messages of several lines where each line is handed over by itself: one that ends in a backslash
// goes on in the next. Two of them are one, and the end.
import { TidingsError } from '../core/errors.ts'
import { REPL_LINE_BYTES_MAX } from '../core/limits.ts'

export class LineJoiner {
  #begun: string[] = []
  #lengthChars = 0

  /** A line was begun that goes on. */
  get isOpen(): boolean {
    return this.#begun.length > 0
  }

  /** @returns all of it, with breaks, once it is whole; an error in its place if it is too long */
  add(line: string): string | TidingsError | undefined {
    const goesOn = line.endsWith('\\') && !line.endsWith('\\\\')
    const isTooLong = this.#lengthChars > REPL_LINE_BYTES_MAX
    if (!isTooLong) this.#begun.push(line.endsWith('\\') ? line.slice(0, -1) : line)
    this.#lengthChars += line.length
    if (goesOn) return undefined
    const whole = this.end()
    const most = REPL_LINE_BYTES_MAX.toLocaleString('en')
    return isTooLong
      ? new TidingsError('text_too_long', `lines that go on have at most ${most} bytes`)
      : whole
  }

  /** There is no more of it. @returns what was begun, if anything was */
  end(): string | undefined {
    const lines = this.#begun
    this.#begun = []
    this.#lengthChars = 0
    return lines.length > 0 ? lines.join('\n') : undefined
  }
}
