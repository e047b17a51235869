// `send`: one message of the words given or of a file, or each line of standard input as one.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Client, Params, Result } from '../../api/client.ts'
import { checkParams } from '../../api/params.ts'
import { TidingsError, toTidingsError } from '../../core/errors.ts'
import {
  SEND_SETTLE_MAX_MS,
  TEXT_BYTES_MAX,
  TIMER_MAX_MS,
  WAIT_DEFAULT_MS,
} from '../../core/limits.ts'
import { LineSender, type SentLine } from '../line-sender.ts'
import { joinWords, readMessageFile, readTypedMessage } from '../message-input.ts'
import { watchNode } from '../patience.ts'
import { readLines } from '../read-lines.ts'
import { RENDER } from '../render.ts'
import { type Invocation, optionalText } from './action.ts'

/** What `--wait` asks for. */
type Wait = Omit<Params<'wait'>, 'id'>

/** Sends, and with `--wait` stays until the message, or the last of them, has arrived. */
export async function send(invocation: Invocation): Promise<number> {
  const { context, output, given, options } = invocation
  const how = howOf(options)
  const wait = waitOf(options)
  const words = given[1] as readonly string[]
  const file = optionalText(options['file'])
  if (words.length > 0 && file !== undefined) {
    throw new TidingsError('bad_input', 'give either the text or --file, not both')
  }
  if (words.length === 0 && file === undefined) {
    const { to } = checkParams('send', { to: given[0], text: '', ...how })
    return sendLines(invocation, { to, how, wait })
  }
  const text = await textOf(words, file, invocation)
  const params = checkParams('send', { to: given[0], text, ...how })
  await using client = await context.connect()
  using _watch = watchNode(context, client, output)
  const sent = await client.send(params, { signal: context.signal })
  const show = (sent: Result<'send'>): Promise<void> => output.result(sent, RENDER.send)
  if (wait) return await waitAndShow(invocation, client, { sent, wait, show })
  await show(sent)
  return 0
}

async function textOf(
  words: readonly string[],
  file: string | undefined,
  invocation: Invocation,
): Promise<string> {
  if (file === undefined) return joinWords(words)
  return file === '-' ? readTypedMessage(invocation) : readMessageFile(file)
}

function howOf({ reply, action }: Invocation['options']): Lines['how'] {
  return {
    ...(typeof reply === 'string' && { reply }),
    ...(typeof action === 'boolean' && { action }),
  }
}

/** @throws `bad_input` */
function waitOf(options: Invocation['options']): Wait | undefined {
  const state = options['wait'] as Wait['state'] | undefined
  const seconds = options['timeout'] as number | undefined
  const timeoutMs = seconds === undefined ? WAIT_DEFAULT_MS : Math.round(seconds * 1000)
  if (!state) return undefined
  if (timeoutMs < 0 || timeoutMs > TIMER_MAX_MS) {
    const most = Math.floor(TIMER_MAX_MS / 1000).toLocaleString('en')
    throw new TidingsError('bad_input', `--timeout takes from 0 to ${most} seconds`)
  }
  return { state, timeoutMs }
}

interface Waiting<T extends Result<'send'>> {
  readonly sent: T
  readonly wait: Wait
  readonly show: (sent: T) => Promise<void>
}

/** @returns the exit code */
async function waitAndShow<T extends Result<'send'>>(
  { context, output }: Invocation,
  client: Client,
  { sent, wait, show }: Waiting<T>,
): Promise<number> {
  try {
    const { signal } = context
    const { state } = await client.wait({ id: sent.id, ...wait }, { signal })
    await show({ ...sent, state })
    return 0
  } catch (error) {
    // It is on disk all the same: whoever asked needs its id.
    await show(sent)
    return output.fail(toTidingsError(error))
  }
}

interface Lines {
  readonly to: string
  readonly how: Omit<Params<'send'>, 'to' | 'text'>
  readonly wait: Wait | undefined
}

/** With `wait`, the newest message is shown when another one followed, or when it arrived. */
async function sendLines(invocation: Invocation, { to, how, wait }: Lines): Promise<number> {
  const { context, output } = invocation
  const { stdin } = context.streams
  if (context.canAsk) output.note('Each line is a message; Ctrl+D ends.')
  await using client = await context.connect()
  using _watch = watchNode(context, client, output)
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  signal.addEventListener('abort', () => stdin.destroy(), { once: true })
  const show = (sent: SentLine): Promise<void> => output.result(sent, RENDER.send)
  let last: SentLine | undefined
  const sender = new LineSender({
    to,
    oneByOne: how.reply !== undefined,
    send: (to, text) => client.send({ to, text, ...how }),
    onSent: async (sent) => {
      const shown = wait ? last : sent
      last = sent
      if (shown) await show(shown)
    },
    onRefused: (error) => void output.fail(error),
    onFault: () => stop.abort(),
    signal,
  })
  // Whoever pipes does not go on to nobody until the next line.
  void client.closed.then(() => sender.fail(new TidingsError('no_daemon', 'the node stopped')))
  await readAll(stdin, sender, signal)
  await Promise.race([sender.settled(), afterwards(signal, SEND_SETTLE_MAX_MS)])

  const end = endOf(sender, context.signal)
  if (!wait || !last) return end ? output.fail(end) : refusedExit(sender)
  if (!end) {
    const code = await waitAndShow(invocation, client, { sent: last, wait, show })
    return code === 0 ? refusedExit(sender) : code
  }
  await show(last)
  return output.fail(end)
}

async function readAll(
  stdin: Invocation['context']['streams']['stdin'],
  sender: LineSender,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const line of readLines(stdin, { lineBytesMax: TEXT_BYTES_MAX })) {
      await sender.take(line)
      if (signal.aborted) break
    }
  } catch (error) {
    // Reading fails when it is cut short from here.
    if (signal.aborted) return
    const message = `cannot read standard input: ${(error as Error).message}`
    sender.fail(new TidingsError('file_unusable', message, { cause: error }))
  }
}

/** Why not everything was sent, with what was; nothing if all of the input was read. */
function endOf(sender: LineSender, interruption: AbortSignal): TidingsError | undefined {
  const { sent, refused, unanswered, fault } = sender
  if (!fault && !interruption.aborted) {
    if (sent + refused > 0) return undefined
    return new TidingsError('text_empty', 'standard input had no line to send')
  }
  const { code, message } = fault ?? new TidingsError('interrupted', 'interrupted')
  const rest = unanswered === 0 ? '' : `, and it is not known of ${unanswered} more`
  const count = sent + unanswered === 0 ? '' : `; messages sent: ${sent}${rest}`
  return new TidingsError(code, `${message}${count}`, { cause: fault })
}

function refusedExit({ refused }: LineSender): number {
  return refused > 0 ? 1 : 0
}

/** Resolves so long after the signal is aborted. */
async function afterwards(signal: AbortSignal, delayMs: number): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
  await sleep(delayMs, undefined, { ref: false })
}
