// A long text, written in the editor of one's choice (VISUAL, EDITOR). It lies in a file of its own
// meanwhile, in memory where there is such a place, readable for its owner alone.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

import { TidingsError } from '../core/errors.ts'
import { TEXT_BYTES_MAX } from '../core/limits.ts'

const EDITOR_DEFAULT = 'vi'
const FILE_MODE = 0o600
/** What a key sends to every program that has the terminal: the editor is meant. */
const SENT_TO_ALL = ['SIGINT', 'SIGQUIT'] as const

/**
 * Takes the terminal until the editor ends.
 *
 * @returns what the text became; as it was where the editor failed
 * @throws `file_unusable` when there is no such editor, `text_too_long`
 */
export async function editText(text: string, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = await mkdtemp(path.join(env['XDG_RUNTIME_DIR'] || tmpdir(), 'tidings-'))
  const file = path.join(folder, 'message.txt')
  try {
    await writeFile(file, text, { mode: FILE_MODE })
    const [command = EDITOR_DEFAULT, ...args] = words(env['VISUAL'] || env['EDITOR'])
    if ((await run(command, [...args, file])) !== 0) return text
    const edited = await readFile(file)
    if (edited.length > TEXT_BYTES_MAX) {
      throw new TidingsError('text_too_long', `a message has at most ${TEXT_BYTES_MAX} bytes`)
    }
    return edited.toString('utf8').replace(/\r?\n$/, '')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
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
