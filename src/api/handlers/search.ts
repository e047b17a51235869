// Search as a stream: each result goes out as soon as it is found, and no further is looked than
// the caller reads.
import type { TidingsNode } from '../../node/node-types.ts'
import type { SearchResults } from '../../node/search/search-types.ts'
import type { CheckedParams } from '../methods.ts'
import { parseMoment } from '../moments.ts'
import { type CallContext, defined, Following } from './call.ts'
import { foundShape } from './views.ts'

/** Answers once it is known what is looked for: what cannot be is an error by then. */
export async function search(
  node: Pick<TidingsNode, 'search'>,
  { query, limit, since, ...where }: CheckedParams<'search'>,
  context: CallContext,
): Promise<Following> {
  const sinceMs = since === undefined ? undefined : parseMoment(since, Date.now())
  const found = await node.search({ query, limit, ...defined({ ...where, sinceMs }) })
  return new Following({ words: [...found.words] }, tellAll(found, context))
}

async function tellAll(found: SearchResults, { signal, emit }: CallContext): Promise<void> {
  for await (const view of found.results(signal)) await emit(foundShape(view))
}
