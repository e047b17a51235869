// The text of one message: the words of the command line, or all of a file or of standard input.
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'

import { TidingsError } from '../core/errors.ts'
import { TEXT_BYTES_MAX } from '../core/limits.ts'
import type { Invocation } from './commands/action.ts'

/**
 * Words of the command line. Bytes that are no UTF-8 come as U+FFFD, so where that shows up, what
 * was really given is looked at where the system keeps it.
 *
 * @throws `text_not_utf8`
 */
export async function joinWords(words: readonly string[]): Promise<string> {
  const text = words.join(' ')
  if (text.includes('\ufffd')) {
    const raw = await readFile('/proc/self/cmdline').catch(() => Buffer.alloc(0))
    decode(raw)
  }
  return text
}

/** All of a file as one message. @throws `file_unusable`, and as `readMessage` */
export async function readMessageFile(file: string): Promise<string> {
  try {
    return await readMessage(createReadStream(file))
  } catch (error) {
    if (error instanceof TidingsError) throw error
    const message = `cannot read ${file}: ${(error as Error).message}`
    throw new TidingsError('file_unusable', message, { cause: error })
  }
}

/** All of standard input as one message. @throws `interrupted`, and as `readMessage` */
export async function readTypedMessage({
  context,
  output,
}: Pick<Invocation, 'context' | 'output'>): Promise<string> {
  if (context.canAsk) output.note('Type the message; Ctrl+D ends it.')
  const { signal, streams } = context
  const stop = (): void => void streams.stdin.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  return readMessage(streams.stdin)
}

/** All of a stream as one message. @throws `text_too_long`, `text_not_utf8` */
async function readMessage(input: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input) {
    const buffer = Buffer.from(chunk)
    chunks.push(buffer)
    bytes += buffer.length
    // The end of its last line does not count.
    if (bytes > TEXT_BYTES_MAX + 2) {
      throw new TidingsError(
        'text_too_long',
        `a message has at most ${TEXT_BYTES_MAX / 1024} KiB of text`,
      )
    }
  }
  return decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
}

function decode(bytes: Buffer): string {
  try {
    // A byte order mark before the text is none of it.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new TidingsError('text_not_utf8', 'the message is not UTF-8', { cause: error })
  }
}
