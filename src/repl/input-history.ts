// What was typed before, kept for the arrow keys in a file of its own that only its owner can read,
// each text on one line, with a sign for its breaks. Lines are appended, so that two screens of one
// profile lose none of each other's.
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { toTidingsError } from '../core/errors.ts'
import type { Completes } from './command-types.ts'
import { commandNamed } from './commands.ts'
import { parseLine } from './parse.ts'
import { isRemembered } from './terminal/recall.ts'

const FILE_MODE = 0o600
const FOLDER_MODE = 0o700
/** Stands for a line break; where it was typed itself, a character follows that no line has. */
const BREAK_SIGN = '␤'
const TYPED_MARK = '\x7f'

export interface InputHistoryInit {
  readonly linesMax: number
  /**
   * Only commands without words are written down. For a profile with a password, whose messages
   * are sealed on disk and must not lie beside it in the clear.
   */
  readonly wordlessOnly: boolean
  /** Told once when lines cannot be written down. */
  readonly onTrouble: (message: string) => void
}

export class InputHistory {
  readonly #file: string
  readonly #init: InputHistoryInit
  #written: Promise<void> = Promise.resolve()
  #isBroken = false
  #last = ''

  constructor(file: string, init: InputHistoryInit) {
    this.#file = file
    this.#init = init
  }

  /** Newest first. Brings a file that grew long back to its bound. */
  async load(): Promise<string[]> {
    let text
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#trouble(error)
      return []
    }
    const all = text
      .split('\n')
      .filter((line) => line !== '')
      .map(fromFile)
    // What is from before there was a password goes too.
    const kept = all.filter((line) => this.#isFit(line)).slice(-this.#init.linesMax)
    if (all.length > kept.length) this.#write(() => this.#rewrite(kept))
    return kept.toReversed()
  }

  /** A line that begins with a space is not remembered, as in a shell. */
  add(line: string): void {
    if (line === this.#last || !isRemembered(line) || !this.#isFit(line)) return
    this.#last = line
    this.#write(async () => {
      await mkdir(path.dirname(this.#file), { recursive: true, mode: FOLDER_MODE })
      await appendFile(this.#file, `${inFile(line)}\n`, { mode: FILE_MODE })
    })
  }

  /** Resolves when everything added is written. */
  async flushed(): Promise<void> {
    await this.#written
  }

  #isFit(line: string): boolean {
    return !this.#init.wordlessOnly || isWordless(line)
  }

  async #rewrite(lines: readonly string[]): Promise<void> {
    const fresh = `${this.#file}.${process.pid}.new`
    await writeFile(fresh, lines.map((line) => `${inFile(line)}\n`).join(''), { mode: FILE_MODE })
    await rename(fresh, this.#file)
  }

  #write(action: () => Promise<void>): void {
    if (this.#isBroken) return
    this.#written = this.#written.then(action).catch((error: unknown) => this.#trouble(error))
  }

  #trouble(error: unknown): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#init.onTrouble(`what you type is not remembered: ${toTidingsError(error).message}`)
  }
}

function inFile(line: string): string {
  const marked = line.replaceAll(BREAK_SIGN, BREAK_SIGN + TYPED_MARK)
  return marked.replaceAll('\n', BREAK_SIGN)
}

function fromFile(line: string): string {
  const broken = line.replaceAll(BREAK_SIGN, '\n')
  return broken.replaceAll(`\n${TYPED_MARK}`, BREAK_SIGN)
}

/** Whether what is given may be words of one's own, though Tab may know some of them. */
function holdsText(completes: Completes | undefined): boolean {
  return completes === undefined || ['text', 'emoji', 'file'].includes(completes)
}

/** Whether a line is a command that says no more than what is to be done, and about whom. */
function isWordless(line: string): boolean {
  const parsed = parseLine(line)
  const command = parsed.kind === 'command' ? commandNamed(parsed.name) : undefined
  if (parsed.kind !== 'command' || !command) return false
  if (parsed.rest === '') return true
  const holdsWords = command.options.some(({ flag, type, completes }) => {
    return type === 'string' && holdsText(completes) && parsed.rest.includes(`--${flag}`)
  })
  const takesNames = command.args.every(({ completes }) => !holdsText(completes))
  return !holdsWords && takesNames && command.args.length > 0
}
