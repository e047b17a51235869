// What a peer shows in its Hello that it knows of this database (docs/PROTOCOL.md, "Clocks").
import type { Session } from '../net/net.ts'
import type { Store } from '../store/store.ts'

/** The position up to which it does; undefined where it has to be told everything. */
export function knownBy(store: Store, { hello }: Pick<Session, 'hello'>): number | undefined {
  return hello.resume && store.knowsToken(hello.resume) ? hello.resume.position : undefined
}
