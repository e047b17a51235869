// The whole of the REPL above the drawing, fed with names and texts as bad as a stranger can make
// them: whatever a command or an event brings onto the screen, nothing in it acts on the terminal.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { METHODS, type MethodName } from '../../src/api/methods.ts'
import { event, type Event } from '../../src/api/shapes.ts'
import { COMMANDS } from '../../src/repl/commands.ts'
import { complete } from '../../src/repl/complete.ts'
import { Directory } from '../../src/repl/directory.ts'
import type { ReplClient } from '../../src/repl/repl-client.ts'
import { Session } from '../../src/repl/session.ts'
import { ACTS_ON_A_TERMINAL, ID, wickedValue } from '../wicked.ts'
import { Canvas } from './paper.ts'
import { surroundings } from './people.ts'

function sitting(gen: fc.GeneratorValue) {
  const call = async (method: MethodName): Promise<unknown> =>
    wickedValue(METHODS[method].result, gen)
  const client = { call } as unknown as ReplClient
  const screen = new Canvas()
  const directory = new Directory()
  const now = (): Date => new Date('2026-05-04T12:00:00Z')
  const leave = (): Promise<void> => Promise.resolve()
  const components = { screen, directory, client: () => client, now, leave }
  const session = new Session(components, { interactive: true })
  return { screen, directory, session }
}

function assertHarmless(lines: readonly string[]): void {
  assert.ok(lines.length > 0)
  for (const line of lines) assert.doesNotMatch(line, ACTS_ON_A_TERMINAL)
}

test('nothing that commands show acts on a terminal, nor what completes them', async () => {
  const property = fc.asyncProperty(fc.gen(), async (gen) => {
    const { screen, directory, session } = sitting(gen)
    await session.attached()
    const hitsFor = (before: string): string[] =>
      complete(before, surroundings(directory)).hits.flatMap(({ text, shown }) => [text, shown])
    for (const { name, args } of COMMANDS) {
      session.typed(`/${name} ${args.map(() => ID).join(' ')}`)
      screen.lines.push(...hitsFor(`/${name} `))
    }
    session.typed(`@${ID}`)
    session.typed(`@${ID} hello`)
    screen.lines.push(...hitsFor('@'))
    await session.settled()
    session.stop()
    assertHarmless(screen.lines)
  })
  await fc.assert(property, { numRuns: 60 })
})

for (const option of event.options) {
  const { literal } = option.entries.type
  test(`nothing that an event of the kind ${literal} shows acts on a terminal`, async () => {
    const property = fc.asyncProperty(fc.gen(), async (gen) => {
      const { screen, session } = sitting(gen)
      await session.attached()
      for (let i = 0; i < 4; i++) session.happened(wickedValue(option, gen) as Event)
      await session.settled()
      session.stop()
      assertHarmless(screen.lines)
    })
    await fc.assert(property, { numRuns: 40 })
  })
}
