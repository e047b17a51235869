// Asking a person, on standard error, so that standard output stays what a script expects. Secrets
// are read without an echo and never come from arguments or the environment.
import { readFile, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'

import { TidingsError, toTidingsError } from '../core/errors.ts'
import type { Streams } from './context.ts'

/** A password file holds one line; anything longer is another file, given by mistake. */
const PASSWORD_FILE_BYTES_MAX = 4096

export interface AskHow {
  readonly signal: AbortSignal
  /** The terminal itself lets one edit the line: nothing is drawn. @default false */
  readonly plain?: boolean
}

/** @throws `interrupted` on Ctrl+C or Ctrl+D */
export async function ask(
  { stdin, stderr }: Streams,
  question: string,
  { signal, plain = false }: AskHow,
): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr, ...(plain && { terminal: false }) })
  const closed = new Promise<never>((_, reject) => {
    lines.once('close', () => reject(new TidingsError('interrupted', 'interrupted')))
  })
  try {
    return (await Promise.race([lines.question(question, { signal }), closed])).trim()
  } catch (error) {
    throw signal.aborted ? toTidingsError(signal.reason) : error
  } finally {
    closed.catch(() => {})
    lines.close()
  }
}

/** @throws `interrupted` on Ctrl+C or Ctrl+D */
export async function askSecret({ stdin, stderr }: Streams, question: string): Promise<string> {
  stderr.write(question)
  stdin.setRawMode?.(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  try {
    return await readSecret(stdin)
  } finally {
    stdin.setRawMode?.(false)
    stdin.pause()
    stderr.write('\n')
  }
}

function readSecret(stdin: Streams['stdin']): Promise<string> {
  return new Promise((resolve, reject) => {
    let secret: string[] = []
    const settle = (): void => void stdin.off('data', take).off('end', stop)
    const stop = (): void => {
      settle()
      reject(new TidingsError('interrupted', 'interrupted'))
    }
    const take = (chunk: string): void => {
      for (const char of chunk) {
        if (char === '\r' || char === '\n') {
          settle()
          return resolve(secret.join(''))
        }
        if (char === '\x03' || char === '\x04') return stop()
        if (char === '\x7f' || char === '\b') secret.pop()
        else if (char === '\x15') secret = []
        else secret.push(char)
      }
    }
    stdin.on('data', take).on('end', stop)
  })
}

/** Asks twice; an empty answer means no password. */
export async function askNewPassword(streams: Streams): Promise<string | undefined> {
  const password = await askSecretTwice(streams, 'Password, or Enter for none: ')
  return password === '' ? undefined : password
}

/** Asks until the same was typed twice, or nothing. */
export async function askSecretTwice(streams: Streams, question: string): Promise<string> {
  for (;;) {
    const first = await askSecret(streams, question)
    if (first === '' || (await askSecret(streams, 'The same again: ')) === first) return first
    streams.stderr.write('These were not the same.\n')
  }
}

/** The first line of a file. @throws `bad_input` when it cannot be read or holds none */
export async function readPasswordFile(file: string): Promise<string> {
  let content
  try {
    const { size } = await stat(file)
    if (size > PASSWORD_FILE_BYTES_MAX) {
      throw new TidingsError('bad_input', `${file} is too long to be a password file`)
    }
    content = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof TidingsError) throw error
    const { code } = error as NodeJS.ErrnoException
    const message = `the password file ${file} cannot be read (${code})`
    throw new TidingsError('bad_input', message, { cause: error })
  }
  const [password = ''] = content.split(/\r?\n/)
  if (password === '') throw new TidingsError('bad_input', `${file} holds no password`)
  return password
}
