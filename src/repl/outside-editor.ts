// A long text, written in the editor of one's choice (VISUAL, EDITOR). It lies in a file of its own
// meanwhile, in memory where there is such a place, readable for its owner alone.
import { isUtf8 } from 'node:buffer'
import { spawn } from 'node:child_process'
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
const OVER: Fault = { code: 'interrupted', words: 'the chat is over' }

export interface EditorContext {
  readonly env: NodeJS.ProcessEnv
  /** Nobody takes the text any more. */
  readonly over: AbortSignal
}

/**
 * Takes the terminal until the editor ends. What was written and cannot be taken stays in its
 * file, which the error names.
 *
 * @returns what the text became; as it was where the editor failed
 * @throws `file_unusable` when there is no such editor, `text_too_long`, `text_not_utf8`,
 *   `interrupted` when nobody takes it any more
 */
export async function editText(text: string, { env, over }: EditorContext): Promise<string> {
  const folder = await mkdtemp(path.join(env['XDG_RUNTIME_DIR'] || tmpdir(), 'tidings-'))
  const file = path.join(folder, 'message.txt')
  let isKept = false
  try {
    await writeFile(file, text, { mode: FILE_MODE })
    const [command = EDITOR_DEFAULT, ...args] = words(env['VISUAL'] || env['EDITOR'])
    if ((await run(command, [...args, file])) !== 0) return text
    const written = await readFile(file)
    const edited = written.toString('utf8').replace(/\r?\n$/, '')
    if (edited === text) return text
    const fault = over.aborted ? OVER : faultOf(written, edited)
    if (!fault) return edited
    isKept = true
    throw new TidingsError(fault.code, `${fault.words}; what you wrote is kept in ${file}`)
  } finally {
    if (!isKept) await rm(folder, { recursive: true, force: true })
  }
}

interface Fault {
  readonly code: ErrorCode
  readonly words: string
}

/** Why it can be no message. */
function faultOf(written: Buffer, edited: string): Fault | undefined {
  if (!isUtf8(written)) return { code: 'text_not_utf8', words: 'the text is not UTF-8' }
  const bytes = Buffer.byteLength(edited)
  if (bytes <= TEXT_BYTES_MAX) return undefined
  const words = `a message has at most ${TEXT_BYTES_MAX} bytes, this has ${bytes}`
  return { code: 'text_too_long', words }
}

/** `code --wait`: a program and its options. */
function words(editor: string | undefined): string[] {
  return (editor || EDITOR_DEFAULT).split(/\s+/).filter((word) => word !== '')
}

async function run(command: string, args: readonly string[]): Promise<number | null> {
  const stay = (): void => undefined
  for (const name of SENT_TO_ALL) process.on(name, stay)
  try {
    return await ended(command, args)
  } finally {
    for (const name of SENT_TO_ALL) process.off(name, stay)
  }
}

function ended(command: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' })
    child.once('error', (error) => {
      const words = `the editor "${command}" does not start; EDITOR names another`
      reject(new TidingsError('file_unusable', words, { cause: error }))
    })
    child.once('exit', (code) => resolve(code))
  })
}
