// What the REPL needs of a node: the typed client of api/client, or a stand-in for tests. Whether
// the node runs in a daemon or in this process makes no difference to it.
import type { Client } from '../api/client.ts'
import type { Params } from '../api/methods.ts'
import type { Event, Found } from '../api/shapes.ts'

export interface EventSource extends AsyncIterable<Event> {
  /** Resolves with the cursor that the events start after. */
  readonly started: Promise<string>
}

export interface ReplClient extends Pick<Client, 'call' | 'close' | 'closed'> {
  search(
    params: Params<'search'>,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<Found>
  tail(params?: Params<'tail'>, options?: { readonly signal?: AbortSignal }): EventSource
}
