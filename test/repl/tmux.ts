// A real pseudo-terminal for tests: tmux with a server of its own, one window of 80 by 24.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const ROWS = 24
const COLUMNS = 80
/** What a line of text, and the line's end, are not made of: escapes, bells, backspaces. */
export const OTHER_THAN_TEXT = /[^\n\r\x20-\x7e\u{a0}-\u{10ffff}]+/u
const WAIT_MAX_MS = 10_000

export class Window {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'tidings-tmux-'))
  #isGone = false

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const size = ['-x', String(COLUMNS), '-y', String(ROWS)]
    const variables = Object.entries({ LANG: 'C.UTF-8', TZ: 'UTC', ...env }).map(
      ([name, value]) => `${name}=${value}`,
    )
    // The window stays after its program ended, for the last look. tmux itself now and then
    // misses the exit code, so the shell tells it, also after Ctrl+C and Ctrl+\.
    const shell = ['sh', '-c', 'trap : INT QUIT; "$@"; echo "[exit $?]"; sleep 60', 'sh']
    const program = ['env', ...variables, ...command]
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '--', ...shell, ...program)
  }

  /** The same, and all that is written to the terminal goes to a file too, from the first byte. */
  static recording(
    file: string,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Window {
    const begin = `${file}.begin`
    const wait = `until [ -e '${begin}' ]; do sleep 0.05; done; exec "$@"`
    const window = new Window(['sh', '-c', wait, 'sh', ...command], env)
    writeFileSync(file, '')
    window.record(file)
    writeFileSync(begin, '')
    return window
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', '--', text)
  }

  /** Keys by tmux's names: Enter, Tab, C-c. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', '--', ...keys)
  }

  /** Bytes as a terminal sends them, in hex. */
  keys(...bytes: readonly string[]): void {
    this.#tmux('send-keys', '-H', '--', ...bytes)
  }

  /** Pastes, and says so where the program asked for it. */
  paste(text: string): void {
    const file = path.join(this.#folder, 'pasted')
    writeFileSync(file, text)
    this.#tmux('load-buffer', file)
    this.#tmux('paste-buffer', '-p', '-d')
  }

  /** Whether the bell rang. */
  get hasBell(): boolean {
    return this.#tmux('display-message', '-p', '#{window_bell_flag}').trim() === '1'
  }

  /** A program has the whole screen, and what was there comes back after it. */
  get isTaken(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}').trim() === '1'
  }

  /** All that is written to the terminal from here on goes to a file too. */
  record(file: string): void {
    this.#tmux('pipe-pane', `cat >> '${file}'`)
  }

  resize(columns: number, rows = ROWS): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** What is on the screen, and with `all` what scrolled off, rows as the terminal wrapped them. */
  rows(all = false): string[] {
    const scope = all ? ['-S', '-'] : []
    return this.#tmux('capture-pane', '-p', ...scope)
      .trimEnd()
      .split('\n')
  }

  /** What is on the screen, with the escapes for its colours, and spaces that have one. */
  coloured(): string[] {
    return this.#tmux('capture-pane', '-p', '-e', '-N').trimEnd().split('\n')
  }

  /** The same with rows that the terminal wrapped put together. */
  text(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-')
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd()
  }

  /** Waits until the screen holds the words; fails with what it shows. */
  async shows(words: string | RegExp): Promise<string> {
    const isThere = (text: string): boolean =>
      typeof words === 'string' ? text.includes(words) : words.test(text)
    return this.until(() => isThere(this.text()), String(words))
  }

  /** Types a line, hands it over, and waits for what comes of it. */
  async enter(line: string, shows: string | RegExp): Promise<string> {
    this.type(line)
    this.press('Enter')
    return this.shows(shows)
  }

  async until(isSo: () => boolean, what: string): Promise<string> {
    for (const end = Date.now() + WAIT_MAX_MS; !isSo(); await delay(30)) {
      if (Date.now() > end) throw new Error(`not on the screen: ${what}\n${this.text()}`)
    }
    return this.text()
  }

  /** The exit code of the program, or undefined while it runs. */
  get exitCode(): number | undefined {
    const told = /^\[exit (\d+)\]$/m.exec(this.text())
    return told ? Number(told[1]) : undefined
  }

  /** The terminal goes away under its program, as when its window is closed. */
  hangUp(): void {
    this.#tmux('kill-server')
    this.#isGone = true
  }

  close(): void {
    if (!this.#isGone) this.hangUp()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', path.join(this.#folder, 'socket'), ...args], {
      encoding: 'utf8',
    })
  }
}

export function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'])
    return true
  } catch {
    return false
  }
}
