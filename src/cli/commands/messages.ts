// Commands that do more than one call: sending, following, watching, inviting.
import { readFile } from 'node:fs/promises'

import type { Client, EventStream, Params } from '../../api/client.ts'
import { checkParams } from '../../api/params.ts'
import type { Event } from '../../api/shapes.ts'
import { TidingsError, toTidingsError } from '../../core/errors.ts'
import { TEXT_BYTES_MAX, WAIT_DEFAULT_MS } from '../../core/limits.ts'
import type { CliContext } from '../context.ts'
import { eventText, nearbyChange, RENDER } from '../render.ts'
import { type Invocation, optionalText } from './action.ts'

const EXIT_INTERRUPTED = 130

/** Sends, and with `--wait` stays until the message has arrived. */
export async function send(invocation: Invocation): Promise<number> {
  const { context, output, given, options } = invocation
  const text = await wordsOf(invocation)
  const { reply, action } = options
  const how = { ...(reply !== undefined && { reply }), ...(action !== undefined && { action }) }
  const params = checkParams('send', { to: given[0], text, ...how })
  const state = options['wait'] as 'delivered' | 'read' | undefined
  const seconds = options['timeout'] as number | undefined
  const timeoutMs = seconds === undefined ? WAIT_DEFAULT_MS : Math.round(seconds * 1000)
  if (state) checkParams('wait', { id: '', state, timeoutMs })

  const { signal } = context
  await using client = await context.connect()
  const sent = await client.send(params, { signal })
  if (!state) {
    await output.result(sent, RENDER.send)
    return 0
  }
  try {
    const arrived = await client.wait({ id: sent.id, state, timeoutMs }, { signal })
    await output.result({ ...sent, state: arrived.state }, RENDER.send)
    return 0
  } catch (error) {
    // It is on disk all the same: whoever asked needs its id.
    await output.result(sent, RENDER.send)
    return output.fail(toTidingsError(error))
  }
}

/** Gives a message of one's own other words. */
export async function edit(invocation: Invocation): Promise<void> {
  const { context, output, given } = invocation
  const params = checkParams('edit', { id: given[0], text: await wordsOf(invocation) })
  await using client = await context.connect()
  await output.result(await client.edit(params, { signal: context.signal }), RENDER.edit)
}

/** The text behind the first argument, or on standard input. */
async function wordsOf({ context, output, given }: Invocation): Promise<string> {
  const words = given[1] as readonly string[]
  if (words.length > 0) return checkedWords(words)
  if (context.canAsk) output.note('Type the message; Ctrl+D ends it.')
  return readMessage(context.streams.stdin)
}

/**
 * Words of the command line. Bytes that are no UTF-8 come as U+FFFD, so where that shows up, what
 * was really given is looked at where the system keeps it.
 *
 * @throws `text_not_utf8`
 */
async function checkedWords(words: readonly string[]): Promise<string> {
  const text = words.join(' ')
  if (text.includes('\ufffd')) {
    const raw = await readFile('/proc/self/cmdline').catch(() => Buffer.alloc(0))
    decode(raw)
  }
  return text
}

/** All of standard input as one message. @throws `text_too_long`, `text_not_utf8` */
async function readMessage(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
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
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new TidingsError('text_not_utf8', 'the message is not UTF-8', { cause: error })
  }
}

/** Follows events until Ctrl+C, or until nobody reads them any more. */
export async function tail({ context, output, given, options }: Invocation): Promise<number> {
  const conversation = optionalText(given[0])
  const since = optionalText(options['since'])
  const params: Params<'tail'> = {
    ...(conversation !== undefined && { conversation }),
    ...(since !== undefined && { since }),
  }
  checkParams('tail', params)
  const signal = AbortSignal.any([context.signal, output.gone])
  await using client = await context.connect()
  using _watch = output.watchReader()
  for await (const event of client.tail(params, { signal })) await output.result(event, eventText)
  return exitOf(context, signal)
}

/** Whoever follows wants to go on: that the node stopped is no end for a script to take as one. */
function exitOf({ signal: interruption }: CliContext, signal: AbortSignal): number {
  if (!signal.aborted) throw new TidingsError('no_daemon', 'the node stopped')
  return interruption.aborted ? EXIT_INTERRUPTED : 0
}

/** Lists who is nearby; with `--watch` goes on with who comes and goes. */
export async function nearby({ context, output, options }: Invocation): Promise<number> {
  await using client = await context.connect()
  if (options['watch'] !== true) {
    await output.result(await client.nearby(), RENDER.nearby)
    return 0
  }
  const signal = AbortSignal.any([context.signal, output.gone])
  using _watch = output.watchReader()
  await watchNearby(client, signal, async ({ node, present }) => {
    await output.result({ ...node, present }, ({ present, ...node }) => nearbyChange(node, present))
  })
  return exitOf(context, signal)
}

/** False when the reader was gone, or Ctrl+C pressed, before there was anything to follow. */
async function hasStarted(events: EventStream, signal: AbortSignal): Promise<boolean> {
  try {
    await events.started
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

async function watchNearby(
  client: Client,
  signal: AbortSignal,
  tell: (change: Pick<Event & { type: 'nearby' }, 'node' | 'present'>) => Promise<void>,
): Promise<void> {
  const events = client.tail({}, { signal })
  // Following begins before the list is read, so nobody falls in between; twice does no harm.
  if (!(await hasStarted(events, signal))) return
  for (const node of await client.nearby()) await tell({ node, present: true })
  for await (const event of events) if (event.type === 'nearby') await tell(event)
}

/** The link, and as a code to photograph. */
export async function invite({ context, output }: Invocation): Promise<void> {
  await using client = await context.connect()
  const { renderUnicodeCompact } = await import('uqr')
  await output.result(await client.invite(), ({ link }) => {
    return `${RENDER.invite({ link })}\n\n${renderUnicodeCompact(link, { border: 2 })}`
  })
}
