// All of a conversation, page by page, and what must hold of it whatever happened to the disk.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import type { Client, Message } from '../../../src/api/client.ts'
import { findPlaces } from '../../../src/api/places.ts'
import type { Person } from '../../e2e/harness.ts'

const PAGE = 1000
/** What the runtime says of itself when something was not caught; 60 is the end of a node. */
const UNCAUGHT = /uncaught|unhandled|"level":60|^\s+at /im

/** Every message of a conversation, oldest first. */
export async function wholeHistory(client: Client, conversation: string): Promise<Message[]> {
  const pages: Message[][] = []
  let before: string | undefined
  do {
    const query = { conversation, limit: PAGE, ...(before !== undefined && { before }) }
    const page = await client.history(query)
    pages.unshift(page)
    before = page[0]?.id
  } while (before !== undefined)
  return pages.flat()
}

/** I3: of each author the numbers from 1 on, none left out, none twice. */
export function assertWholeLogs(messages: readonly Message[], whose: string): void {
  const newest = new Map<string, number>()
  for (const { author, seq } of messages) {
    assert.equal(seq, (newest.get(author) ?? 0) + 1, `${whose}: a gap or a repetition`)
    newest.set(author, seq)
  }
}

/** I3 for the end of a conversation: numbers follow each other, none twice. */
export function assertNoGaps(messages: readonly Message[], whose: string): void {
  const newest = new Map<string, number>()
  for (const { author, seq } of messages) {
    const before = newest.get(author)
    if (before !== undefined) assert.equal(seq, before + 1, `${whose}: a gap or a repetition`)
    newest.set(author, seq)
  }
}

/** I5: nothing that nobody caught. The end of a line may be missing where a process was killed. */
export function assertNothingUncaught(person: Person): void {
  const { log } = findPlaces({ home: person.home, profile: person.name })
  const lines = readFileSync(log, 'utf8').split('\n')
  const bad = lines.filter((line) => !line.startsWith('{"level":') && UNCAUGHT.test(line))
  const fatal = lines.filter((line) => line.startsWith('{"level":60'))
  assert.deepEqual([...bad, ...fatal].slice(0, 3), [], `${person.name}: something was not caught`)
}
