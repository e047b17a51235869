// What is typed and not sent yet, and what the node keeps of it: nothing typed at once after a
// conversation was opened may cost what was kept there, however late the node tells of it.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'

import { TidingsError } from '../../src/core/errors.ts'
import { Composing } from '../../src/repl/composing.ts'
import { contactPartner, type Partner } from '../../src/repl/partner.ts'
import type { ReplClient } from '../../src/repl/repl-client.ts'
import { Canvas } from './paper.ts'
import { contact, message } from './people.ts'

const ann = contact('ann')
const bob = contact('bob')

let open: Partner | undefined
let drafts: Map<string, string>
let isAway: boolean
/** The node answers when it is let go on. */
let gate: PromiseWithResolvers<void> | undefined
let line: string
let screen: Canvas
let composing: Composing

class Desk extends Canvas {
  override offer = (text?: string): boolean => {
    if (line !== '' || text === undefined) return false
    line = text
    return true
  }
}

/** Takes requests in their order, and answers when it is let. */
async function call(
  method: string,
  { conversation, text }: { conversation: string; text?: string },
): Promise<unknown> {
  if (method !== 'draft') return {}
  const kept = text ?? drafts.get(conversation) ?? ''
  if (isAway) throw new TidingsError('no_daemon', 'the node is away')
  if (text !== undefined) drafts.set(conversation, text)
  await gate?.promise
  return { conversation, text: kept }
}

beforeEach(() => {
  open = undefined
  drafts = new Map()
  isAway = false
  gate = undefined
  line = ''
  screen = new Desk()
  const client = { call } as unknown as ReplClient
  composing = new Composing({ screen, client: () => client, open: () => open })
})

function opens(partner: typeof ann): Promise<void> {
  open = contactPartner(partner, partner.name)
  composing.opening(open)
  return composing.opened(open)
}

function types(text: string): void {
  line += text
  composing.edited(line)
}

/** The line is handed over; the node forgets the draft with it, and tells of the message. */
async function enters(): Promise<void> {
  const { conversation } = open ?? assert.fail('one is open')
  const text = line
  line = ''
  composing.entered(text)
  drafts.delete(conversation)
  const sent = { ...message(ann, 1, text, { own: true }), conversation }
  await composing.happened({ type: 'message', message: sent, cursor: '1' })
}

function putsAside(): void {
  const text = line
  line = ''
  composing.putAside(text)
}

const keptOf = ({ conversation }: { conversation: string }): string | undefined =>
  drafts.get(conversation)
const keep = ({ conversation }: { conversation: string }, text: string): void =>
  void drafts.set(conversation, text)

/** Opens while the node is slow to tell what is kept there, does something, then it tells. */
async function meanwhile(does: () => unknown): Promise<void> {
  gate = Promise.withResolvers()
  const opened = opens(ann)
  const done = does()
  await turn()
  gate.resolve()
  gate = undefined
  await Promise.all([opened, done])
}

test('a draft waits for the line that was begun before it came', async () => {
  keep(ann, 'a long draft')
  await meanwhile(() => types('yes'))
  assert.equal(line, 'yes')
  assert.deepEqual(screen.lines, [
    'Not sent yet: a long draft (it comes back when your line is sent)',
  ])
  await composing.leave()
  assert.equal(keptOf(ann), 'a long draft\nyes')
  await enters()
  assert.deepEqual([line, keptOf(ann)], ['a long draft', 'a long draft'])
})

test('a line that is sent before the draft came leaves the draft', async () => {
  keep(ann, 'a long draft')
  await meanwhile(() => {
    types('yes')
    return enters()
  })
  await composing.leave()
  assert.deepEqual([line, keptOf(ann)], ['a long draft', 'a long draft'])
  assert.deepEqual(screen.lines, [])
})

test('what is put aside before the draft came is kept with it', async () => {
  keep(ann, 'a long draft')
  await meanwhile(() => {
    types('yes')
    putsAside()
    void opens(bob)
    types('hi')
  })
  await composing.leave()
  assert.deepEqual([keptOf(ann), keptOf(bob)], ['a long draft\nyes', 'hi'])
  putsAside()
  await opens(ann)
  assert.equal(line, 'a long draft\nyes')
})

test('a draft comes back once, however quickly its conversation is left and opened', async () => {
  keep(ann, 'a long draft')
  await meanwhile(() => {
    void opens(bob)
    void opens(ann)
    types('yes')
    putsAside()
    void opens(bob)
    void opens(ann)
  })
  assert.equal(line, 'a long draft\nyes')
})

test('what is typed behind a line that opens another conversation is of that one', async () => {
  await opens(ann)
  types('@bob')
  line = ''
  composing.entered('@bob')
  types('for bob alone')
  await opens(bob)
  await composing.leave()
  assert.deepEqual([line, keptOf(bob), keptOf(ann)], ['for bob alone', 'for bob alone', ''])
})

test('what is typed is nothing to point out', async () => {
  keep(ann, 'yes')
  await meanwhile(() => types('yes'))
  await composing.leave()
  assert.deepEqual([line, keptOf(ann), screen.lines], ['yes', 'yes', []])
  await enters()
  assert.equal(line, '')
})

test('a command that is being typed takes the place of no draft', async () => {
  keep(ann, 'a long draft')
  await meanwhile(() => types('/sta'))
  assert.deepEqual(screen.lines, ['Not sent yet: a long draft'])
  line = ''
  composing.entered('/status')
  types('yes')
  await composing.leave()
  assert.equal(keptOf(ann), 'a long draft\nyes')
})

test('while the node does not tell what it keeps, nothing takes its place', async () => {
  keep(ann, 'a long draft')
  isAway = true
  await assert.rejects(opens(ann), { code: 'no_daemon' })
  types('yes')
  await composing.leave()
  isAway = false
  await composing.leave()
  assert.equal(keptOf(ann), 'a long draft\nyes')
})

test('what could not be sent waits for the next line too', async () => {
  await opens(ann)
  types('next')
  composing.notSent(ann, 'refused', true)
  await composing.leave()
  assert.deepEqual([line, keptOf(ann)], ['next', 'refused\nnext'])
  await enters()
  assert.deepEqual([line, keptOf(ann)], ['refused', 'refused'])
})

test('where nothing comes into the line a draft is told, and gone with what is sent', async () => {
  Object.defineProperty(screen, 'hasPlaces', { value: false })
  screen.offer = () => false
  keep(ann, 'a long draft')
  await opens(ann)
  assert.deepEqual(screen.lines, ['Not sent yet: a long draft'])
  await enters()
  await composing.leave()
  assert.equal(keptOf(ann), undefined)
})
