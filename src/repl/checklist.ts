// The first steps of a new person. Each step ticks itself from the node's real state, so that the
// list is right whatever was done elsewhere, and needs no record of its own.
import type { Conversation, Message, SyncReport } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import type { Directory } from './directory.ts'
import { type Look, paint, sign } from './look.ts'
import type { ReplClient } from './repl-client.ts'

/** Conversations looked through for a delivered message, and messages of each. */
const CONVERSATIONS_LOOKED_AT = 10
const MESSAGES_LOOKED_AT = 200

export interface Progress {
  readonly name: string
  readonly seen: boolean
  /** How to call somebody who is here and no contact. */
  readonly nearby?: string | undefined
  readonly contact: boolean
  /** How to call a contact. */
  readonly friend?: string | undefined
  /** An answer that the first contact waits for. */
  readonly waiting?: { readonly forWhom: 'you' | 'them'; readonly handle: string } | undefined
  readonly sent: boolean
  readonly delivered: boolean
}

interface Step {
  readonly done: boolean
  readonly words: string
  /** How to take the step. */
  readonly how: string
}

function steps(progress: Progress): Step[] {
  return [
    { done: progress.name !== '', words: `You have a name: ${printable(progress.name)}`, how: '' },
    {
      done: progress.seen,
      words: 'You found somebody',
      how: 'start tidings on another machine here; /doctor tells what hinders',
    },
    { done: progress.contact, words: 'You have a contact', how: howToContact(progress) },
    {
      done: progress.sent,
      words: 'You sent a message',
      how: `@${progress.friend ?? 'name'} Hello!`,
    },
    {
      done: progress.delivered,
      words: 'A message of yours was delivered',
      how: 'it waits here until your contact is online, and then goes by itself',
    },
  ]
}

function howToContact({ nearby, waiting }: Progress): string {
  switch (waiting?.forWhom) {
    case 'you':
      return `somebody asked you: /accept ${waiting.handle}`
    case 'them':
      return `you asked ${waiting.handle}; the answer will be shown here`
    case undefined:
      return `/nearby shows who is here, /add ${nearby ?? 'NAME'} asks them; or /add HOST:PORT`
  }
}

export function isComplete(progress: Progress): boolean {
  return steps(progress).every(({ done }) => done)
}

export function checklist(progress: Progress, look: Look): string {
  const all = steps(progress)
  const done = all.filter((step) => step.done).length
  const next = all.find((step) => !step.done)
  const lines = all.map((step) => {
    const box = step.done ? doneSign(look) : sign(look, '[ ]', '[ ]', 'To do:')
    const how = step === next ? sign(look, '\n      ', '\n      ', ': ') + step.how : ''
    return `  ${box} ${step.words}${paint(look, 'faint', how)}`
  })
  return [`First steps (${done} of ${all.length})`, ...lines].join('\n')
}

function doneSign(look: Look): string {
  return paint(look, 'good', sign(look, '[✓]', '[x]', 'Done:'))
}

/** What to say when a step was just taken, with the next one; undefined when none was. */
export function stepNotice(before: Progress, now: Progress, look: Look): string | undefined {
  const were = steps(before)
  const all = steps(now)
  const taken = all.filter((step, i) => step.done && were[i]?.done === false)
  if (taken.length === 0) return undefined
  const next = all.find((step) => !step.done)
  const box = doneSign(look)
  const words = taken.map((step) => step.words).join('. ')
  return next
    ? `${box} ${words}. Next: ${next.how}`
    : `${box} ${words}. That is all there is to know; /help lists the rest.`
}

/** Reads the node's state. What `before` had reached stays reached: nodes come and go. */
export async function readProgress(
  client: ReplClient,
  directory: Directory,
  before?: Progress,
): Promise<Progress> {
  const { name, account: self } = await client.call('whoami')
  const first = directory.contacts.find(({ state }) => state === 'friend')
  const contact = first !== undefined
  const friend = first && directory.handle(first)
  const strangers = directory.nearby.filter((node) => node.contact === null && node.name !== '')
  const handles = strangers.map((node) => directory.nearbyHandle(node))
  const nearby = handles.find((handle) => handle !== undefined)
  const seen = before?.seen === true || directory.nearby.length > 0 || directory.contacts.length > 0
  const waiting = waitingFor(directory)
  const people = { seen, nearby, contact, friend, waiting }
  if (before?.delivered) return { ...before, name, ...people }
  const [reports, conversations] = await Promise.all([
    client.call('sync', {}),
    client.call('conversations'),
  ])
  const own = await ownMessages(client, reports, conversations, self)
  const delivered = own.some(({ state }) => state !== 'queued')
  return { name, ...people, sent: own.length > 0, delivered }
}

function waitingFor(directory: Directory): Progress['waiting'] {
  const [incoming] = directory.requests
  if (incoming) return { forWhom: 'you', handle: directory.handle(incoming) }
  const asked = directory.contacts.find(({ state }) => state === 'requested')
  return asked && { forWhom: 'them', handle: directory.label(asked) }
}

function ownEntries(report: SyncReport, self: string): number {
  const own = report.devices.filter(({ account }) => account === self)
  return own.reduce((sum, { have }) => sum + have, 0)
}

/** Those where one wrote most; that somebody made or joined a group is no message. */
async function ownMessages(
  client: ReplClient,
  reports: readonly SyncReport[],
  conversations: readonly Conversation[],
  self: string,
): Promise<readonly Message[]> {
  const own = new Map(reports.map((report) => [report.conversation, ownEntries(report, self)]))
  const mine = conversations
    .map(({ conversation }) => [conversation, own.get(conversation) ?? 0] as const)
    .filter(([, entries]) => entries > 0)
    .toSorted(([, a], [, b]) => b - a)
  const found: Message[] = []
  for (const [conversation] of mine.slice(0, CONVERSATIONS_LOOKED_AT)) {
    const messages = await client.call('history', { conversation, limit: MESSAGES_LOOKED_AT })
    found.push(...messages.filter((m) => m.own && m.kind === 'text'))
    if (found.some(({ state }) => state !== 'queued')) break
  }
  return found
}
