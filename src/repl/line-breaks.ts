// Line breaks in the line being typed: the editor knows one line only, so a sign stands there for
// each. What was typed before keeps the signs, and messages and drafts have the breaks.
/** The sign that Unicode has for it, which hardly anybody types. */
export const BREAK_SIGN = '␤'

/** What a typed line says. */
export function withBreaks(line: string): string {
  return line.replaceAll(BREAK_SIGN, '\n')
}

/** The line that says so. */
export function onOneLine(text: string): string {
  return text.replaceAll('\n', BREAK_SIGN)
}
