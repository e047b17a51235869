// One line of the table that `npm run test:fire` prints: handed from a test to the runner as a
// diagnostic of the test, since files of tests are processes of their own.
import type { TestContext } from 'node:test'

const MARK = 'fire: '

export interface Row {
  readonly fault: string
  readonly dose: string
  readonly result: string
  readonly rssMiB?: number
  readonly lagMs?: number
}

export function tell(t: TestContext, row: Row): void {
  t.diagnostic(MARK + JSON.stringify(row))
}

/** The row in a diagnostic, if it is one. */
export function rowIn(message: string): Row | undefined {
  return message.startsWith(MARK) ? (JSON.parse(message.slice(MARK.length)) as Row) : undefined
}
