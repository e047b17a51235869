// How two accounts become contacts, as a pure decision: what to do when a peer says "I hold you as
// a contact", or that it does not want to. Both have to say the former; then messages flow.

/** `ask` shows a request to the user, `auto` accepts it, `never` turns it down. */
export type AcceptPolicy = 'ask' | 'auto' | 'never'

export interface Standing {
  readonly state: 'friend' | 'requested' | 'incoming' | 'blocked'
  /** Of the newest request in either direction. */
  readonly request: string
  /** The user turned this request down. */
  readonly declined: boolean
}

export type Decision =
  /** Both hold each other: messages flow. `becomes` when that is new. */
  | { readonly outcome: 'mutual'; readonly becomes: boolean }
  /** A request that the user has to see. */
  | { readonly outcome: 'ask' }
  /** The same request is waiting for the user already. */
  | { readonly outcome: 'wait' }
  | { readonly outcome: 'decline' }
  | { readonly outcome: 'ignore' }

/** The peer said that it holds us as a contact. */
export function hearContact(
  standing: Standing | undefined,
  request: string,
  policy: AcceptPolicy,
): Decision {
  switch (standing?.state) {
    case 'friend':
      return { outcome: 'mutual', becomes: false }
    case 'requested':
      return { outcome: 'mutual', becomes: true }
    case 'blocked':
      // What a stranger would hear, as far as that is nothing or a no.
      return { outcome: policy === 'never' ? 'decline' : 'ignore' }
    case 'incoming':
      // A declined request that is repeated stays silent; a new one is a new question.
      if (standing.request !== request) return byPolicy(policy)
      if (standing.declined) return { outcome: 'decline' }
      // It may wait from a time with another policy: one that takes everybody takes it too.
      return policy === 'auto' ? byPolicy(policy) : { outcome: 'wait' }
    case undefined:
      return byPolicy(policy)
  }
}

function byPolicy(policy: AcceptPolicy): Decision {
  if (policy === 'auto') return { outcome: 'mutual', becomes: true }
  return policy === 'never' ? { outcome: 'decline' } : { outcome: 'ask' }
}

/**
 * The peer said that it does not want the request, or no longer holds the contact that came of it.
 * Whether that ends it.
 */
export function hearDecline(standing: Standing | undefined, request: string): boolean {
  if (!standing || standing.request !== request) return false
  return standing.state === 'requested' || standing.state === 'friend'
}

/** Both asked at the same time: the one request that both keep. */
export function commonRequest(own: string, theirs: string): string {
  return own < theirs ? own : theirs
}
