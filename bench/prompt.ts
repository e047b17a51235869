// How long it takes until a person can type: the program on a real pseudo-terminal (tmux), from the
// key that starts it until the prompt is on the screen.
import { setTimeout as sleep } from 'node:timers/promises'

import { hasTmux, Window } from '../test/repl/tmux.ts'
import { nowMs } from './waiting.ts'

export { hasTmux }

const PROMPT = 'tidings>'
/** How often the screen is looked at, beside the 5 ms that a look takes. */
const LOOK_EVERY_MS = 5
const PATIENCE_MS = 20_000
/** Until the shell in the window waits for its key. */
const SHELL_MS = 300

/** A question of the program, and the keys that answer it as soon as it is on the screen. */
export interface Question {
  readonly words: string
  readonly keys: readonly string[]
}

/** Milliseconds. The program is left by its own command, so that all it has open is closed. */
export async function timeToPrompt(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  questions: readonly Question[] = [],
): Promise<number> {
  const window = new Window(['sh', '-c', 'read _; clear; exec "$@"', 'sh', ...command], env)
  try {
    await sleep(SHELL_MS)
    const startedAt = nowMs()
    window.press('Enter')
    for (const { words, keys } of questions) {
      await appears(window, words)
      window.press(...keys)
    }
    await appears(window, PROMPT)
    const tookMs = nowMs() - startedAt
    window.type('/quit')
    window.press('Enter')
    await window.until(() => window.exitCode !== undefined, 'the end')
    return tookMs
  } finally {
    window.close()
  }
}

async function appears(window: Window, words: string): Promise<void> {
  const deadline = nowMs() + PATIENCE_MS
  while (!window.text().includes(words)) {
    if (nowMs() > deadline) throw new Error(`not on the screen: ${words}\n${window.text()}`)
    await sleep(LOOK_EVERY_MS)
  }
}
