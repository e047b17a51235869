// Commands that do more than one call: editing, following, watching, inviting.
import type { Client, Params } from '../../api/client.ts'
import { checkParams } from '../../api/params.ts'
import type { Event } from '../../api/shapes.ts'
import { TidingsError } from '../../core/errors.ts'
import type { CliContext } from '../context.ts'
import { joinWords, readTypedMessage } from '../message-input.ts'
import { watchNode } from '../patience.ts'
import { eventText, nearbyChange, RENDER } from '../render.ts'
import { type Invocation, optionalText } from './action.ts'

const EXIT_INTERRUPTED = 130

/** Gives a message of one's own other words. */
export async function edit(invocation: Invocation): Promise<void> {
  const { context, output, given } = invocation
  const params = checkParams('edit', { id: given[0], text: await wordsOf(invocation) })
  await using client = await context.connect()
  using _watch = watchNode(context, client, output)
  await output.result(await client.edit(params, { signal: context.signal }), RENDER.edit)
}

/** The text behind the first argument, or on standard input. */
async function wordsOf(invocation: Invocation): Promise<string> {
  const words = invocation.given[1] as readonly string[]
  return words.length > 0 ? joinWords(words) : readTypedMessage(invocation)
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
  const wantsCursor = options['cursor'] === true
  if (wantsCursor && since !== undefined) {
    throw new TidingsError('bad_input', 'give either --since or --cursor, not both')
  }
  const signal = AbortSignal.any([context.signal, output.gone])
  await using client = await context.connect()
  using _node = watchNode(context, client, output)
  if (wantsCursor) {
    const events = client.tail(params, { signal })
    await output.result({ cursor: await events.started }, ({ cursor }) => cursor)
    events.close()
    return 0
  }
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
    using _watch = watchNode(context, client, output)
    await output.result(await client.nearby({}, { signal: context.signal }), RENDER.nearby)
    return 0
  }
  const signal = AbortSignal.any([context.signal, output.gone])
  using _watch = output.watchReader()
  await watchNearby(client, signal, async ({ node, present }) => {
    await output.result({ ...node, present }, ({ present, ...node }) => nearbyChange(node, present))
  })
  return exitOf(context, signal)
}

/** Undefined when the reader was gone, or Ctrl+C pressed, before there was an answer. */
async function unlessOver<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (signal.aborted) return undefined
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
  const listed = events.started.then(() => client.nearby({}, { signal }))
  const nodes = await unlessOver(listed, signal)
  if (!nodes) return
  for (const node of nodes) await tell({ node, present: true })
  for await (const event of events) if (event.type === 'nearby') await tell(event)
}

/** The link, and as a code to photograph. */
export async function invite({ context, output }: Invocation): Promise<void> {
  await using client = await context.connect()
  using _watch = watchNode(context, client, output)
  const { renderUnicodeCompact } = await import('uqr')
  await output.result(await client.invite({}, { signal: context.signal }), ({ link }) => {
    return `${RENDER.invite({ link })}\n\n${renderUnicodeCompact(link, { border: 2 })}`
  })
}
