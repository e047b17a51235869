// Lies of a contact: well-formed frames, and what they say is not so. Texts that must not be stored
// or shown say INVALID; those that must be are counted.
import { setTimeout as sleep } from 'node:timers/promises'

import type { ClocksFrame, WantFrame } from '../../../src/core/frames.ts'
import { type ConversationId, type DeviceId, idFromBytes } from '../../../src/core/id.ts'
import { CLOCK_DEVICES_MAX, NUMBER_MAX } from '../../../src/core/limits.ts'
import type { Head, Run } from '../../../src/core/run.ts'
import { Random } from '../../sim/random.ts'
import { Foe, sourceOf } from '../foe.ts'
import type { Attack, Order } from '../order.ts'
import { Pen } from '../pen.ts'

const LAST = NUMBER_MAX - 8
/** With a full dose of lying clocks the session is held for so long. */
const HOLD_DOSE = 600
const HOLD_MS = 11_000

interface Liar {
  readonly foe: Foe
  readonly pen: Pen
  /** The victim's device. */
  readonly device: DeviceId
}

async function liar(victim: Order['victim'], name: string, number: number): Promise<Liar> {
  const foe = new Foe(victim, { source: sourceOf(number), name })
  await foe.befriend()
  const pen = new Pen(foe.conversation, foe.device)
  return { foe, pen, device: await victimDevice(foe) }
}

async function victimDevice(foe: Foe): Promise<DeviceId> {
  const [device] = (await foe.hear('hello')).devices.devices
  if (!device) throw new Error('a list without devices')
  return device
}

/** What the victim says that it holds of our log. */
function held({ heard, conversation, device }: Foe): number {
  const clocks = heard.filter((frame): frame is ClocksFrame => frame.type === 'clocks')
  const seqs = clocks.flatMap((frame) =>
    frame.clocks.map((clock) =>
      clock.conversation === conversation ? (clock.seqs.get(device.id) ?? 0) : 0,
    ),
  )
  return Math.max(0, ...seqs)
}

async function untilHeld(foe: Foe, seq: number, limitMs = 10_000): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (held(foe) < seq) {
    if (performance.now() > deadline || !foe.isOpen) return held(foe) >= seq
    await sleep(5)
  }
  return true
}

/** Resolves once the victim has handled what was said so far, or closed. */
async function handled(foe: Foe): Promise<void> {
  const pongs = (): number => foe.heard.filter(({ type }) => type === 'pong').length
  const before = pongs()
  foe.say({ type: 'ping' })
  const deadline = performance.now() + 3000
  while (foe.isOpen && pongs() === before && performance.now() < deadline) await sleep(2)
}

/** Says what is true until it is held, over as many sessions as that takes. */
async function insist(foe: Foe, run: Run): Promise<boolean> {
  const seq = run.first + run.entries.length - 1
  for (let tries = 0; tries < 3; tries++) {
    if (!foe.isOpen) await foe.befriend()
    foe.say({ type: 'run', run })
    if (await untilHeld(foe, seq, 3000)) return true
  }
  return false
}

type Lie = (liar: Liar, random: Random) => Run

const anyId = <T extends ConversationId | DeviceId>(random: Random): T =>
  idFromBytes<T>(random.bytes(32))

/** Each is refused or passed over; none may be kept. */
const LIES_OF_RUNS: Readonly<Record<string, Lie>> = {
  signature: ({ pen }, random) => {
    const { run } = pen.at(pen.head, ['INVALID signature'])
    return { ...run, signature: random.bytes(64) }
  },
  entries: ({ pen }) => {
    const { run } = pen.at(pen.head, ['true before it was changed'])
    const other = pen.at(pen.head, ['INVALID entries']).run
    return { ...run, entries: other.entries }
  },
  sequence: ({ pen }) => {
    // Signed for place 1, sent as the next one.
    const { run } = pen.at({ ...pen.head, seq: 0 }, ['INVALID sequence'])
    return { ...run, first: pen.head.seq + 1 }
  },
  deviceOfVictim: ({ pen, device }) => ({
    ...pen.at(pen.head, ['INVALID device']).run,
    device,
    first: 1,
  }),
  deviceOfNobody: ({ pen }, random) => ({
    ...pen.at(pen.head, ['INVALID device']).run,
    device: anyId<DeviceId>(random),
  }),
  conversationOfOthers: ({ foe }, random) => {
    const pen = new Pen(anyId<ConversationId>(random), foe.device)
    return pen.write(['INVALID conversation'])
  },
  hash: ({ pen }, random) => ({
    ...pen.at(pen.head, ['INVALID hash']).run,
    prevHash: random.bytes(32),
  }),
}

/** After every lie the truth, by which the log goes on. */
const wrongRuns: Attack = async ({ victim, dose, seed, from }, atHeight) => {
  atHeight()
  const random = new Random(seed)
  const teller = await liar(victim, 'Liar', from)
  const { foe, pen } = teller
  const kept: string[] = []
  for (let round = 0; round < dose; round++) {
    for (const [name, lie] of Object.entries(LIES_OF_RUNS)) {
      if (!foe.isOpen) await foe.befriend()
      const before = pen.head.seq
      foe.say({ type: 'run', run: lie(teller, random) })
      await handled(foe)
      const isHeld = await insist(foe, pen.write([`true ${name} ${round}`]))
      if (!isHeld) kept.push(`${name} stopped the log at ${before}`)
      if (kept.length > 0) return { held: 0, said: pen.head.seq, kept: kept.join('; ') }
      await sleep(25)
    }
  }
  return { held: held(foe), said: pen.head.seq, kept: kept.join('; ') }
}

/** Runs far past the end, and then the next one. */
const gaps: Attack = async ({ victim, dose, from }, atHeight) => {
  atHeight()
  const { foe, pen } = await liar(victim, 'Gaps', from)
  let asked = 0
  for (let round = 0; round < dose; round++) {
    for (const gap of [1, 1_000_000, LAST - pen.head.seq]) {
      if (!foe.isOpen) await foe.befriend()
      const far: Head = { seq: pen.head.seq + gap, hash: pen.head.hash }
      foe.say({ type: 'run', run: pen.at(far, ['INVALID far away']).run })
      foe.say({ type: 'run', run: pen.write([`true after a gap of ${gap}`]) })
      await untilHeld(foe, pen.head.seq)
    }
    asked = foe.heard.filter(({ type }) => type === 'want').length
  }
  return { held: held(foe), said: pen.head.seq, wants: asked, open: foe.isOpen }
}

/** Two histories, each by another device, since a log that forked is over. */
const equivocation: Attack = async ({ victim, dose, from }, atHeight) => {
  atHeight()
  let stopped = 0
  for (let i = 0; i < dose; i++) {
    const { foe, pen } = await liar(victim, `Janus${i}`, from + i)
    const start = pen.head
    foe.say({ type: 'run', run: pen.write(['true first']) })
    await untilHeld(foe, 1)
    const other = pen.at(start, ['INVALID second'])
    foe.say({ type: 'run', run: other.run })
    foe.say({ type: 'run', run: pen.at(other.head, ['INVALID third']).run })
    foe.say({ type: 'run', run: pen.write(['INVALID after the fork']) })
    await foe.hear('fork')
    await handled(foe)
    if (held(foe) === 1) stopped += 1
    await foe[Symbol.asyncDispose]()
  }
  return { forks: dose, stopped }
}

/** Clocks that are too high, huge, or of foreign devices and conversations. */
const clocks: Attack = async ({ victim, dose, seed, from }, atHeight) => {
  const random = new Random(seed)
  const { foe, pen, device } = await liar(victim, 'Claimant', from)
  const { conversation } = foe
  const foreign = (count: number): Map<DeviceId, number> =>
    new Map(Array.from({ length: count }, () => [anyId<DeviceId>(random), random.int(1, 1000)]))
  const claims: (() => ClocksFrame['clocks'])[] = [
    () => [{ conversation, seqs: new Map([[foe.device.id, 1_000_000]]) }],
    () => [{ conversation, seqs: new Map([[foe.device.id, NUMBER_MAX]]) }],
    () => [{ conversation, seqs: new Map([[device, 1_000_000]]) }],
    () => [{ conversation, seqs: new Map([[device, NUMBER_MAX]]) }],
    () => [{ conversation, seqs: foreign(CLOCK_DEVICES_MAX) }],
    () =>
      Array.from({ length: 200 }, () => ({
        conversation: anyId<ConversationId>(random),
        seqs: foreign(2),
      })),
  ]
  const token = { epoch: 'feedfeedfeedfeed', position: NUMBER_MAX }
  for (let i = 0; i < dose; i++) {
    const said = claims[i % claims.length]?.() ?? []
    const proof = { token, digest: random.bytes(16) }
    foe.say({ type: 'clocks', reset: i % 3 === 0, clocks: said, ...(i % 2 === 0 && proof) })
    await foe.room()
    if (i === claims.length) atHeight()
  }
  foe.say({ type: 'run', run: pen.write(['true in spite of it']) })
  const isHeld = await untilHeld(foe, 1)
  // Long enough for somebody to write to us, who claim to hold more than they wrote.
  await sleep(dose >= HOLD_DOSE ? HOLD_MS : 0)
  return { held: isHeld, open: foe.isOpen }
}

const LARGE = 'x'.repeat(1000)

/** Everything that there is, asked for again and again. */
const wants: Attack = async ({ victim, dose, seed, from }, atHeight) => {
  const random = new Random(seed)
  const { foe, pen, device } = await liar(victim, 'Wanter', from)
  for (let i = 0; i < 20; i++) foe.say({ type: 'run', run: pen.write(Array(100).fill(LARGE)) })
  await untilHeld(foe, pen.head.seq)
  const { conversation } = foe
  atHeight()
  let got = 0
  for (let i = 0; i < dose && foe.isOpen; i++) {
    const of = random.chance(0.8) ? foe.device.id : device
    const first = random.chance(0.5) ? 1 : random.int(1, pen.head.seq)
    const want: WantFrame = {
      type: 'want',
      conversation,
      device: of,
      first,
      last: NUMBER_MAX,
      credit: NUMBER_MAX,
    }
    foe.say(want, { type: 'credit', conversation, device: of, credit: NUMBER_MAX })
    await foe.room()
    if (i % 50 === 0) {
      await sleep(1)
      got += foe.heard.splice(0).length
    }
  }
  await sleep(500)
  return { pages: got, open: foe.isOpen }
}

/** Entries that wait for what nobody ever wrote. */
const deps: Attack = async ({ victim, dose, from }, atHeight) => {
  const { foe, pen, device } = await liar(victim, 'Waiter', from)
  foe.say({ type: 'run', run: pen.write(['true before the wait']) })
  await untilHeld(foe, 1)
  atHeight()
  const never: readonly (readonly [DeviceId, number])[] = [
    [device, LAST],
    [foe.device.id, LAST],
    [idFromBytes<DeviceId>(new Uint8Array(32).fill(7)), 1],
  ]
  for (let i = 0; i < dose && foe.isOpen; i++) {
    const [of, seq] = never[i % never.length] ?? [device, 1]
    foe.say({ type: 'run', run: pen.write(['INVALID waits for ever'], [{ device: of, seq }]) })
    await foe.room()
    if (i % 20 === 0) await sleep(1)
  }
  await untilHeld(foe, pen.head.seq, 20_000)
  return { stored: held(foe), open: foe.isOpen }
}

export const LIES: Readonly<Record<string, Attack>> = {
  wrongRuns,
  gaps,
  equivocation,
  clocks,
  wants,
  deps,
}
