// Lines of a node's log as people and programs read them. Most are JSON that the node wrote; what
// the runtime itself had to say, on running out of memory, stands between them as it is.
import * as v from 'valibot'

import { LOG_LEVELS, type LogLevel } from '../api/running.ts'
import { printable, printableJson } from '../core/text.ts'
import { bold, dim, localSeconds } from './message-text.ts'

/** The levels of pino by number. */
const NAMES: ReadonlyMap<number, LogLevel> = new Map([
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
])
const LEVEL_COLUMNS = 5
/** A line of a log may hold an error with all its causes: people get its beginning. */
const FIELD_CHARS_MAX = 120

const lineSchema = v.looseObject({ level: v.number(), time: v.string(), msg: v.string() })
type Line = v.InferOutput<typeof lineSchema>

/** The levels of which lines are kept, by the least of them. */
export type LineLevel = Exclude<LogLevel, 'silent'>
export const LINE_LEVELS: readonly LineLevel[] = LOG_LEVELS.filter((level) => level !== 'silent')

export interface LogLine {
  /** Undefined where it is not the node's own. */
  readonly parsed: Line | undefined
  readonly text: string
}

export function readLogLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text)
    // As it is, and not as the schema gives it back: fields keep their order.
    return { parsed: v.is(lineSchema, value) ? value : undefined, text }
  } catch {
    return { parsed: undefined, text }
  }
}

/** Whether it is of this level or above; the last words of a runtime always are. */
export function isOfLevel({ parsed }: LogLine, least: LineLevel): boolean {
  if (!parsed) return true
  const name = NAMES.get(parsed.level)
  return name === undefined || LOG_LEVELS.indexOf(name) >= LOG_LEVELS.indexOf(least)
}

/** `2026-11-20 12:03:05  warn   the disk is full  where=disk`, safe for a terminal. */
export function logText({ parsed, text }: LogLine): string {
  if (!parsed) return printable(text)
  const { level, time, msg, pid: _, ...fields } = parsed
  const name = (NAMES.get(level) ?? String(level)).padEnd(LEVEL_COLUMNS)
  const rest = Object.entries(fields).map(([key, value]) => ` ${dim(fieldText(key, value))}`)
  const when = Number.isNaN(Date.parse(time)) ? time : localSeconds(time)
  const mark = level >= 40 ? bold(name) : name
  const head = `${dim(printable(when))}  ${mark}  ${printable(msg)}`
  return rest.length === 0 ? head : `${head} ${rest.join('')}`
}

/** The same for programs: one object, also for what the node did not write. */
export function logJson({ parsed, text }: LogLine): string {
  return printableJson(parsed ?? { level: null, msg: text })
}

function fieldText(key: string, value: unknown): string {
  return printable(`${key}=${shortened(valueText(value))}`)
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value)
  // Of an error people want to know what it says; where it came from is in the file.
  const isError = v.is(v.looseObject({ message: v.string(), stack: v.string() }), value)
  return JSON.stringify(isError ? value.message : value)
}

function shortened(text: string): string {
  return text.length > FIELD_CHARS_MAX ? `${text.slice(0, FIELD_CHARS_MAX)}…` : text
}
