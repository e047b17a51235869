// What a process that plays a reference is asked to do; each reference is a file that answers this.
import type { Server } from 'node:net'

import { processCosts } from './costs.ts'
import { answerTasks } from './processes.ts'

export interface ReferenceTasks {
  /** Writes the messages that the other side misses. */
  fill: { directory: string; count: number; textBytes: number }
  /** Opens what was written; where it can be fetched. */
  serve: { directory: string }
  /** Milliseconds from the connection until all are stored and can be read. */
  fetch: { directory: string; address: string; count: number }
  costs: undefined
}

export interface Reference {
  readonly fill: (what: ReferenceTasks['fill']) => Promise<void>
  readonly serve: (what: ReferenceTasks['serve']) => Promise<string>
  readonly fetch: (what: ReferenceTasks['fetch']) => Promise<number>
}

export function answerReference(reference: Reference): void {
  answerTasks<ReferenceTasks>({ ...reference, costs: processCosts })
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
