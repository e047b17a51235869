// Finding messages: results are shown as they come, and the search ends when nobody reads them.
import { METHODS, type Params } from '../../api/methods.ts'
import { momentText } from '../../api/moments.ts'
import { checkParams } from '../../api/params.ts'
import type { Found } from '../../api/shapes.ts'
import { printable } from '../../core/text.ts'
import { readParams } from '../arguments.ts'
import { dim, messageText } from '../message-text.ts'
import { watchNode } from '../patience.ts'
import type { Invocation } from './action.ts'

const EXIT_INTERRUPTED = 130

export async function search({ context, output, given, options }: Invocation): Promise<number> {
  const { since, ...params } = checkParams('search', readParams(METHODS.search, given, options))
  const asked: Params<'search'> = {
    ...params,
    // A day begins when it does for the person who asks.
    ...(since !== undefined && { since: momentText(since, Date.now()) }),
  }
  const signal = AbortSignal.any([context.signal, output.gone])
  await using client = await context.connect()
  using _node = watchNode(context, client, output)
  using _watch = output.watchReader()
  let last: Found | undefined
  let count = 0
  for await (const found of client.search(asked, { signal })) {
    await output.result(found, foundText)
    last = found
    count += 1
  }
  if (context.signal.aborted) return EXIT_INTERRUPTED
  if (output.json || output.gone.aborted) return 0
  if (!last) output.note('Nothing was found.')
  else if (count === params.limit) output.note(`There may be more: --before ${last.id}`)
  return 0
}

/** The message, and what leads to its place: `tidings history CONVERSATION --around ID`. */
function foundText(found: Found): string {
  const place = `in ${printable(found.conversationName)}, ${found.id}`
  return `${messageText(found)}\n    ${dim(place)}`
}
