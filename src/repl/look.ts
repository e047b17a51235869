// What the screen can show: its width, colour, characters beyond ASCII, the time zone of the
// person. Everything that is formatted takes one, so that formatting stays a pure function.
import { styleText } from 'node:util'

export interface Look {
  readonly columns: number
  readonly color: boolean
  readonly unicode: boolean
  /** Words stand in place of signs: it is read aloud, or by programs. @default false */
  readonly words?: boolean
  /** The terminal is told what is a link. @default false */
  readonly links?: boolean
  /** @default the system's */
  readonly timeZone?: string
}

export type Tone = keyof typeof FORMATS

const FORMATS = {
  faint: 'dim',
  strong: 'bold',
  name: 'cyan',
  /** Blue cannot be read on black where it is as dark as of old. */
  own: 'bold',
  /** Who addresses one. */
  called: ['bold', 'inverse'],
  good: 'green',
  bad: 'red',
  link: 'underline',
  code: 'magenta',
  bar: 'inverse',
} as const

export function paint(look: Look, tone: Tone, text: string): string {
  return look.color ? styleText(FORMATS[tone], text, { validateStream: false }) : text
}

/** A sign where the terminal can show it, else a plainer one; words where signs are of no use. */
export function sign(look: Look, unicode: string, ascii: string, words = ascii): string {
  if (look.words) return words
  return look.unicode ? unicode : ascii
}

/** What stands before something that is wrong. */
export function alarm(look: Look): string {
  return paint(look, 'bad', sign(look, '!', '!', 'Careful:'))
}

/** Columns of a line that never wraps: the last one stays free, some terminals wrap there. */
export function lineColumns(look: Look): number {
  return Math.max(20, look.columns - 1)
}

/**
 * The environment's word on colour and characters: NO_COLOR (no-color.org), TERM, the locale.
 * A terminal without a locale is taken for one that can show UTF-8, as nearly all can.
 */
export function lookFromEnv(env: NodeJS.ProcessEnv): Pick<Look, 'color' | 'unicode' | 'links'> {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return {
    color: !env['NO_COLOR'],
    unicode: locale === '' || /utf-?8/i.test(locale),
    // The console of Linux and old terminals would show what tells it.
    links: !/^(?:linux|vt|dumb|ansi|cons|screen$)/.test(env['TERM'] ?? 'dumb'),
  }
}
