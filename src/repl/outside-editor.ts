// A long text, written in the editor of one's choice (VISUAL, EDITOR). It lies in a file of its own
// meanwhile, in memory where there is such a place, readable for its owner alone.
import { isUtf8 } from 'node:buffer'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

import { type ErrorCode, TidingsError } from '../core/errors.ts'
import { TEXT_BYTES_MAX } from '../core/limits.ts'

const EDITOR_DEFAULT = 'vi'
const FILE_MODE = 0o600
/** What a key sends to every program that has the terminal: the editor is meant. */
const SENT_TO_ALL = ['SIGINT', 'SIGQUIT'] as const
/** What a shell ends with when there is no such program, or none that it may run. */
const NOT_FOUND = 127
const NOT_STARTED = [126, NOT_FOUND]

type ExitArgs = [code: number | null, signal?: NodeJS.Signals]

export interface EditorContext {
  readonly env: NodeJS.ProcessEnv
  /** Nobody takes the text any more. */
  readonly over: AbortSignal
}

/**
 * Takes the terminal until the editor ends. What was written and cannot be taken stays in its
 * file, which the error names.
 *
 * @returns what the text became
 * @throws `file_unusable` when there is no such editor or it failed, `text_too_long`,
 *   `text_not_utf8`, `interrupted` when nobody takes it any more
 */
export async function editText(text: string, { env, over }: EditorContext): Promise<string> {
  const folder = await mkdtemp(path.join(env['XDG_RUNTIME_DIR'] || tmpdir(), 'tidings-'))
  const file = path.join(folder, 'message.txt')
  let isKept = false
  try {
    await writeFile(file, text, { mode: FILE_MODE })
    const failure = await run(
      env['VISUAL']?.trim() || env['EDITOR']?.trim() || EDITOR_DEFAULT,
      file,
    )
    const written = await readFile(file)
    const edited = written.toString('utf8').replace(/\r?\n$/, '')
    const isChanged = edited !== text
    const fault = failure ?? (isChanged ? faultOf(written, edited, over) : undefined)
    if (!fault) return edited
    isKept = isChanged
    const where = isKept ? `; what you wrote is kept in ${file}` : ''
    throw new TidingsError(fault.code, fault.words + where)
  } finally {
    if (!isKept) await rm(folder, { recursive: true, force: true })
  }
}

interface Fault {
  readonly code: ErrorCode
  readonly words: string
}

/** Why it can be no message. */
function faultOf(written: Buffer, edited: string, over: AbortSignal): Fault | undefined {
  if (over.aborted) return { code: 'interrupted', words: 'the chat is over' }
  if (!isUtf8(written)) return { code: 'text_not_utf8', words: 'the text is not UTF-8' }
  const bytes = Buffer.byteLength(edited)
  if (bytes <= TEXT_BYTES_MAX) return undefined
  const words = `a message has at most ${TEXT_BYTES_MAX} bytes, this has ${bytes}`
  return { code: 'text_too_long', words }
}

/**
 * `code --wait`, `vim -c 'set tw=72'`: words for a shell, as with git and others, where there is
 * one. The shell stays for as long as the editor does, also when a key interrupts both.
 */
function commandLine(editor: string, file: string): [command: string, ...args: string[]] {
  if (process.platform !== 'win32') {
    return ['sh', '-c', `trap : INT QUIT; ${editor} "$@"`, editor, file]
  }
  const [command = EDITOR_DEFAULT, ...args] = editor.split(/\s+/)
  return [command, ...args, file]
}

/** Resolves when the editor has ended. @returns why it has not done what it is for */
async function run(editor: string, file: string): Promise<Fault | undefined> {
  const stay = (): void => undefined
  for (const name of SENT_TO_ALL) process.on(name, stay)
  try {
    const [command, ...args] = commandLine(editor, file)
    const child = spawn(command, args, { stdio: 'inherit' })
    const [code, signal] = (await once(child, 'exit').catch(() => [NOT_FOUND])) as ExitArgs
    if (code === 0) return undefined
    const words = NOT_STARTED.includes(code ?? 0)
      ? `the editor "${editor}" does not start; EDITOR names another`
      : `the editor ended with ${code ?? signal}; the text is as it was`
    return { code: 'file_unusable', words }
  } finally {
    for (const name of SENT_TO_ALL) process.off(name, stay)
  }
}
